"""Which clips are audited once people have listened?

A clip that was judged an anomaly, noise or bad in some way is neither fitted to nor listed again; one
with a wrong label leaves its word for the one that is heard. Unlike training, an audit takes all splits
alike, and so verdicts about test clips count too.
"""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.files import read_table
from pipeline.runs import ClipTable
from pipeline.verdicts import VerdictStore, decide, find_fit_effect, fitted_clips, judged_clips_of

__all__ = ["Judged", "judged_clips"]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """The clips by what people heard.

    Attributes:
        table: with words and selection as the verdicts say.
        inputs: what the audit depends on; nothing where no verdict changes it.
        notes: sentences for the user.
    """

    table: ClipTable
    inputs: dict[str, Any]
    notes: list[str]


def judged_clips(table: ClipTable, run_path: Path, verdicts_path: Path | None, target: str) -> Judged:
    """Return the clips as the verdicts of a file say.

    Args:
        table: the clips of the run.
        run_path: the run, with its manifest.
        verdicts_path: the file, or ``None`` for no verdicts.
        target: the word that is normal.

    Raises:
        PipelineError: there is no such file.
        ArtefactError: it is damaged.
    """
    if verdicts_path is None:
        return Judged(table=table, inputs={}, notes=[])
    manifest = read_table(run_path / "manifest.parquet")
    clips = judged_clips_of(run_path, manifest)
    with closing(VerdictStore(verdicts_path)) as store:
        standing, n_elsewhere = clips.verdicts_on(store.standing())
    undivided = {**manifest, "split": ["train"] * len(manifest["split"])}
    effect = find_fit_effect(undivided, clips.names, decide(standing), target, n_elsewhere=n_elsewhere)
    inputs = {"verdicts": {"digest": effect.digest}} if effect.words else {}
    return Judged(table=fitted_clips(table, effect), inputs=inputs, notes=effect.notes())
