"""Which features can be computed, and how each?

A kind is a function from the settings and the number of samples of a clip to the features of one clip and
their shape. The features of a clip follow from its samples and from the amplitude that is its full scale, to
which floors of levels are relative. Shapes, at the default settings: ``legacy`` [257], ``fft`` [257],
``stft`` [98, 257], ``waveform`` [16000], ``logmel`` [98, 40], ``aligned`` [48, 40], ``frames`` [98, 41],
``statistics`` [1608],
``aligned_vectors`` [2496]: the aligned frames one after another, then vectors. See the package for
conventions.
"""

from collections.abc import Callable

import numpy as np
import scipy.sparse

from pipeline.errors import ConfigurationError
from pipeline.frontend.alignment import align, crop, loud_part
from pipeline.frontend.bands import log_bank, mel_bank
from pipeline.frontend.floors import to_decibel
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

__all__ = ["KINDS", "OF_ANY_LENGTH", "ClipFeatures"]

ClipFeatures = Callable[[np.ndarray, float], np.ndarray]
Features = tuple[ClipFeatures, tuple[int, ...]]

MIN_RECORDING_RATE = 1_000  # Hz


def _legacy(settings: FeatureSettings, n_samples: int) -> Features:
    if settings.n_fft > n_samples:
        raise ConfigurationError(f"features.n_fft={settings.n_fft} is above the clip's {n_samples} samples")
    window = hann_window(n_samples)
    n_fft = settings.n_fft
    return lambda clip, _: legacy_magnitudes(clip, window, n_fft), (n_fft // 2 + 1,)


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
        return lambda clip, _: np.sqrt(sparse_bank @ whole_power(clip, window)), (settings.n_bands,)
    # A longer transform spreads the same noise over more bins: the floor falls with it.
    floor = _power(settings.floor_decibel) * settings.n_fft / n_samples
    return (
        lambda clip, full_scale: to_decibel(sparse_bank @ whole_power(clip, window), floor, full_scale),
        (settings.n_bands,),
    )


def _stft(settings: FeatureSettings, n_samples: int) -> Features:
    _check_frame("frame_length", settings, n_samples)
    power = FramedPower(n_samples, settings.frame_length, settings.frame_step, settings.n_fft)
    floor = _power(settings.floor_decibel)
    return (
        lambda clip, full_scale: to_decibel(power(clip), floor, full_scale),
        (power.n_frames, power.n_bins),
    )


def _waveform(settings: FeatureSettings, n_samples: int) -> Features:
    return lambda clip, _: clip, (n_samples,)


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
    return (
        lambda clip, full_scale: to_decibel(power(clip) @ bank, floor, full_scale),
        (power.n_frames, settings.n_mels),
    )


def _aligned(settings: FeatureSettings, n_samples: int) -> Features:
    logmel, _ = _logmel(settings, n_samples)
    return lambda clip, full_scale: align(logmel(clip, full_scale), settings), (
        settings.n_frames,
        settings.n_mels,
    )


def _aligned_vectors(settings: FeatureSettings, n_samples: int) -> Features:
    logmel, _ = _logmel(settings, n_samples)
    vectors = ClipVectors(settings)

    def of_clip(clip: np.ndarray, full_scale: float) -> np.ndarray:
        levels = logmel(clip, full_scale)
        return np.concatenate([align(levels, settings).ravel(), vectors(clip, loud_part(levels, settings))])

    n_levels = settings.n_frames * settings.n_mels
    return of_clip, (n_levels + (1 + settings.vector_copies) * vectors.size,)


def _frames(settings: FeatureSettings, n_samples: int) -> Features:
    logmel, (n_frames, n_mels) = _logmel(settings, n_samples)
    return lambda clip, full_scale: crop(logmel(clip, full_scale), settings), (n_frames, n_mels + 1)


def _statistics(settings: FeatureSettings, n_samples: int) -> Features:
    rate = settings.recording_rate
    if rate < MIN_RECORDING_RATE:
        raise ConfigurationError(
            f"features.recording_rate={rate} is below {MIN_RECORDING_RATE:,} Hz; set it to the lowest rate "
            "of the recordings, or leave it at 0 to let a corpus decide it"
        )
    # Floored relative to the recording's own power, at any length.
    return lambda recording, _: statistics(recording, rate), (sum(STATISTICS_VIEWS.values()),)


def _power(decibel: float) -> float:
    return float(10 ** (decibel / 10))


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
# Kinds that take clips of any length; the others take one of ``n_samples``.
OF_ANY_LENGTH = frozenset({"statistics"})
