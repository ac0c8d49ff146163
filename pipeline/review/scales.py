"""Where does the score of a clip come from, and at which height of a picture does each frequency stand?

Conventions: a mark is a share of the picture's height, 0 at the bottom, and what is read there, in kHz.
Sources of the scales: the pictures' own (``pipeline.html``) and the features' (``pipeline.frontend``).
"""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from pipeline.errors import ArtefactError
from pipeline.files import read_arrays
from pipeline.frontend import mel_centres
from pipeline.settings import FeatureSettings

__all__ = ["Mark", "banded_marks", "log_marks", "map_marks", "picture_marks", "read_attributions"]

Mark = tuple[float, str]

HERTZ = (100, 200, 500, 1_000, 2_000, 4_000, 8_000, 16_000)
N_PICTURE_BANDS, PICTURE_FMIN = 64, 50.0  # of a word's spectrogram
IN_MEL = ("logmel", "aligned")  # kinds whose bands are triangles in mel
LEAST_APART = 0.13  # of the height, so that labels do not touch
EDGE = 0.04


def picture_marks(sample_rate: int) -> list[Mark]:
    """Return the marks of a word's spectrogram: bands of equal width in mel, 2595 log10(1 + f / 700)."""
    ends = 2595 * np.log10(1 + np.array([PICTURE_FMIN, sample_rate / 2]) / 700)
    return banded_marks(700 * (10 ** (np.linspace(ends[0], ends[1], N_PICTURE_BANDS + 2)[1:-1] / 2595) - 1))


def banded_marks(centres_hertz: np.ndarray) -> list[Mark]:
    """Return the marks of a picture with one row for each band.

    Args:
        centres_hertz: of the bands, rising.
    """
    n_bands = len(centres_hertz)

    def share(hertz: float) -> float:
        if not centres_hertz[0] <= hertz <= centres_hertz[-1]:
            return -1.0
        return float(np.interp(hertz, centres_hertz, (np.arange(n_bands) + 0.5) / n_bands))

    return _spaced(share)


def log_marks(low_hertz: float, high_hertz: float) -> list[Mark]:
    """Return the marks of a picture whose rows are spaced logarithmically between two edges."""
    return _spaced(lambda hertz: math.log(hertz / low_hertz) / math.log(high_hertz / low_hertz))


def _spaced(share: Callable[[float], float]) -> list[Mark]:
    """Return marks within the picture, from the top, those left out that would touch another."""
    marks: list[Mark] = []
    for hertz in reversed(HERTZ):
        height = share(hertz)
        if EDGE <= height <= 1 - EDGE and (not marks or marks[-1][0] - height >= LEAST_APART):
            marks.append((round(height, 4), f"{hertz / 1_000:g}"))
    return marks


def read_attributions(run_path: Path) -> dict[str, np.ndarray]:
    """Return the maps of a run by path, nats ``(n_steps, n_bands)``; none where it has none.

    Raises:
        ArtefactError: the file is damaged.
    """
    path = _place(run_path)
    if not path.is_file():
        return {}
    arrays = read_arrays(path)
    if not {"path", "attributions"} <= arrays.keys() or len(arrays["path"]) != len(arrays["attributions"]):
        raise ArtefactError(f"{path} holds no array of attributions for each path; evaluate again")
    return dict(zip(map(str, arrays["path"].tolist()), arrays["attributions"], strict=True))


def map_marks(run_path: Path, features: FeatureSettings) -> tuple[Mark, ...]:
    """Return the frequencies beside a run's maps; none where their bands are not told."""
    if features.kind in IN_MEL:
        return tuple(banded_marks(mel_centres(features.n_mels, features.fmin_hertz, features.fmax_hertz)))
    path = _place(run_path)
    edges = read_arrays(path).get("edges_hertz") if path.is_file() else None
    return () if edges is None else tuple(log_marks(float(edges[0]), float(edges[-1])))


def _place(run_path: Path) -> Path:
    return run_path / "evaluation" / "attributions.npz"
