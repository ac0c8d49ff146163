"""Where in a clip, and at which pitch, is what makes its score?

The detector attributes a part of the score to each feature; here the attributions go back to where the
sound is: from the stretched loud part to the frames of the clip. Conventions: attributions in nats,
[n_steps, n_bands]: equal steps over the clip's whole window, bands from low to high; their sum and the
clip's ``remainder`` (the score of an ordinary clip, and what has no place) are its score.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.detection import TrainedModel, auxiliary_split_of
from pipeline.features import Source, extract
from pipeline.frontend import OF_ANY_LENGTH, loud_part
from pipeline.runs import ClipTable, is_judged
from pipeline.settings import FeatureSettings, Settings
from pipeline.terminal import Progress

__all__ = ["attribution_maps", "clips_to_explain", "unstretch"]

MAX_BANDS = 64  # a map's; more than a picture shows
BLOCK = 64  # clips that are explained at once: bounds memory


def clips_to_explain(
    table: ClipTable, rows: np.ndarray, score: np.ndarray, settings: Settings, n: int | None = None
) -> np.ndarray:
    """Return the rows that people listen to first: the lists of the report and of the review.

    Args:
        table: the clips.
        rows: those that were scored [N].
        score: of each [N].
        settings: of the run.
        n: clips of each list; ``evaluation.n_explained`` where it is ``None``.

    Returns:
        Rows of the table, each once: the target's strangest test clips, its strangest of all splits, and
        the clips of other words that are most like it, but for words that the background model was fitted to;
        at most ``n`` of each. Of whole recordings, whose other classes are mostly
        faults, the other classes' strangest test clips as well.
    """
    n = settings.evaluation.n_explained if n is None else n
    own = table.word[rows] == settings.target
    tested = np.isin(table.word[rows], auxiliary_split_of(table.word, settings).held_out)
    strangest_first = np.argsort(-score, kind="stable")
    lists = [
        strangest_first[(own & is_judged(table.split[rows]))[strangest_first]][:n],
        strangest_first[own[strangest_first]][:n],
        strangest_first[::-1][tested[strangest_first[::-1]]][:n],
    ]
    if settings.features.kind in OF_ANY_LENGTH:
        faulty = tested & (table.split[rows] == "test")
        lists.append(strangest_first[faulty[strangest_first]][:n])
    return np.asarray(rows[list(dict.fromkeys(np.concatenate(lists).tolist()))])


def attribution_maps(
    table: ClipTable, rows: np.ndarray, score: np.ndarray, model: TrainedModel, corpus_root: Path
) -> dict[str, np.ndarray]:
    """Return the maps of some clips.

    Args:
        table: the clips.
        rows: those to explain [K].
        score: of each [K].
        model: the trained detector.
        corpus_root: where the clips are: the loud part is found in the sound again.

    Returns:
        ``path`` [K], ``attributions`` float32 [K, n_steps, n_bands] and ``remainder`` float32 [K]; nothing
        for features without frames and bands.
    """
    kind = model.features.kind
    # Vectors stand behind frames and bands, in one row.
    if (len(model.feature_shape) != 2 and kind != "aligned_vectors") or not len(rows):
        return {}
    blocks = []
    with Progress("explain", len(rows), "clips", first="compiling") as progress:
        for start in range(0, len(rows), BLOCK):
            chosen = rows[start : start + BLOCK]
            attributions = model.detector.attributions(table.take(chosen))
            if attributions.ndim < 3:  # a flow over frames and vectors in one row tells them not apart
                return {}
            blocks.append(_pooled(attributions))
            progress.advance(len(chosen))
    attributions = np.concatenate(blocks)
    if kind in ("aligned", "aligned_vectors", "frames"):
        segments, n_frames = _loud_parts(
            [corpus_root / str(path) for path in table.path[rows]], model.features
        )
        place = _uncropped if kind == "frames" else unstretch
        attributions = np.stack(
            [place(map_, *segment, n_frames) for map_, segment in zip(attributions, segments, strict=True)]
        )
    attributions = attributions.astype(np.float32)
    return {
        "path": table.path[rows].astype(str),
        "attributions": attributions,
        "remainder": (score - attributions.sum(axis=(1, 2), dtype=np.float64)).astype(np.float32),
    }


def unstretch(attributions: np.ndarray, start: int, stop: int, n_frames: int) -> np.ndarray:
    """Undo ``alignment.stretch``: each stretched frame's share goes to the frames it lies between.

    Args:
        attributions: of the stretched frames [T, n_bands].
        start: first frame of the loud part.
        stop: the frame after it.
        n_frames: of the whole clip.

    Returns:
        [n_frames, n_bands]; zeros outside the loud part; the sum stays.
    """
    last = stop - start - 1
    position = np.arange(len(attributions)) * (last / max(len(attributions) - 1, 1))
    below = np.minimum(position.astype(np.intp), last)
    weight = (position - below)[:, None]
    placed = np.zeros((n_frames, attributions.shape[1]))
    np.add.at(placed, start + below, (1.0 - weight) * attributions)
    np.add.at(placed, start + np.minimum(below + 1, last), weight * attributions)
    return placed


def _uncropped(attributions: np.ndarray, start: int, stop: int, n_frames: int) -> np.ndarray:
    placed = np.zeros((n_frames, attributions.shape[1]))
    placed[start:stop] = attributions[: stop - start]
    return placed


def _loud_parts(paths: Sequence[Path], settings: FeatureSettings) -> tuple[list[tuple[int, int]], int]:
    """Return the segments that the front end took, and the number of frames of a clip."""
    levels = settings.model_copy(update={"kind": "logmel", "n_workers": 1})
    batches = extract([Source(path) for path in paths], levels)
    clips = np.concatenate([batch.features for batch in batches])
    return [loud_part(clip, settings) for clip in clips], clips.shape[1]


def _pooled(attributions: np.ndarray) -> np.ndarray:
    """Add neighbouring bands until there are few enough."""
    n_bands = attributions.shape[2]
    width = -(-n_bands // MAX_BANDS)
    return np.add.reduceat(attributions, np.arange(0, n_bands, width), axis=2) if width > 1 else attributions
