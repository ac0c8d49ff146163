"""In which order are the target's clips to be listened to, and what is said of each?

Two lists in one table: ``another word``, clips whose label is in doubt, and ``damaged``, clips with a fault
that sound like the target all the same. ``rank`` counts through both. Where the corpus has other words it
follows ``score_with_words`` (protocol auxiliary), else ``score`` (one-class); ``rank_one_class`` always
follows ``score``, of models that were fitted to clips of the target alone.
"""

from collections.abc import Container, Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.audit.faults import Faults, find_recording_faults
from pipeline.audit.folds import Fold
from pipeline.audit.other_words import Similarity, compare_with_other_words
from pipeline.audit.ranking import rank_strangest_first, standardise, with_other_words
from pipeline.calibration import rank_p_values, speaker_weights
from pipeline.frontend import vectors_of
from pipeline.quality import QualityRecord
from pipeline.runs import ClipTable, is_fold
from pipeline.settings import Settings

__all__ = ["ANOTHER_WORD", "DAMAGED", "LEADING_COLUMNS", "listed_clips", "ranked_by"]

ANOTHER_WORD, DAMAGED = "another word", "damaged"
# A row is a clip; scores in robust standard deviations, ``score_nats`` and ``term_*`` in nats.
LEADING_COLUMNS = (
    "path",
    "word",
    "speaker",
    "split",
    "fold",
    "score",
    "p_value",
    "rank",
    "rank_one_class",
    "list",
    "score_with_words",
    "sounds_like",
    "tags",
    "reason",
    "evidence",
    "nearest_path",
)


def ranked_by(columns: Container[str]) -> str:
    """Return the name of the column whose values the lists are in order of."""
    return "score_with_words" if "score_with_words" in columns else "score"


def listed_clips(
    scored: Sequence[Mapping[str, np.ndarray]],
    folds: Sequence[Fold],
    table: ClipTable,
    rows: np.ndarray,
    record: QualityRecord,
    settings: Settings,
) -> dict[str, list[Any]]:
    """Return the columns of the output, in the order of ``rank``.

    Args:
        scored: of each fold, the columns of the clips that it holds out.
        folds: who is held out, as places in ``rows``.
        table: the clips, by the names that they bear.
        rows: the target's.
        record: what was measured of every clip of the table.
        settings: of the run.
    """
    # Back in the order of the rows, in which the folds hold their clips out.
    order = np.argsort(np.concatenate([fold.held_out for fold in folds]))
    own = {name: np.concatenate([columns[name] for columns in scored])[order] for name in scored[0]}
    own["fold"] = np.concatenate([np.full(len(fold.held_out), k + 1) for k, fold in enumerate(folds)])[order]
    own["score_nats"] = own["score"]
    own["score"] = standardise(own["score_nats"], own["fold"])
    if is_fold(table.split[rows]).any():
        # A fold of a few recordings has no clips to spare for calibration: all of them calibrate one another.
        speakers = table.speaker[rows]
        own["p_value"] = rank_p_values(
            own["score"], speaker_weights(speakers), speakers, own["score"], speakers
        )
    for name in ("path", "word", "speaker", "split"):
        own[name] = getattr(table, name)[rows]
    paths = list(own["path"])
    own["rank"] = own["rank_one_class"] = rank_strangest_first(own["score"], own["p_value"], paths)
    likeness = None
    if settings.audit.other_words:
        likeness = compare_with_other_words(table, rows, record.sketches, own["fold"], settings.target)
    if likeness is not None:
        own |= _of_other_words(likeness, own)
        vectors = vectors_of(table.features, settings.features)
        if vectors is not None:
            own |= _by_vectors(vectors, own, table, rows, record, settings.target)
        own["rank"] = rank_strangest_first(own["score_with_words"], own["p_value"], paths)
    faults = find_recording_faults(table, rows, own, record, likeness, settings)
    return _ordered(own, faults)


def _of_other_words(likeness: Similarity, own: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the columns for which other words were looked at."""
    return {
        "score_with_words": with_other_words(
            own["score"], likeness.excess, likeness.discriminant, own["fold"]
        ),
        "sounds_like": likeness.sounds_like,
        "own_distance": likeness.own_distance,
        "other_distance": likeness.other_distance,
        "discriminant": likeness.discriminant,
    }


def _by_vectors(
    vectors: np.ndarray,
    own: Mapping[str, np.ndarray],
    table: ClipTable,
    rows: np.ndarray,
    record: QualityRecord,
    target: str,
) -> dict[str, np.ndarray]:
    """Return what changes where clips are compared by vectors as well, and what the vectors say."""
    heard = compare_with_other_words(table, rows, record.sketches, own["fold"], target, vectors=vectors)
    if heard is None:
        raise ValueError("clips that can be compared by sketches can be compared by vectors")
    return {
        "score_with_words": with_other_words(
            own["score_with_words"], heard.excess, heard.discriminant, own["fold"]
        ),
        "sounds_like": heard.sounds_like,
        "vector_excess": heard.excess,
        "vector_discriminant": heard.discriminant,
    }


def _ordered(own: dict[str, np.ndarray], faults: Faults) -> dict[str, list[Any]]:
    told = {name: getattr(faults, name) for name in ("tags", "reason", "evidence", "nearest_path")}
    own["list"] = np.where(faults.is_damaged, DAMAGED, ANOTHER_WORD)
    own |= {name: np.array(values, dtype=object) for name, values in told.items()}
    order = np.argsort(own["rank"])
    leading = [name for name in LEADING_COLUMNS if name in own]
    names = [*leading, *(name for name in own if name not in leading)]
    return {name: own[name][order].tolist() for name in names}
