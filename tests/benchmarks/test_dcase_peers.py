"""Does the table of DCASE's peers judge the same recordings by every detector, and tell noise from a tone?"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.detection.dcase_peers import FIGURES, Sounds, compare

RATE = 8_000


class MeanLevel:
    """In place of an autoencoder: how far the mean of the frames is from that of the training frames."""

    def __init__(self, recordings: Sequence[np.ndarray]) -> None:
        self.mean = np.concatenate(list(recordings)).mean(axis=0)

    def score(self, frames: np.ndarray) -> tuple[float, float]:
        distance = float(np.abs(frames.mean(axis=0) - self.mean).mean())
        return distance, 2 * distance


def fit(recordings: Sequence[np.ndarray], *, seed: int, advance: Callable[[int], None]) -> MeanLevel:
    return MeanLevel(recordings)


def test_every_detector_has_figures_times_and_finds_a_tone(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    tone = np.sin(2 * np.pi * 1_000 * np.arange(RATE) / RATE)
    paths = [tmp_path / f"{number:02d}.wav" for number in range(24)]
    is_anomaly = np.arange(24) >= 20
    for path, is_one in zip(paths, is_anomaly, strict=True):
        soundfile.write(path, 0.05 * generator.standard_normal(RATE) + 0.3 * is_one * tone, RATE)
    recordings = Sounds(
        paths=paths,
        domain=np.full(24, "source", object),
        condition=np.where(is_anomaly, "anomaly", "normal").astype(object),
        is_learned=np.arange(24) < 14,
        rate=RATE,
    )
    found = compare(recordings, 0, fit_autoencoder=fit)
    assert next(iter(found)) == "`sounds`" and len(found) == 5
    for name, (figures, fit_seconds, speed) in found.items():
        assert figures == dict(zip(FIGURES, (1.0, None, 1.0), strict=True)), name
        assert fit_seconds > 0 and speed > 0, name
