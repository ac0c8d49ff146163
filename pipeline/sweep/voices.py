"""Which clips do not have the voice of their speaker, who is under two names, and which name is two people?

A clip's voice is the mean and the spread of each band's level over its frames, less the mean of its class:
what is said is in the course of the levels, who says it and with which microphone in their mean. Vectors are
whitened by their spread within speakers and projected on the directions in which speakers differ most. A clip
is compared with the mean of its speaker's other clips by the cosine, and this with the cosines with all
speakers.
Conventions: a score is higher for a clip that fits its speaker less, in standard deviations of these cosines.
At 0 it is no more like its speaker than like any other. Speakers of fewer than ``LEAST_CLIPS`` clips are not
judged. Clips are compared in blocks: memory grows with their number, and not with that times the speakers.
Source: Fisher 1936, "The Use of Multiple Measurements in Taxonomic Problems".
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.quality import QualityRecord
from pipeline.runs import ClipTable
from pipeline.settings import FeatureSettings
from pipeline.sweep.views import ALIGNED

__all__ = ["Voices", "judge_voices", "listed_voices", "voice_figures", "voice_vectors"]

LEAST_CLIPS = 3  # of a speaker: a clip is compared with two others at least
LEAST_FOR_TWO = 6  # clips of a name that may be two people
LEAST_SPEAKERS = 5  # to compare with
N_DIRECTIONS = 40
RIDGE = 0.1  # of the mean variance within speakers
MOST_PAIRS = 100
BLOCK = 1_024  # clips, or speakers, that are compared with all speakers at once


@dataclass(frozen=True, kw_only=True)
class Voices:
    """What is said of the voices.

    Attributes:
        judged: places of the clips of speakers with enough clips [n].
        score: how badly each fits its speaker [n].
        probable: the speaker whose voice each is nearest to [n].
        one_person: pairs of names whose voices are alike, most alike first.
        two_people: names whose clips fall into two voices, farthest apart first.
    """

    judged: np.ndarray
    score: np.ndarray
    probable: np.ndarray
    one_person: list[dict[str, Any]]
    two_people: list[dict[str, Any]]


def voice_vectors(
    table: ClipTable, rows: np.ndarray, record: QualityRecord, settings: FeatureSettings
) -> np.ndarray:
    """Return the vectors of clips: float64 [N, D].

    Args:
        table: the clips with their features.
        rows: of the usable ones [N].
        record: what was measured of every clip of the table.
        settings: that the features were made with.
    """
    parts = []
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        if settings.kind in ALIGNED:
            flat = table.take(block).reshape(len(block), -1)[:, : settings.n_frames * settings.n_mels]
            levels = flat.reshape(len(block), settings.n_frames, settings.n_mels)
        else:
            levels = record.sketches[block].astype(np.float32)
        parts.append(np.hstack([levels.mean(axis=1), levels.std(axis=1)]))
    vectors = np.concatenate(parts).astype(np.float64)
    words = table.word[rows].astype(str)
    for word in np.unique(words):
        vectors[words == word] -= vectors[words == word].mean(axis=0)
    return vectors


def judge_voices(vectors: np.ndarray, speakers: np.ndarray) -> Voices | None:
    """Return what is said of the voices, or ``None`` where too few speakers have enough clips.

    Args:
        vectors: see ``voice_vectors`` [N, D].
        speakers: of each clip [N].
    """
    names, number, sizes = np.unique(speakers.astype(str), return_inverse=True, return_counts=True)
    if (sizes >= LEAST_CLIPS).sum() < LEAST_SPEAKERS:
        return None
    voices = _projected(vectors, number, sizes)
    sums = np.zeros((len(names), voices.shape[1]))
    np.add.at(sums, number, voices)
    known = np.flatnonzero(sizes >= LEAST_CLIPS)
    judged = np.flatnonzero(sizes[number] >= LEAST_CLIPS)
    references = _unit(sums[known])
    score, nearest = np.zeros(len(judged)), np.zeros(len(judged), int)
    for start in range(0, len(judged), BLOCK):
        block = judged[start : start + BLOCK]
        own = (_unit(voices[block]) * _unit(sums[number[block]] - voices[block])).sum(axis=1)
        cosines = _unit(voices[block]) @ references.T
        mean, spread = cosines.mean(axis=1), np.maximum(cosines.std(axis=1), 1e-9)
        score[start : start + BLOCK] = (mean - own) / spread
        # Its own speaker's mean without the clip itself.
        cosines[np.arange(len(block)), np.searchsorted(known, number[block])] = own
        nearest[start : start + BLOCK] = known[cosines.argmax(axis=1)]
    return Voices(
        judged=judged,
        score=score,
        probable=names[nearest],
        one_person=_alike(references, names[known]),
        two_people=_divided(voices, number, sizes, names),
    )


def listed_voices(table: ClipTable, rows: np.ndarray, voices: Voices) -> dict[str, list[Any]]:
    """Return the columns of the list of clips, the one that fits its speaker least at the head.

    Args:
        table: the clips.
        rows: of those that were given [N].
        voices: what is said of them.
    """
    chosen, paths = rows[voices.judged], table.path[rows[voices.judged]]
    order = sorted(range(len(chosen)), key=lambda i: (-voices.score[i], paths[i]))
    columns = {name: getattr(table, name)[chosen][order].tolist() for name in ("path", "word", "speaker")}
    return {
        **columns,
        "probable_speaker": voices.probable[order].tolist(),
        "score": voices.score[order].tolist(),
        "rank": list(range(1, len(order) + 1)),
    }


def voice_figures(speakers: np.ndarray, voices: Voices) -> dict[str, Any]:
    """Return what is told of all voices: counts, and both lists of names.

    Args:
        speakers: of each clip [N].
        voices: what is said of them.
    """
    return {
        "n_judged": len(voices.judged),
        "n_speakers": len(set(speakers[voices.judged])),
        "least_clips": LEAST_CLIPS,
        "n_strangers": int((voices.score >= 0).sum()),
        "one_person": voices.one_person,
        "two_people": voices.two_people,
    }


def _projected(vectors: np.ndarray, number: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return vectors whitened within speakers, in the directions in which speakers differ most [N, K]."""
    scaled = vectors / (vectors.std() or 1.0)
    means = np.zeros((len(sizes), scaled.shape[1]))
    np.add.at(means, number, scaled)
    means /= sizes[:, None]
    repeated = sizes > 1
    within = (scaled - means[number])[repeated[number]]
    covariance = within.T @ within / max(len(within) - int(repeated.sum()), 1)
    covariance += (RIDGE * np.trace(covariance) / len(covariance) + 1e-9) * np.eye(len(covariance))
    whiten = np.linalg.cholesky(np.linalg.inv(covariance))
    between = np.cov((means[repeated] @ whiten).T)
    directions = np.linalg.eigh(between)[1][:, -min(N_DIRECTIONS, int(repeated.sum()) - 1) :]
    return np.asarray(scaled @ whiten @ directions)


