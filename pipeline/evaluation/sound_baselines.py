"""What do the baselines of machine listening make of the same recordings?

Two scores of the DCASE challenge's autoencoder, nearest neighbours and a Gaussian on statistics over time,
and the sum of local densities and Gaussians over four views. All are fitted to the detector's own training
clips alone, within the run. They need more than the store has, so the recordings are read again, block by
block, in parallel processes: once to fit, once to score.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.audio import read_clip
from pipeline.frontend import (
    STATISTICS_VIEWS,
    TEXTBOOK_VIEWS,
    mel_frames,
    textbook_views,
    whole_recording,
)
from pipeline.processes import available_cores, call_isolated, import_tensorflow, map_batches
from pipeline.runs import ClipTable
from pipeline.settings import FeatureSettings, Settings
from pipeline.terminal import Progress

if TYPE_CHECKING:
    from models.baselines import FrameAutoencoder

__all__ = ["SoundBaselines"]

# Frames that the autoencoder is fitted to, at most: 77 MB at 128 bands, 80 minutes of sound.
MAX_FRAMES = 150_000
LEAST_FRAMES = 16  # of a recording, however many there are
CLIPS_AT_ONCE = 16  # ten minutes have 10 MB of frames
# The four views of the sum, as `moments`, `tone`, `click` and `mod` of the literature.
SUMMED = ("moments", "lines", "click", "modulation")


@dataclass(frozen=True, kw_only=True)
class _Heard:
    """What the baselines hear of a block of recordings: frames of each, and textbook views [n_clips, D]."""

    frames: list[np.ndarray]
    views: np.ndarray


class SoundBaselines:
    """The baselines, fitted when made; see the module.

    Args:
        table: the clips, with features of kind ``statistics``.
        fitted: rows to fit to.
        corpus_root: where the recordings are.
        settings: of the run.
    """

    def __init__(self, table: ClipTable, fitted: np.ndarray, corpus_root: Path, settings: Settings) -> None:
        from models.baselines import (
            LocalDensitySum,
            gaussian_view_score,
            neighbours_view_score,
        )

        self._table, self._root, self._settings = table, corpus_root, settings
        generator = np.random.default_rng(settings.seed)
        n_kept = max(MAX_FRAMES // len(fitted), LEAST_FRAMES)
        frames: list[np.ndarray] = []
        views: list[np.ndarray] = []
        with Progress("listen for baselines", len(fitted), "clips") as progress:
            for heard in self._listen(fitted):
                frames += [_part(of_clip, n_kept, generator) for of_clip in heard.frames]
                views.append(heard.views)
                progress.advance(len(heard.frames))
        vectors = self._views_of(fitted, np.concatenate(views))
        self._neighbours = neighbours_view_score(vectors["moments"])
        self._gaussian = gaussian_view_score(vectors["statistics"])
        self._sum = LocalDensitySum({name: vectors[name] for name in SUMMED}, seed=settings.seed)
        # What is compiled for a fit is never freed within a process.
        self._autoencoder = call_isolated(
            "the process that fitted the autoencoder was killed, perhaps because memory ran out; "
            "run again with --set evaluation.sound_baselines=false",
            _fitted_autoencoder,
            frames,
            settings.seed,
        )

    def scores(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Return each baseline's scores of ``rows``, float64, higher for stranger."""
        found: dict[str, list[np.ndarray]] = {
            name: []
            for name in (
                "autoencoder_mse",
                "autoencoder_mahalanobis",
                "neighbours_moments",
                "gaussian_statistics",
                "local_density_sum",
            )
        }
        done = 0
        with Progress("baselines of sounds", len(rows), "clips") as progress:
            for heard in self._listen(rows):
                errors = np.array([self._autoencoder.score(frames) for frames in heard.frames])
                vectors = self._views_of(rows[done : done + len(heard.frames)], heard.views)
                found["autoencoder_mse"].append(errors[:, 0])
                found["autoencoder_mahalanobis"].append(errors[:, 1])
                found["neighbours_moments"].append(self._neighbours(vectors["moments"]))
                found["gaussian_statistics"].append(self._gaussian(vectors["statistics"]))
                found["local_density_sum"].append(self._sum.score({name: vectors[name] for name in SUMMED}))
                done += len(heard.frames)
                progress.advance(len(heard.frames))
        return {name: np.concatenate(values) for name, values in found.items()}

    def _listen(self, rows: np.ndarray) -> Iterator[_Heard]:
        paths = [self._root / str(path) for path in self._table.path[rows]]
        blocks = [paths[start : start + CLIPS_AT_ONCE] for start in range(0, len(paths), CLIPS_AT_ONCE)]
        features = self._settings.features
        n_workers = min(features.n_workers or available_cores(), len(blocks))
        yield from map_batches(partial(_heard, settings=features), blocks, n_workers=n_workers)

    def _views_of(self, rows: np.ndarray, textbook: np.ndarray) -> dict[str, np.ndarray]:
        """Return the views by name: those heard now, and those of the store."""
        return _columns(textbook, TEXTBOOK_VIEWS) | _columns(self._table.take(rows), STATISTICS_VIEWS)


def _fitted_autoencoder(frames: Sequence[np.ndarray], seed: int) -> "FrameAutoencoder":
    import_tensorflow()
    from models.baselines import count_steps, fit_autoencoder

    with Progress("fit an autoencoder", count_steps(frames), "steps") as progress:
        return fit_autoencoder(frames, seed=seed, advance=progress.advance)


def _heard(paths: Sequence[Path], *, settings: FeatureSettings) -> _Heard:
    frames, views = [], []
    for path in paths:
        samples, _ = whole_recording(read_clip(path), settings)
        frames.append(mel_frames(samples, settings.recording_rate))
        views.append(textbook_views(samples, settings.recording_rate))
    return _Heard(frames=frames, views=np.stack(views))


def _part(frames: np.ndarray, n_kept: int, generator: np.random.Generator) -> np.ndarray:
    """Return so many frames in a row, from anywhere."""
    start = int(generator.integers(0, max(len(frames) - n_kept, 0) + 1))
    return frames[start : start + n_kept]


def _columns(vectors: np.ndarray, sizes: dict[str, int]) -> dict[str, np.ndarray]:
    ends = np.cumsum(list(sizes.values()))
    return {name: vectors[:, end - size : end] for (name, size), end in zip(sizes.items(), ends, strict=True)}
