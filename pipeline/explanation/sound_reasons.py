"""Why is a recording strange, in the words of somebody who listens, and where is its score from?

The recordings that a model was fitted to are heard again (``MOST_REFERENCES`` of them at most, evenly
chosen), and those to explain. A recording's reason is its strongest deviation from the usual ones that are
nearest to it, where that is beyond what training recordings show among themselves; see
``pipeline.explanation.sounds``. Nothing here enters a score or a p-value.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipeline.detection import TrainedModel
from pipeline.errors import PipelineError
from pipeline.explanation.alignment import lag_seconds
from pipeline.explanation.sound_maps import map_edges, pitches, place_in_time
from pipeline.explanation.sounds import (
    Calibrated,
    Listened,
    hear,
    listen,
    measure_sound,
    view_distances,
)
from pipeline.explanation.telling import PLACES, Told, as_sentence, tell
from pipeline.frontend import STATISTICS_VIEWS, FrontEnd
from pipeline.runs import ClipTable
from pipeline.settings import FeatureSettings
from pipeline.terminal import Progress

__all__ = [
    "UNHEARD",
    "SoundExplanations",
    "UsualSounds",
    "explain_sounds",
    "hear_usual",
    "tell_by_others",
    "tell_sound",
]

MOST_REFERENCES = 256
LEAST_REFERENCES = 3
UNHEARD = "not heard again"
UsualSounds = Calibrated


class SoundExplanations(NamedTuple):
    """Columns of ``reasons.parquet``, and arrays of ``attributions.npz``."""

    reasons: dict[str, list[Any]]
    maps: dict[str, np.ndarray]


def explain_sounds(
    table: ClipTable,
    rows: np.ndarray,
    score: np.ndarray,
    model: TrainedModel,
    fitted: np.ndarray,
    corpus_root: Path,
) -> SoundExplanations:
    """Explain some recordings. Costs about 10 ms for a second of each, and of the training recordings.

    Args:
        table: the clips.
        rows: those to explain [K].
        score: of each [K].
        model: the trained detector of sounds.
        fitted: rows that it was fitted to.
        corpus_root: where the recordings are.

    Returns:
        Of each recording its reason, evidence, nearest training recording and its distance in dB (root mean
        square over the band levels' quantiles) and how much later the same happens there, where the deviation
        lies (None where it has no such place), and ``marks`` of all that is told, see ``Told``.
        Maps with ``seconds`` [K], the length of each recording, and ``edges_hertz``, where their bands meet.
    """
    reference = _reference(fitted)
    wanted = np.unique(np.concatenate([reference, rows])).tolist()
    rate = model.features.recording_rate
    paths = [corpus_root / str(path) for path in table.path[wanted]]
    with Progress("listen again", len(paths), "recordings") as progress:
        listened = listen(paths, model.features, progress=progress)
    heard = dict(zip(wanted, listened, strict=True))
    known = [row for row in reference.tolist() if heard[row].measured is not None]
    calibrated = _calibrated(heard, known, reference, table, corpus_root)
    shares = pitches(model.detector.attributions(table.take(rows)), rate) if len(rows) else None
    apart = view_distances(table.take(rows), table.take(known), STATISTICS_VIEWS)
    told: list[Told] = []
    maps: list[tuple[int, np.ndarray, float]] = []
    with Progress("explain", len(rows), "recordings") as progress:
        for number, row in enumerate(rows.tolist()):
            measured = heard[row].measured
            if measured is None or shares is None:
                told.append(Told(UNHEARD, as_sentence(heard[row].problem)))
            else:
                odd, usual = calibrated.judge(measured, table.take([row])[0], own=_place(known, row))
                told.append(tell(odd, calibrated.stands_out, measured.seconds))
                maps.append((number, place_in_time(shares[number], measured, usual), measured.seconds))
            progress.advance()
    best, distance = _nearest(table, rows, known, apart)
    reasons: dict[str, list[Any]] = {
        "path": [str(path) for path in table.path[rows]],
        "reason": [one.reason for one in told],
        "evidence": [one.evidence for one in told],
        "nearest_path": [str(table.path[row]) for row in best],
        "nearest_distance": distance,
        "strength": [one.strength for one in told],
        **{place: [one.places.get(place) for one in told] for place in PLACES},
        "marks": [list(one.marks) for one in told],
        "nearest_lag_seconds": [
            lag_seconds(heard[row].measured, heard[other].measured)
            for row, other in zip(rows.tolist(), best, strict=True)
        ],
    }
    return SoundExplanations(reasons, _arrays(maps, table.path[rows], score, rate))


def hear_usual(
    table: ClipTable, fitted: np.ndarray, features: FeatureSettings, corpus_root: Path
) -> UsualSounds:
    """Return what is usual among the recordings that a model was fitted to. Costs as much as to explain them.

    Args:
        table: the clips.
        fitted: rows that it was fitted to.
        features: of the run.
        corpus_root: where the recordings are.

    Raises:
        PipelineError: too few of them can be read again.
    """
    reference = _reference(fitted)
    paths = [corpus_root / str(path) for path in table.path[reference]]
    listened = listen(paths, features)
    heard = dict(zip(reference.tolist(), listened, strict=True))
    known = [row for row, one in heard.items() if one.measured is not None]
    return _calibrated(heard, known, reference, table, corpus_root)


def tell_sound(
    samples: np.ndarray, usual: UsualSounds, features: FeatureSettings, start_seconds: float
) -> Told:
    """Tell a sound that is no recording of the run. Costs about 30 ms for a second at 16 kHz.

    Args:
        samples: float32 [n_samples], at ``features.recording_rate``.
        usual: what is usual.
        features: of the run.
        start_seconds: where the sound begins in the recording that is told of.
    """
    measured, _ = measure_sound(hear(samples, features.recording_rate))
    odd, _ = usual.judge(measured, FrontEnd(features)([samples])[0])
    return tell(odd, usual.stands_out, measured.seconds, start_seconds)


def tell_by_others(
    table: ClipTable,
    folds: Sequence[tuple[np.ndarray, np.ndarray]],
    features: FeatureSettings,
    corpus_root: Path,
) -> dict[int, Told]:
    """Tell recordings by what is usual in others. Hears each once, at 10 ms a second, whatever the folds.

    Args:
        table: the clips.
        folds: rows whose sound is usual, and rows to tell by them, of each fold.
        features: of the run.
        corpus_root: where the recordings are.

    Raises:
        PipelineError: too few of them can be read again.
    """
    references = [_reference(usual) for usual, _ in folds]
    wanted = np.unique(np.concatenate([*references, *(rows for _, rows in folds)])).tolist()
    paths = [corpus_root / str(path) for path in table.path[wanted]]
    with Progress("listen again", len(paths), "recordings") as progress:
        listened = listen(paths, features, progress=progress)
    heard = dict(zip(wanted, listened, strict=True))
    told: dict[int, Told] = {}
    for reference, (_, rows) in zip(references, folds, strict=True):
        known = [row for row in reference.tolist() if heard[row].measured is not None]
        calibrated = _calibrated(heard, known, reference, table, corpus_root)
        for row in rows.tolist():
            if (measured := heard[row].measured) is None:
                told[row] = Told(UNHEARD, as_sentence(heard[row].problem))
            else:
                odd, _ = calibrated.judge(measured, table.take([row])[0])
                told[row] = tell(odd, calibrated.stands_out, measured.seconds)
    return told


def _reference(fitted: np.ndarray) -> np.ndarray:
    n = min(len(fitted), MOST_REFERENCES)
    return np.asarray(fitted[np.linspace(0, len(fitted) - 1, n).astype(np.intp)])


def _calibrated(
    heard: Mapping[int, Listened],
    known: Sequence[int],
    reference: np.ndarray,
    table: ClipTable,
    corpus_root: Path,
) -> Calibrated:
    if len(known) < LEAST_REFERENCES:
        raise PipelineError(
            f"{len(known)} of the {len(reference)} recordings that were learned from can be read again, and "
            f"at least {LEAST_REFERENCES} are needed to explain others; put the corpus back at {corpus_root}"
        )
    listened = [heard[row] for row in known]
    measured = [one.measured for one in listened if one.measured is not None]
    axes = next(one.axes for one in listened if one.axes is not None)
    return Calibrated(measured, axes, table.take(known), STATISTICS_VIEWS)


def _place(known: Sequence[int], row: int) -> int | None:
    """Return where a recording stands among the training ones that it is compared with."""
    return known.index(row) if row in known else None


def _nearest(
    table: ClipTable, rows: np.ndarray, known: Sequence[int], apart: np.ndarray
) -> tuple[list[int], list[float | None]]:
    """Return the rows of the nearest training recordings, and how far their levels' quantiles are apart."""
    for number, row in enumerate(rows.tolist()):
        if (place := _place(known, row)) is not None:
            apart[number, place] = np.inf
    best = [known[place] for place in apart.argmin(axis=1)] if len(rows) else []
    first = slice(0, next(iter(STATISTICS_VIEWS.values())))  # quantiles of levels, in dB
    differences = table.take(rows)[:, first] - table.take(best)[:, first]
    return best, [float(np.sqrt(np.mean(row**2))) for row in differences.astype(np.float64)]


def _arrays(
    maps: Sequence[tuple[int, np.ndarray, float]], paths: np.ndarray, score: np.ndarray, rate: int
) -> dict[str, np.ndarray]:
    if not maps:
        return {}
    numbers = [number for number, _, _ in maps]
    attributions = np.stack([cells for _, cells, _ in maps]).astype(np.float32)
    return {
        "path": paths[numbers].astype(str),
        "attributions": attributions,
        "remainder": (score[numbers] - attributions.sum(axis=(1, 2), dtype=np.float64)).astype(np.float32),
        "seconds": np.array([seconds for _, _, seconds in maps]),
        "edges_hertz": map_edges(rate),
    }
