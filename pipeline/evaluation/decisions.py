"""Which clips are flagged, which are listed, and what is promised about either?

Flags judge each clip by itself. The list judges clips together, in two parts that each keep the rate: the
clips under the target's name that nothing was fitted to, stopped by or calibrated with (its ``test``
split), and the clips under other names. Together in one part, thousands of other words' clips would make
room for as many ordinary clips of the target. The target's training and validation clips are on no
list: an audit judges them. Where a run is cross-fitted the target's clips are ranked among themselves, and
such ranks never make a list.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.calibration import benjamini_hochberg, cross_fitted_guarantee, guarantee
from pipeline.detection import TrainedModel
from pipeline.files import read_json
from pipeline.runs import ClipTable, is_judged
from pipeline.settings import Settings

__all__ = ["Decisions", "decide"]


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """The list, and what ``metrics.json`` says of it.

    Attributes:
        fdr_listed: bool [N], of the rows that were judged.
        figures: ``metrics.json``'s ``calibration``.
        refusals: sentences that say which of the two rates cannot be kept.
    """

    fdr_listed: np.ndarray
    figures: dict[str, Any]
    refusals: tuple[str, ...]


def decide(
    run_path: Path,
    table: ClipTable,
    rows: np.ndarray,
    columns: dict[str, np.ndarray],
    model: TrainedModel,
    settings: Settings,
) -> Decisions:
    """Return the decisions about scored clips.

    Args:
        run_path: a run whose model is trained.
        table: the clips.
        rows: those that were scored [N].
        columns: ``p_value`` and ``flagged`` of each.
        model: the trained detector, with the scores that calibrated it.
        settings: of the run.
    """
    evaluation = settings.evaluation
    is_target = table.word[rows] == settings.target
    own = is_target & is_judged(table.split[rows])
    listed = np.zeros(len(rows), bool)
    for part in (own, ~is_target):
        listed[part] = benjamini_hochberg(columns["p_value"][part], evaluation.fdr)
    is_shared = bool(read_json(run_path / "model" / "model.json").get("calibration_is_shared", False))
    n_other = int((~is_target).sum())
    if model.cross_fitted is None:
        guarantees = guarantee(
            len(model.calibration),
            evaluation.alpha,
            evaluation.fdr,
            n_own=int(own.sum()),
            n_other=n_other,
            is_shared=is_shared,
        )
    else:
        guarantees = cross_fitted_guarantee(
            model.cross_fitted, evaluation.alpha, evaluation.fdr, n_other=n_other
        )
    figures = {
        "alpha": evaluation.alpha,
        "false_alarm_rate_test": float(np.mean(columns["flagged"][own])),
        "n_calibration": len(model.calibration),
        "floor": 1 / (model.n_calibrating + 1),
        "is_shared_with_stopping": is_shared,
        "n_flagged": int(columns["flagged"].sum()),
        "n_flagged_target_test": int(columns["flagged"][own].sum()),
        "fdr": evaluation.fdr,
        "n_listed": int(listed.sum()),
        "n_listed_target_test": int(listed[own].sum()),
        "guarantee": [guarantees.flags, guarantees.listed, guarantees.floor],
    }
    return Decisions(fdr_listed=listed, figures=figures, refusals=guarantees.refusals)
