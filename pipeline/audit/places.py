"""Where in a recording does it differ from others of its name?

Only recordings that the model hears from end to end have such a place: a word is judged as a whole. A
recording is told by those that its fold's model was fitted to, of which none is its own speaker's.
Conventions: seconds of the recording, of the strongest of the reasons that have a time; None where none
has one, or nothing stands out. What lasts throughout has those of the whole recording.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.audit.folds import Fold
from pipeline.explanation import NO_REASON, UNHEARD, tell_by_others
from pipeline.frontend import OF_ANY_LENGTH
from pipeline.runs import ClipTable
from pipeline.settings import Settings

__all__ = ["with_places"]


def with_places(
    columns: Mapping[str, list[Any]],
    folds: Sequence[Fold],
    table: ClipTable,
    rows: np.ndarray,
    settings: Settings,
    corpus_root: Path | None,
) -> dict[str, list[Any]]:
    """Return the audit's columns with ``start_seconds`` and ``end_seconds``, and the reason that lies there.

    Args:
        columns: of the list.
        folds: who is held out, as places in ``rows``.
        table: the clips.
        rows: the target's.
        settings: of the run.
        corpus_root: where the recordings are; ``None`` leaves the columns as they are, and so do words.
    """
    if corpus_root is None or settings.features.kind not in OF_ANY_LENGTH:
        return dict(columns)
    pairs = [(rows[fold.train], rows[fold.held_out]) for fold in folds]
    told = tell_by_others(table, pairs, settings.features, corpus_root)
    of_path = {str(table.path[row]): one for row, one in told.items()}
    found = {name: list(columns[name]) for name in ("reason", "evidence")}
    found |= {"start_seconds": [None] * len(rows), "end_seconds": [None] * len(rows)}
    for place, path in enumerate(columns["path"]):
        one = of_path[path]
        if one.reason in (NO_REASON, UNHEARD):
            continue
        found["reason"][place], found["evidence"][place] = one.reason, one.evidence
        found["start_seconds"][place], found["end_seconds"][place] = _seconds(one.marks)
    return {**columns, **found}


def _seconds(marks: Sequence[Mapping[str, Any]]) -> tuple[float | None, float | None]:
    """Return when the strongest of the reasons that are told and have a time begins and ends."""
    timed = [mark for mark in marks if mark["start"] is not None]
    of_one = [mark for mark in timed if mark["reason"] == timed[0]["reason"]]
    if not of_one:
        return None, None
    first, last = min(mark["start"] for mark in of_one), max(mark["end"] for mark in of_one)
    return round(first, 3), round(last, 3)
