"""Which features can be computed, and how each?

A kind is a function from the settings and the number of samples of a clip to the features of one clip and
their shape. Shapes, at the default settings: ``legacy`` [257], ``fft`` [257], ``stft`` [98, 257],
``waveform`` [16000], ``logmel`` [98, 40], ``aligned`` [48, 40], ``frames`` [98, 41], ``statistics`` [1608],
``aligned_vectors`` [2496]: the aligned frames one after another, then vectors.
See the package for conventions.
"""

from collections.abc import Callable

import numpy as np
import scipy.sparse

from pipeline.errors import ConfigurationError
from pipeline.frontend.alignment import align, crop, loud_part
from pipeline.frontend.bands import log_bank, mel_bank
from pipeline.frontend.spectra import (
    FramedPower,
    hann_window,
    legacy_magnitudes,
    unit_sine_window,
    whole_power,
)
from pipeline.frontend.statistics import STATISTICS_VIEWS, statistics
from pipeline.frontend.vectors import ClipVectors
from pipeline.settings import FeatureSettings

__all__ = ["KINDS", "WHOLE_RECORDINGS", "ClipFeatures", "recording_features"]

ClipFeatures = Callable[[np.ndarray], np.ndarray]
Features = tuple[ClipFeatures, tuple[int, ...]]


def _legacy(settings: FeatureSettings, n_samples: int) -> Features:
    if settings.n_fft > n_samples:
        raise ConfigurationError(f"features.n_fft={settings.n_fft} is above the clip's {n_samples} samples")
    window = hann_window(n_samples)
    n_fft = settings.n_fft
    return lambda clip: legacy_magnitudes(clip, window, n_fft), (n_fft // 2 + 1,)


def _fft(settings: FeatureSettings, n_samples: int) -> Features:
    nyquist = settings.sample_rate / 2
    if settings.band_fmin_hertz >= nyquist:
        raise ConfigurationError(
            f"features.band_fmin_hertz={settings.band_fmin_hertz:g} must be below {nyquist:g} Hz, "
            "half of features.sample_rate"
        )
    bank = log_bank(settings.sample_rate, n_samples, settings.n_bands, settings.band_fmin_hertz)
    # Dense, the bank would be 8 MB, nearly all zeros, and its product the slowest step by far.
    sparse_bank = scipy.sparse.csr_array(bank.T)
    window = unit_sine_window(n_samples)
    if settings.magnitude == "linear":
        return lambda clip: np.sqrt(sparse_bank @ whole_power(clip, window)), (settings.n_bands,)
    # A longer transform spreads the same noise over more bins: the floor falls with it.
    floor = _power(settings.floor_decibel) * settings.n_fft / n_samples
    return lambda clip: _decibel(sparse_bank @ whole_power(clip, window), floor), (settings.n_bands,)


def _stft(settings: FeatureSettings, n_samples: int) -> Features:
    _check_frame("frame_length", settings, n_samples)
    power = FramedPower(n_samples, settings.frame_length, settings.frame_step, settings.n_fft)
    floor = _power(settings.floor_decibel)
    return lambda clip: _decibel(power(clip), floor), (power.n_frames, power.n_bins)


def _waveform(settings: FeatureSettings, n_samples: int) -> Features:
    return lambda clip: clip, (n_samples,)


def _logmel(settings: FeatureSettings, n_samples: int) -> Features:
    nyquist = settings.sample_rate / 2
    if not settings.fmin_hertz < settings.fmax_hertz <= nyquist:
        raise ConfigurationError(
            f"features.fmin_hertz={settings.fmin_hertz:g} and features.fmax_hertz={settings.fmax_hertz:g} "
            f"must rise and stay within {nyquist:g} Hz, half of features.sample_rate"
        )
    _check_frame("mel_frame_length", settings, n_samples)
    power = FramedPower(n_samples, settings.mel_frame_length, settings.frame_step, settings.n_fft)
    bank = mel_bank(
        settings.sample_rate, settings.n_fft, settings.n_mels, settings.fmin_hertz, settings.fmax_hertz
    )
    n_empty = int(np.count_nonzero(bank.sum(axis=0) == 0))
    if n_empty:
        raise ConfigurationError(
            f"{n_empty} of features.n_mels={settings.n_mels} mel bands hold no bin of a transform of "
            f"features.n_fft={settings.n_fft}; lower n_mels or raise n_fft"
        )
    floor = _power(settings.floor_decibel)
    return lambda clip: _decibel(power(clip) @ bank, floor), (power.n_frames, settings.n_mels)


def _aligned(settings: FeatureSettings, n_samples: int) -> Features:
    logmel, _ = _logmel(settings, n_samples)
    return lambda clip: align(logmel(clip), settings), (settings.n_frames, settings.n_mels)


def _aligned_vectors(settings: FeatureSettings, n_samples: int) -> Features:
    logmel, _ = _logmel(settings, n_samples)
    vectors = ClipVectors(settings)

    def of_clip(clip: np.ndarray) -> np.ndarray:
        levels = logmel(clip)
        return np.concatenate([align(levels, settings).ravel(), vectors(clip, loud_part(levels, settings))])

    n_levels = settings.n_frames * settings.n_mels
    return of_clip, (n_levels + (1 + settings.vector_copies) * vectors.size,)


def _frames(settings: FeatureSettings, n_samples: int) -> Features:
    logmel, (n_frames, n_mels) = _logmel(settings, n_samples)
    return lambda clip: crop(logmel(clip), settings), (n_frames, n_mels + 1)


def _statistics(settings: FeatureSettings, n_samples: int) -> Features:
    if n_samples < 1:
        raise ConfigurationError("features.duration_seconds holds no sample at features.sample_rate")
    size = sum(STATISTICS_VIEWS.values())
    return lambda clip: recording_features(clip, settings.sample_rate, settings), (size,)


def recording_features(samples: np.ndarray, sample_rate: int, settings: FeatureSettings) -> np.ndarray:
    """Return the features of a recording of any length, for a kind of ``WHOLE_RECORDINGS``.

    Args:
        samples: float32 [n_samples].
        sample_rate: Hz; brought to ``settings.recording_rate``.
        settings: of the features.
    """
    if sample_rate != settings.recording_rate:
        import soxr

        samples = soxr.resample(samples, sample_rate, settings.recording_rate, quality="HQ")
    return statistics(samples, settings.recording_rate)


def _power(decibel: float) -> float:
    return float(10 ** (decibel / 10))


def _decibel(power: np.ndarray, floor: float) -> np.ndarray:
    """Return 10 log10(power), with powers below ``floor`` raised to it."""
    levels: np.ndarray = np.log10(np.maximum(power, np.float32(floor)))
    levels *= np.float32(10)
    return levels


def _check_frame(name: str, settings: FeatureSettings, n_samples: int) -> None:
    length = getattr(settings, name)
    if length > min(settings.n_fft, n_samples):
        raise ConfigurationError(
            f"features.{name}={length} is above features.n_fft={settings.n_fft} or the clip's {n_samples} "
            "samples: the frame would be cropped; raise n_fft or shorten the frame"
        )


# Another feature is another line here.
KINDS: dict[str, Callable[[FeatureSettings, int], Features]] = {
    "legacy": _legacy,
    "fft": _fft,
    "stft": _stft,
    "waveform": _waveform,
    "logmel": _logmel,
    "aligned": _aligned,
    "aligned_vectors": _aligned_vectors,
    "frames": _frames,
    "statistics": _statistics,
}
# Kinds that hear a recording from end to end; the others hear one window of it.
WHOLE_RECORDINGS = frozenset({"statistics"})
