"""Which other words may a background model hear, and which are kept for testing it?

Protocol "one-class": none; nothing but the target's clips is used. Protocol "auxiliary": the other words
are divided into two halves, A and B, by the order of the SHA-256 of their names, so that the division
depends on no clip and on no seed. The background model may be fitted to the train clips of the half that
``training.auxiliary_half`` names; only words of the other half are in any metric. Two runs, one with each
half, together test every word by a model that was not fitted to it. Figures of the two protocols answer
different questions and never stand in one column.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pipeline.errors import ConfigurationError, PipelineError
from pipeline.runs import ClipTable
from pipeline.settings import Settings

__all__ = [
    "AUXILIARY",
    "AuxiliarySplit",
    "auxiliary_clips",
    "auxiliary_split_of",
    "divide_words",
    "monitored_clips",
]

AUXILIARY = "auxiliary"
# Fewer words than this in a half say nothing about words in general.
MIN_WORDS = 2
MIN_CLIPS = 20
MAX_MONITORED_CLIPS = 256


@dataclass(frozen=True, kw_only=True)
class AuxiliarySplit:
    """The other words of a corpus: those that the background model may hear, and those that test it."""

    seen: tuple[str, ...]
    held_out: tuple[str, ...]


def divide_words(words: Iterable[str], target: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the halves A and B of all words but the target, each in alphabetical order.

    A has one more where their number is odd.
    """
    ordered = sorted(set(words) - {target}, key=_digest)
    middle = (len(ordered) + 1) // 2
    return tuple(sorted(ordered[:middle])), tuple(sorted(ordered[middle:]))


def auxiliary_split_of(words: Iterable[str], settings: Settings) -> AuxiliarySplit:
    """Return which words the run's protocol lets the background model hear; none for "one-class".

    Raises:
        PipelineError: too few words for two halves.
    """
    target, training = settings.target, settings.training
    halves = divide_words(words, target)
    if training.protocol != AUXILIARY:
        return AuxiliarySplit(seen=(), held_out=tuple(sorted(halves[0] + halves[1])))
    if len(halves[1]) < MIN_WORDS:
        n_words = len(halves[0]) + len(halves[1])
        raise PipelineError(
            f"training.protocol='auxiliary' needs at least {2 * MIN_WORDS} words beside {target!r}, and the "
            f"corpus has {n_words}; add words, or set training.protocol='one-class'"
        )
    seen, held_out = halves if training.auxiliary_half == "a" else halves[::-1]
    return AuxiliarySplit(seen=seen, held_out=held_out)


def auxiliary_clips(table: ClipTable, settings: Settings) -> np.ndarray | None:
    """Return the features [K, ...] of the other words' clips that may be fitted to; None for "one-class".

    Raises:
        ConfigurationError: the detector has no background model to use them.
        PipelineError: too few words or clips.
    """
    if settings.training.protocol != AUXILIARY:
        return None
    model = settings.model
    if model.kind in ("flow", "sounds") or (model.kind == "frames" and not model.with_background):
        raise ConfigurationError(
            f"training.protocol='auxiliary' needs a background model, and model.kind={model.kind!r} with "
            f"model.with_background={str(model.with_background).lower()} has none; set "
            "training.protocol='one-class', or model.kind='template'"
        )
    seen = auxiliary_split_of(set(table.word), settings).seen
    rows = np.concatenate([table.rows(word, "train") for word in seen])
    if len(rows) < MIN_CLIPS:
        raise PipelineError(
            f"the {len(seen)} auxiliary words have {len(rows)} usable train clips, and at least "
            f"{MIN_CLIPS} are needed; add clips, or set training.protocol='one-class'"
        )
    return table.each(np.sort(rows)).features


def monitored_clips(table: ClipTable, settings: Settings) -> tuple[dict[str, np.ndarray], list[str]]:
    """Return the features to follow each epoch, ``test`` first, and a sentence for each absent word."""
    followed = {"test": table.each(table.rows(settings.target, "test")).features}
    absent = []
    for word in settings.training.monitored_words:
        rows = table.rows(word)[:MAX_MONITORED_CLIPS]
        if word == settings.target:
            continue
        if not len(rows):
            absent.append(word)
            continue
        followed[word] = table.each(rows).features
    # Where there is no other class at all, nobody expects its curve.
    if absent and set(table.word) != {settings.target}:
        return followed, [f"no curve is drawn for {', '.join(absent)}: the corpus has 0 usable clips of them"]
    return followed, []


def _digest(word: str) -> bytes:
    return hashlib.sha256(word.encode("utf-8", "backslashreplace")).digest()