def _unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9))


def _alike(references: np.ndarray, names: np.ndarray) -> list[dict[str, Any]]:
    """Return the pairs of speakers whose mean voices have the largest cosines."""
    found: list[tuple[float, int, int]] = []
    for start in range(0, len(references), BLOCK):
        cosines = references[start : start + BLOCK] @ references.T
        first = np.arange(start, start + len(cosines))
        cosines[np.arange(len(references))[None] <= first[:, None]] = -np.inf
        best = np.argsort(-cosines, axis=None, kind="stable")[:MOST_PAIRS]
        rows, columns = np.unravel_index(best, cosines.shape)
        found += [(-float(cosines[i, j]), start + int(i), int(j)) for i, j in zip(rows, columns, strict=True)]
    pairs = [pair for pair in sorted(found) if np.isfinite(pair[0])][:MOST_PAIRS]
    return [{"a": str(names[i]), "b": str(names[j]), "likeness": -cosine} for cosine, i, j in pairs]


def _divided(
    voices: np.ndarray, number: np.ndarray, sizes: np.ndarray, names: np.ndarray
) -> list[dict[str, Any]]:
    """Return names by how much more alike clips on either side of the widest direction are than across."""
    order = np.argsort(number, kind="stable")
    groups = np.split(order, np.cumsum(sizes)[:-1])
    found = []
    for k in np.flatnonzero(sizes >= LEAST_FOR_TWO):
        own = voices[groups[k]]
        centred = own - own.mean(axis=0)
        side = centred @ np.linalg.svd(centred, full_matrices=False)[2][0] > 0
        same = side[:, None] == side[None]
        apart = ~np.eye(len(own), dtype=bool)
        cosines = _unit(own) @ _unit(own).T
        if side.all() or not side.any() or not (same & apart).any():
            continue
        separation = float(cosines[same & apart].mean() - cosines[~same].mean())
        found.append((-separation, {"speaker": str(names[k]), "n": len(own), "separation": separation}))
    return [page for _, page in sorted(found, key=lambda one: (one[0], one[1]["speaker"]))][:MOST_PAIRS]
