"""Which features does each preset of ``FeatureSettings.kind`` stand for?

Shapes a clip, at the default settings: ``legacy`` [257], ``fft`` [257], ``stft`` [98, 257],
``waveform`` [16000], ``logmel`` [98, 40], ``aligned`` [48, 40], ``frames`` [98, 41]. See the package for
conventions.
"""

from collections.abc import Callable

import numpy as np
import scipy.sparse
from threadpoolctl import ThreadpoolController

from pipeline.errors import ConfigurationError
from pipeline.frontend.alignment import align, crop
from pipeline.frontend.bands import log_bank, mel_bank
from pipeline.frontend.spectra import (
    FramedPower,
    hann_window,
    legacy_magnitudes,
    unit_sine_window,
    whole_power,
)
from pipeline.settings import FeatureSettings

__all__ = ["FrontEnd"]

ClipFeatures = Callable[[np.ndarray], np.ndarray]


class FrontEnd:
    """Features of a batch of clips.

    An instance reuses its buffers: give each thread its own.

    Args:
        settings: the kind and its numbers.

    Raises:
        ConfigurationError: numbers that do not fit each other.

    Attributes:
        n_samples: samples that a clip must have.
        shape: shape of one clip's features.
    """

    def __init__(self, settings: FeatureSettings) -> None:
        self.settings = settings
        self.n_samples = round(settings.sample_rate * settings.duration_seconds)
        _check(settings, self.n_samples)
        self._threads = ThreadpoolController()
        make = {
            "legacy": self._legacy,
            "fft": self._fft,
            "stft": self._stft,
            "waveform": self._waveform,
            "logmel": self._logmel,
            "aligned": self._aligned,
            "frames": self._frames,
        }
        self._features: ClipFeatures
        self.shape: tuple[int, ...]
        self._features, self.shape = make[settings.kind]()

    def __call__(self, clips: np.ndarray) -> np.ndarray:
        """Return features float32 [n_clips, *shape] of clips float32 [n_clips, n_samples].

        Raises:
            ValueError: clips of another shape.
        """
        clips = np.ascontiguousarray(clips, np.float32)
        if clips.ndim != 2 or clips.shape[1] != self.n_samples:
            raise ValueError(f"expected clips of shape (n_clips, {self.n_samples}), got {clips.shape}")
        features = np.empty((len(clips), *self.shape), np.float32)
        # Two threads for products this small wait for each other far longer than they compute, and
        # every core already has a process of its own.
        with self._threads.limit(limits=1, user_api="blas"):
            for clip, row in zip(clips, features, strict=True):
                row[...] = self._features(clip)
        return features

    def _legacy(self) -> tuple[ClipFeatures, tuple[int, ...]]:
        window = hann_window(self.n_samples)
        n_fft = self.settings.n_fft
        return lambda clip: legacy_magnitudes(clip, window, n_fft), (n_fft // 2 + 1,)

    def _fft(self) -> tuple[ClipFeatures, tuple[int, ...]]:
        settings = self.settings
        bank = log_bank(settings.sample_rate, self.n_samples, settings.n_bands, settings.band_fmin_hertz)
        # Dense, the bank would be 8 MB, nearly all zeros, and its product the slowest step by far.
        sparse_bank = scipy.sparse.csr_array(bank.T)
        window = unit_sine_window(self.n_samples)
        if settings.magnitude == "linear":
            return lambda clip: np.sqrt(sparse_bank @ whole_power(clip, window)), (settings.n_bands,)
        # A longer transform spreads the same noise over more bins: the floor falls with it.
        floor = _power(settings.floor_decibel) * settings.n_fft / self.n_samples
        return lambda clip: _decibel(sparse_bank @ whole_power(clip, window), floor), (settings.n_bands,)

    def _stft(self) -> tuple[ClipFeatures, tuple[int, ...]]:
        settings = self.settings
        power = FramedPower(self.n_samples, settings.frame_length, settings.frame_step, settings.n_fft)
        floor = _power(settings.floor_decibel)
        return lambda clip: _decibel(power(clip), floor), (power.n_frames, power.n_bins)

    def _waveform(self) -> tuple[ClipFeatures, tuple[int, ...]]:
        return lambda clip: clip, (self.n_samples,)

    def _logmel(self) -> tuple[ClipFeatures, tuple[int, ...]]:
        settings = self.settings
        power = FramedPower(self.n_samples, settings.mel_frame_length, settings.frame_step, settings.n_fft)
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

    def _aligned(self) -> tuple[ClipFeatures, tuple[int, ...]]:
        logmel, _ = self._logmel()
        settings = self.settings
        return lambda clip: align(logmel(clip), settings), (settings.n_frames, settings.n_mels)

    def _frames(self) -> tuple[ClipFeatures, tuple[int, ...]]:
        logmel, (n_frames, n_mels) = self._logmel()
        settings = self.settings
        return lambda clip: crop(logmel(clip), settings), (n_frames, n_mels + 1)


def _power(decibel: float) -> float:
    return float(10 ** (decibel / 10))


def _decibel(power: np.ndarray, floor: float) -> np.ndarray:
    """Return 10 log10(power), with powers below ``floor`` raised to it."""
    levels: np.ndarray = np.log10(np.maximum(power, np.float32(floor)))
    levels *= np.float32(10)
    return levels


def _check(settings: FeatureSettings, n_samples: int) -> None:
    """Refuse numbers that are each allowed and do not fit together."""
    nyquist = settings.sample_rate / 2
    kind = settings.kind
    if kind in ("logmel", "aligned", "frames") and not settings.fmin_hertz < settings.fmax_hertz <= nyquist:
        raise ConfigurationError(
            f"features.fmin_hertz={settings.fmin_hertz:g} and features.fmax_hertz={settings.fmax_hertz:g} "
            f"must rise and stay within {nyquist:g} Hz, half of features.sample_rate"
        )
    mel_kinds = dict.fromkeys(("logmel", "aligned", "frames"), "mel_frame_length")
    name = {"stft": "frame_length", **mel_kinds}.get(kind)
    if name and getattr(settings, name) > min(settings.n_fft, n_samples):
        raise ConfigurationError(
            f"features.{name}={getattr(settings, name)} is above features.n_fft={settings.n_fft} or the "
            f"clip's {n_samples} samples: the frame would be cropped; raise n_fft or shorten the frame"
        )
    if kind == "legacy" and settings.n_fft > n_samples:
        raise ConfigurationError(f"features.n_fft={settings.n_fft} is above the clip's {n_samples} samples")
    if kind != "fft" and settings.magnitude == "linear":
        raise ConfigurationError(
            f"features.magnitude='linear' is a choice of features.kind='fft', and the kind is {kind!r}; "
            "leave it out or set the kind"
        )
    if kind == "fft" and settings.band_fmin_hertz >= nyquist:
        raise ConfigurationError(
            f"features.band_fmin_hertz={settings.band_fmin_hertz:g} must be below {nyquist:g} Hz, "
            "half of features.sample_rate"
        )
