"""What does task 2 of DCASE state of a machine's sections, and in which tables does it take scores?

Conventions: all is over the test recordings of a section. ``auc_source`` and ``auc_target`` take the normal
recordings of that domain and the anomalous ones of both; ``pauc_0.1`` all of the section, false-positive
rates up to 0.1, standardised so that chance gives 0.5, as the task's baseline has it. The official score is
the harmonic mean of all of these. A figure that has no recordings of one side is ``None`` and in no mean.

Source: K. Dohi et al., "Description and discussion on DCASE 2023 challenge task 2", arXiv:2305.07828,
equations 2 to 4; the evaluator of its baseline, which takes the smallest float in place of 0 in the mean.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.calibration import SectionThreshold, section_thresholds
from pipeline.evaluation.metrics import auroc, partial_auroc
from pipeline.files import write_csv
from pipeline.runs import UNLABELLED, ClipTable, is_judged
from pipeline.settings import Settings

__all__ = [
    "TASK_FOLDER",
    "SectionJudgements",
    "judge_sections",
    "official_score",
    "section_figures",
    "write_task_tables",
]

TASK_FOLDER = "dcase"
MAX_FPR = 0.1
Figures = dict[str, float | None]


@dataclass(frozen=True, kw_only=True)
class SectionJudgements:
    """What is said of the sections of a run.

    Attributes:
        figures: for ``metrics.json``.
        tables: of each section the name, score and decision of each recording to be judged.
        warnings: sentences that the user should read.
    """

    figures: dict[str, Any]
    tables: dict[str, list[tuple[str, float, bool]]]
    warnings: list[str]


def judge_sections(
    table: ClipTable,
    rows: np.ndarray,
    columns: Mapping[str, np.ndarray],
    calibrating: np.ndarray | None,
    settings: Settings,
) -> SectionJudgements:
    """Return the figures, thresholds and decisions of each section.

    Args:
        table: the clips, with sections.
        rows: those that were scored [N], sorted.
        columns: ``score`` and ``flagged`` of each.
        calibrating: rows whose scores calibrate, or None where the run is cross-fitted: its flags stand.
        settings: of the run.
    """
    score, alpha = columns["score"], settings.evaluation.alpha
    section, domain, condition = table.section[rows], table.domain[rows], table.condition[rows]
    is_test = is_judged(table.split[rows])
    judged = (is_test | (table.split[rows] == UNLABELLED)) & (section != "")
    figures = section_figures(section[is_test], domain[is_test], condition[is_test], score[is_test])
    flagged = columns["flagged"].copy()
    thresholds: dict[str, dict[str, Any]] = {}
    if calibrating is not None:
        groups = list(zip(table.section[calibrating], table.domain[calibrating], strict=True))
        own = score[np.searchsorted(rows, calibrating)]
        wanted = zip(section[judged], domain[judged], strict=True)
        for group, threshold in section_thresholds(groups, own, wanted, alpha).items():
            chosen = judged & (section == group[0]) & (domain == group[1])
            flagged[chosen] = score[chosen] > threshold.threshold
            of_group = {name: flagged[chosen & (condition == name)] for name in ("normal", "anomaly")}
            thresholds.setdefault(group[0], {})[group[1] or "unknown"] = _as_json(threshold, of_group)
    names = [str(path).rpartition("/")[2] for path in table.path[rows]]
    tables = {
        str(name): [(names[row], float(score[row]), bool(flagged[row])) for row in np.flatnonzero(chosen)]
        for name in sorted(set(section[judged]))
        for chosen in [judged & (section == name)]
    }
    return SectionJudgements(
        figures={
            "sections": figures,
            "official_score": official_score(figures.values()),
            "section_thresholds": thresholds,
        },
        tables=tables,
        warnings=_warnings(table, figures),
    )


def section_figures(
    section: np.ndarray, domain: np.ndarray, condition: np.ndarray, score: np.ndarray
) -> dict[str, Figures]:
    """Return the figures of each section over its test recordings [N]; see the module."""
    figures = {}
    for name in sorted(set(section) - {""}):
        own = section == name
        normal, anomaly = own & (condition == "normal"), own & (condition == "anomaly")
        source, target = normal & (domain == "source"), normal & (domain == "target")
        figures[str(name)] = {
            "auc_source": auroc(score[source], score[anomaly]) if source.any() and anomaly.any() else None,
            "auc_target": auroc(score[target], score[anomaly]) if target.any() and anomaly.any() else None,
            "pauc_0.1": partial_auroc(score[normal], score[anomaly], MAX_FPR)
            if normal.any() and anomaly.any()
            else None,
        }
    return figures


def official_score(sections: Iterable[Figures]) -> float | None:
    """Return the harmonic mean of all figures of sections, of one machine or of several; None of none."""
    known = [value for figures in sections for value in figures.values() if value is not None]
    if not known:
        return None
    return float(len(known) / np.sum(1 / np.maximum(known, sys.float_info.epsilon)))


def write_task_tables(
    folder: Path, machine: str, tables: Mapping[str, list[tuple[str, float, bool]]]
) -> None:
    """Write the task's two files of each section: scores, and decisions of 0 or 1, without headers."""
    folder.mkdir()
    for section, lines in tables.items():
        end = f"{machine}_section_{section}_test.csv"
        write_csv(folder / f"anomaly_score_{end}", (), ((name, score) for name, score, _ in lines))
        write_csv(folder / f"decision_result_{end}", (), ((name, int(flag)) for name, _, flag in lines))


def _as_json(threshold: SectionThreshold, flagged: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return a threshold and how many normal and anomalous test recordings it flags, of how many."""
    told = asdict(threshold)
    told["threshold"] = threshold.threshold if np.isfinite(threshold.threshold) else None
    counts = {f"flagged_{name}": [int(flags.sum()), len(flags)] for name, flags in flagged.items()}
    return {**told, **counts, "promise": threshold.promise}


def _warnings(table: ClipTable, figures: Mapping[str, Figures]) -> list[str]:
    warnings = []
    to_judge = is_judged(table.split) | (table.split == UNLABELLED)
    lost = Counter(table.section[to_judge & ~table.usable])
    if lost:
        warnings.append(
            f"{sum(lost.values())} of {int(to_judge.sum())} test recordings were set aside and are in no "
            "table of DCASE's form; the manifest has the reasons: repair them, or lines are missing"
        )
    unknown = [name for name, found in figures.items() if found["pauc_0.1"] is None]
    if unknown:
        warnings.append(
            f"{len(unknown)} of {len(figures)} sections lack normal or anomalous test recordings and have no "
            f"figures ({', '.join(unknown)}); add some, or leave them out of comparisons"
        )
    return warnings
