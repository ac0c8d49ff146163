"""In which forms are the clips of a corpus compared with classes?

Whatever the features are, each clip has a sketch. Features of aligned frames add the timbre of these: levels
without each frame's mean, smoothed. Features with vectors of a pretrained network add those.
Conventions: a view is float32 [N, D], a row for each clip.
"""

import numpy as np
from scipy.ndimage import uniform_filter1d

from pipeline.explanation import align_sketches
from pipeline.frontend import vectors_of
from pipeline.quality import QualityRecord
from pipeline.runs import ClipTable
from pipeline.settings import FeatureSettings

__all__ = ["clip_views"]

ALIGNED = ("aligned", "aligned_vectors")
# What is finer tells voices apart rather than words; every second frame and band holds the rest.
SMOOTHING_FRAMES, SMOOTHING_BANDS, STEP = 5, 3, 2


def clip_views(
    table: ClipTable, rows: np.ndarray, record: QualityRecord, settings: FeatureSettings
) -> dict[str, np.ndarray]:
    """Return every view there is of some clips.

    Args:
        table: the clips with their features.
        rows: of the usable ones [N].
        record: what was measured of every clip of the table.
        settings: that the features were made with.
    """
    views = {"sketch": align_sketches(record.sketches[rows]).reshape(len(rows), -1)}
    if settings.kind in ALIGNED:
        n_cells = settings.n_frames * settings.n_mels
        flat = np.asarray(table.features[rows], np.float32).reshape(len(rows), -1)[:, :n_cells]
        views["timbre"] = _timbre(flat.reshape(len(rows), settings.n_frames, settings.n_mels))
    vectors = vectors_of(table.features, settings)
    if vectors is not None:
        views["vectors"] = vectors[rows]
    return views


def _timbre(levels: np.ndarray) -> np.ndarray:
    """Return smoothed levels [N, T, M] without each frame's mean: [N, D]."""
    smooth = uniform_filter1d(levels, SMOOTHING_FRAMES, axis=1, mode="nearest")
    smooth = uniform_filter1d(smooth, SMOOTHING_BANDS, axis=2, mode="nearest")[:, ::STEP, ::STEP]
    smooth = smooth - smooth.mean(axis=2, keepdims=True)
    return np.ascontiguousarray(smooth.reshape(len(levels), -1), np.float32)
