"""In which ways can both channels, and recordings of the room alone, be used?

All but the last are those of the preset `sounds` or changes of it; each is fitted to the same normal
recordings, and nothing in any of them is fitted to a recording that is judged.
Conventions: pairs float64 [n_samples, 2], the near channel first; scores [N], higher for stranger.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy.fft import irfft, rfft
from scipy.ndimage import uniform_filter

from benchmarks.detection.two_channels.sites import RATE, Pairs
from models.flows import FitOptions
from models.sounds.detector import SoundDetector
from pipeline.frontend.near import take_off
from pipeline.frontend.statistics import STATISTICS_VIEWS, band_levels, levelled, statistics

__all__ = ["OURS", "OURS_AND_NOISE", "scores_of"]

OURS = "`near`: near without far"
OURS_AND_NOISE = "`near`, copies with noise"
N_FOLDS = 5
N_BANDS = 64
Heard = Callable[[np.ndarray], np.ndarray]


def scores_of(pairs: Pairs, seed: int) -> dict[str, np.ndarray]:
    """Return the scores of the judged recordings by each way."""
    near, far = _features(pairs, _near), _features(pairs, lambda pair: pair[:, 1])
    ours = _features(pairs, _without_far)
    both = _fitted(np.concatenate([near[0], far[0]]), seed)
    each = np.stack([both(near[1]), both(far[1])])
    twice = STATISTICS_VIEWS | {f"far {name}": size for name, size in STATISTICS_VIEWS.items()}
    levels = STATISTICS_VIEWS | {"differences": 2 * N_BANDS}
    differences = [np.stack([_differences(pair) for pair in some]) for some in (pairs.learned, pairs.judged)]
    noisy = _with_noise(pairs, seed)
    return {
        "near alone": _scored(near, seed),
        "far alone": _scored(far, seed),
        "`largest`": each.max(axis=0),
        "`mean`": each.mean(axis=0),
        "`mix`": _scored(_features(pairs, lambda pair: pair.mean(axis=1)), seed),
        "near and far, 16 views": _scored(_beside(near, far), seed, twice),
        "near and differences of levels": _scored(_beside(near, differences), seed, levels),
        OURS: _scored(ours, seed),
        "the same, floor 20 dB": _scored(_features(pairs, lambda pair: _without_far(pair, 0.01)), seed),
        "the same, far 6 dB too loud": _scored(
            _features(pairs, lambda pair: _without_far(pair * (1.0, 2.0))), seed
        ),
        "the same, far 6 dB too quiet": _scored(
            _features(pairs, lambda pair: _without_far(pair * (1.0, 0.5))), seed
        ),
        "near, mean noise subtracted": _scored(_features(pairs, _less_noise(pairs.noise)), seed),
        "near, noise as neighbours": _scored(
            (np.concatenate([near[0], _statistics(pairs.noise, _near)]), near[1]), seed
        ),
        "near, copies with noise": _scored(_beside(near, (_statistics(noisy, _near), near[1])), seed),
        OURS_AND_NOISE: _scored(_beside(ours, (_statistics(noisy, _without_far), ours[1])), seed),
    }


def _near(pair: np.ndarray) -> np.ndarray:
    return np.asarray(pair[:, 0])


def _without_far(pair: np.ndarray, floor: float = 0.1) -> np.ndarray:
    near, far = pair.astype(np.float32).T
    return take_off(near, far, RATE, floor=floor)


def _statistics(pairs: Sequence[np.ndarray], heard: Heard) -> np.ndarray:
    return np.stack([statistics(heard(pair), RATE) for pair in pairs])


def _features(pairs: Pairs, heard: Heard) -> tuple[np.ndarray, np.ndarray]:
    return _statistics(pairs.learned, heard), _statistics(pairs.judged, heard)


def _beside(
    some: tuple[np.ndarray, np.ndarray], others: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    return np.hstack([some[0], others[0]]), np.hstack([some[1], others[1]])


def _differences(pair: np.ndarray) -> np.ndarray:
    """Return mean and deviation of how far each band is above that of the far channel."""
    near, far = (band_levels(levelled(channel), RATE, 0.064, N_BANDS) for channel in pair.T)
    return np.concatenate([(near - far).mean(axis=0), (near - far).std(axis=0)]).astype(np.float32)


def _less_noise(noise: Sequence[np.ndarray], n_fft: int = 512) -> Heard:
    """Return the near channel without the mean power of the room alone, down to a floor of 20 dB."""
    window = np.sin(np.pi * (np.arange(n_fft) + 0.5) / n_fft)

    def spectrum(sound: np.ndarray) -> np.ndarray:
        frames = np.lib.stride_tricks.sliding_window_view(np.pad(sound, n_fft // 2), n_fft)
        return np.asarray(rfft(frames[:: n_fft // 2] * window, axis=1))

    usual = np.mean([np.mean(np.abs(spectrum(_near(pair))) ** 2, axis=0) for pair in noise], axis=0)

    def heard(pair: np.ndarray) -> np.ndarray:
        found = spectrum(_near(pair))
        power = uniform_filter(np.abs(found) ** 2, 3)
        frames = irfft(found * np.sqrt(np.maximum(1.0 - usual / power, 0.01)), axis=1) * window
        sound = np.zeros((len(frames) + 1) * n_fft // 2)
        halves = sound.reshape(-1, n_fft // 2)
        halves[:-1] += frames[:, : n_fft // 2]
        halves[1:] += frames[:, n_fft // 2 :]
        return sound[n_fft // 2 :][: len(pair)]

    return heard


def _with_noise(pairs: Pairs, seed: int) -> list[np.ndarray]:
    """Return each normal recording with one of the room alone laid over it, at the gains of both."""
    generator = np.random.default_rng([seed, 2])
    chosen = generator.integers(len(pairs.noise), size=len(pairs.learned))
    return [
        pair + np.resize(pairs.noise[place], pair.shape)
        for pair, place in zip(pairs.learned, chosen, strict=True)
    ]


def _fitted(
    train: np.ndarray, seed: int, views: Mapping[str, int] = STATISTICS_VIEWS
) -> Callable[[np.ndarray], np.ndarray]:
    detector = SoundDetector(views, n_folds=N_FOLDS, seed=seed)
    detector.fit(train, train[:1], FitOptions(), monitored={}, on_epoch=lambda epoch: None)
    return lambda x: detector.score(x).score


def _scored(
    features: Sequence[np.ndarray], seed: int, views: Mapping[str, int] = STATISTICS_VIEWS
) -> np.ndarray:
    return _fitted(features[0], seed, views)(features[1])
