"""Why is a recording strange, in the words of somebody who listens, and where is its score from?

The recordings that a model was fitted to are heard again (``MOST_REFERENCES`` of them at most, evenly
chosen), and those to explain. A recording's reason is its strongest deviation from the usual ones that are
nearest to it, where that is beyond what training recordings show among themselves; see
``pipeline.explanation.sounds``. Nothing here enters a score or a p-value.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipeline.detection import TrainedModel
from pipeline.errors import PipelineError
from pipeline.explanation.reasons import NO_REASON
from pipeline.explanation.sound_maps import map_edges, pitches, place_in_time
from pipeline.explanation.sounds import (
    Calibrated,
    Listened,
    Odd,
    listen,
    reason_of,
    sentence_of,
    view_distances,
)
from pipeline.frontend import STATISTICS_VIEWS
from pipeline.runs import ClipTable
from pipeline.terminal import Progress

__all__ = ["UNHEARD", "SoundExplanations", "explain_sounds"]

MOST_REFERENCES = 256
LEAST_REFERENCES = 3
MOST_SENTENCES = 3
UNHEARD = "not heard again"
# What strikes is rough, what hums is steady, and a part that is left out makes a cycle longer.
_STRIKES = ("double clicks", "irregular clicks", "rougher", "part of the cycle louder")
EXPLAINS = {
    "periodic impacts": (*_STRIKES, "steadier"),
    "periodic swelling": (*_STRIKES, "steadier"),
    "new tone": ("steadier",),
    "irregular clicks": ("rougher", "burst"),
    "quiet part": ("irregular clicks", "burst", "something missing", "something added", "cycle")
    + ("slower cycle", "part of the cycle louder", "part of the cycle quieter"),
    "pauses louder": ("part of the cycle louder", "double clicks"),
}
# Louder and quieter by so much within one cycle: its onsets are others than the usual ones'.
OTHER_ONSETS_DECIBEL = 10.0
PLACES = ("start", "end", "low", "high", "rate")
UNITS = ("start_seconds", "end_seconds", "low_hertz", "high_hertz", "rate_hertz")


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
        square over the band levels' quantiles), and where the deviation lies: NaN where it has no such place.
        Maps with ``seconds`` [K], the length of each recording, and ``edges_hertz``, where their bands meet.
    """
    reference = fitted[np.linspace(0, len(fitted) - 1, min(len(fitted), MOST_REFERENCES)).astype(np.intp)]
    wanted = np.unique(np.concatenate([reference, rows])).tolist()
    rate = model.features.recording_rate
    paths = [corpus_root / str(path) for path in table.path[wanted]]
    heard = dict(zip(wanted, listen(paths, rate, model.features.longest_seconds), strict=True))
    known = [row for row in reference.tolist() if heard[row].measured is not None]
    if len(known) < LEAST_REFERENCES:
        raise PipelineError(
            f"{len(known)} of the {len(reference)} recordings that were learned from can be read again, and "
            f"at least {LEAST_REFERENCES} are needed to explain others; put the corpus back at {corpus_root}"
        )
    calibrated = _calibrated([heard[row] for row in known], table.take(known))
    shares = pitches(model.detector.attributions(table.take(rows)), rate) if len(rows) else None
    apart = view_distances(table.take(rows), table.take(known), STATISTICS_VIEWS)
    told: list[_Told] = []
    maps: list[tuple[int, np.ndarray, float]] = []
    with Progress("explain", len(rows), "recordings") as progress:
        for number, row in enumerate(rows.tolist()):
            measured = heard[row].measured
            if measured is None or shares is None:
                told.append(_Told(UNHEARD, _sentence(heard[row].problem)))
            else:
                odd, usual = calibrated.judge(measured, table.take([row])[0], own=_place(known, row))
                told.append(_told(odd, calibrated.stands_out, measured.seconds))
                maps.append((number, place_in_time(shares[number], measured, usual), measured.seconds))
            progress.advance()
    nearest, distance = _nearest(table, rows, known, apart)
    reasons: dict[str, list[Any]] = {
        "path": [str(path) for path in table.path[rows]],
        "reason": [one.reason for one in told],
        "evidence": [one.evidence for one in told],
        "nearest_path": nearest,
        "nearest_distance": distance,
        "strength": [one.strength for one in told],
        **{unit: [one.places.get(place) for one in told] for place, unit in zip(PLACES, UNITS, strict=True)},
    }
    return SoundExplanations(reasons, _arrays(maps, table.path[rows], score, rate))


class _Told(NamedTuple):
    reason: str
    evidence: str
    strength: float = 0.0
    places: dict[str, float | None] = {}  # noqa: RUF012  never written to


def _calibrated(heard: Sequence[Listened], features: np.ndarray) -> Calibrated:
    measured = [one.measured for one in heard if one.measured is not None]
    axes = next(one.axes for one in heard if one.axes is not None)
    return Calibrated(measured, axes, features, STATISTICS_VIEWS)


def _place(known: Sequence[int], row: int) -> int | None:
    """Return where a recording stands among the training ones that it is compared with."""
    return known.index(row) if row in known else None


def _told(odd: Sequence[Odd], stands_out: float, seconds: float) -> _Told:
    """Return the reason among deviations, of which the strongest comes first, or the largest of them."""
    chosen = _telling([one for one in odd if one.strength >= stands_out])
    if not chosen:
        nothing = "it deviates from usual recordings no more than these among themselves"
        most = f"; most in that {sentence_of(odd[0].deviation, seconds)}" if odd[0].strength > 0 else ""
        return _Told(NO_REASON, _sentence(nothing + most), odd[0].strength)
    first = chosen[0].deviation
    places = {place: _finite(getattr(first, place)) for place in PLACES}
    told = [sentence_of(one.deviation, seconds) for one in chosen[:MOST_SENTENCES]]
    return _Told(reason_of(first), _sentence("; ".join(told)), chosen[0].strength, places)


def _telling(odd: Sequence[Odd]) -> list[Odd]:
    """Leave out what another deviation explains, and what repeats a reason; the strongest first."""
    named = [(reason_of(one.deviation), one) for one in odd]
    explained = {reason for name, _ in named for reason in EXPLAINS.get(name, ())}
    parts = [(name, one) for name, one in named if name.startswith("part of the cycle")]
    if len(parts) == 2 and all(abs(one.deviation.value) >= OTHER_ONSETS_DECIBEL for _, one in parts):
        explained.update(name for name, _ in parts)
    kept: dict[str, Odd] = {}
    for name, one in named:
        if name not in explained:
            kept.setdefault(name, one)
    return list(kept.values())


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _nearest(
    table: ClipTable, rows: np.ndarray, known: Sequence[int], apart: np.ndarray
) -> tuple[list[str], list[float | None]]:
    """Return each recording's nearest training recording, and how far their levels' quantiles are apart."""
    for number, row in enumerate(rows.tolist()):
        if (place := _place(known, row)) is not None:
            apart[number, place] = np.inf
    best = [known[place] for place in apart.argmin(axis=1)] if len(rows) else []
    first = slice(0, next(iter(STATISTICS_VIEWS.values())))  # quantiles of levels, in dB
    differences = table.take(rows)[:, first] - table.take(best)[:, first]
    return [str(table.path[row]) for row in best], [
        float(np.sqrt(np.mean(row**2))) for row in differences.astype(np.float64)
    ]


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
