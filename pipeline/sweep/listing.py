"""In which order are the clips of all classes to be listened to, and what is said of each?

The clip whose label is most probably wrong stands first. ``expected_precision`` is the mean of these
probabilities down to a place: the share of wrong labels that is to be expected among the clips up to it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.explanation import BAD_TAGS, CUT_TAGS
from pipeline.quality import TAG_SEPARATOR, QualityRecord, find_faults, joined
from pipeline.runs import ClipTable
from pipeline.settings import QualitySettings
from pipeline.sweep.classes import SMALL, Classes
from pipeline.sweep.judging import JudgedClips

__all__ = ["FAULT", "FITS", "NO_CLASS", "OTHER_CLASS", "listed_clips", "tags_of", "worth_judging"]

OTHER_CLASS = "sounds like another class"
NO_CLASS = "sounds like no class"
FAULT = "fault in the recording"
FITS = "fits its class"
UNUSUAL = 0.05  # a p-value that is unusual under a class
LEAST_WRONG = 0.5  # wrong labels to be expected among all that pay to be judged


def listed_clips(
    table: ClipTable,
    rows: np.ndarray,
    classes: Classes,
    judged: JudgedClips,
    fold: np.ndarray,
    tags: list[str],
) -> dict[str, list[Any]]:
    """Return the columns of the list, most probably wrong first.

    Args:
        table: the clips.
        rows: of those that are judged [N].
        classes: which each bears.
        judged: what is said of the labels.
        fold: whose models judged each, from 0 [N].
        tags: of the recordings [N].
    """
    is_other = judged.heard != classes.number
    names = np.array([*classes.learned, ""], object)
    word, paths = table.word[rows], list(table.path[rows])
    order = sorted(range(len(rows)), key=lambda i: (-judged.wrong[i], -judged.score[i], paths[i]))
    columns: dict[str, Sequence[Any] | np.ndarray] = {
        "path": paths,
        "word": word,
        "probable_class": np.where(is_other & (judged.heard != SMALL), names[judged.heard], word),
        "speaker": table.speaker[rows],
        "split": table.split[rows],
        "fold": fold + 1,
        "score": judged.score,
        "p_value": judged.p_value,
        "p_value_probable": judged.p_value_heard,
        "probability_wrong": judged.wrong,
        "reason": [
            _reason(is_other[i], judged.p_value[i], judged.p_value_heard[i], tags[i])
            for i in range(len(rows))
        ],
        "tags": tags,
    }
    ordered = {name: np.array(values, object)[order].tolist() for name, values in columns.items()}
    ordered["rank"] = list(range(1, len(rows) + 1))
    wrong = np.array(ordered["probability_wrong"], float)
    ordered["expected_precision"] = (np.cumsum(wrong) / np.arange(1, len(rows) + 1)).tolist()
    return ordered


def tags_of(
    rows: np.ndarray, classes: Classes, record: QualityRecord, thresholds: QualitySettings
) -> list[str]:
    """Return what is wrong with each recording, by its own numbers and its class's usual length."""
    seconds = record.column("duration_seconds")[rows]
    usual = {k: float(np.median(seconds[classes.number == k])) for k in np.unique(classes.number)}
    return [
        joined(find_faults(measures, usual[k], thresholds))
        for measures, k in zip(record.clips(rows), classes.number.tolist(), strict=True)
    ]


def worth_judging(columns: Mapping[str, Sequence[Any]], least_precision: float) -> tuple[int, float, float]:
    """Return down to which place judging pays, and how many wrong labels to expect there and after it.

    It pays nowhere, place 0, where fewer than ``LEAST_WRONG`` wrong labels are to be expected.
    """
    wrong = np.array(columns["probability_wrong"], float)
    place = int((wrong >= least_precision).sum())
    if wrong[:place].sum() < LEAST_WRONG:
        place = 0
    return place, float(wrong[:place].sum()), float(wrong[place:].sum())


def _reason(is_other: bool, own_p: float, probable_p: float, tags: str) -> str:
    faulty = any(tag in (*BAD_TAGS, *CUT_TAGS) for tag in tags.split(TAG_SEPARATOR))
    if is_other and (probable_p > UNUSUAL or not faulty):
        return OTHER_CLASS if probable_p > UNUSUAL else NO_CLASS
    if faulty:
        return FAULT
    return NO_CLASS if own_p <= UNUSUAL else FITS
