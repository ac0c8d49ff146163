"""What is the power of a clip at each frequency, over all of it or frame by frame?

Conventions: windows are periodic Hann; power 1 is a full-scale sine at the centre of a bin; the bin
k of a transform of length n lies at k * sample_rate / n Hz. A frame shorter than the transform is
followed by zeros. All float32, on one thread, as the processes already share the cores.
"""

import numpy as np
import scipy.fft

__all__ = ["FramedPower", "hann_window", "legacy_magnitudes", "unit_sine_window", "whole_power"]


def hann_window(n_samples: int) -> np.ndarray:
    """Return the periodic Hann window 0.5 - 0.5 cos(2 pi i / n), float32 [n_samples]."""
    phase = 2 * np.pi * np.arange(n_samples) / n_samples
    return (0.5 - 0.5 * np.cos(phase)).astype(np.float32)


def unit_sine_window(n_samples: int) -> np.ndarray:
    """Return the Hann window under which a full-scale sine has magnitude 1 in its bin."""
    window = hann_window(n_samples).astype(np.float64)
    return (window * 2 / window.sum()).astype(np.float32)


class FramedPower:
    """Short-time power spectra of one clip at a time.

    A call costs about 0.15 ms for a second at 16 kHz; the buffer is reused, so an instance
    must not be shared between threads.

    Args:
        n_samples: samples of a clip.
        frame_length: samples of a frame.
        frame_step: samples between the beginnings of frames.
        n_fft: length of the transform, at least ``frame_length``.
    """

    def __init__(self, n_samples: int, frame_length: int, frame_step: int, n_fft: int) -> None:
        self.n_frames = 1 + (n_samples - frame_length) // frame_step
        self.n_bins = n_fft // 2 + 1
        self._step = frame_step
        self._window = unit_sine_window(frame_length)
        self._padded = np.zeros((self.n_frames, n_fft), np.float32)

    def __call__(self, clip: np.ndarray) -> np.ndarray:
        """Return power float32 [n_frames, n_bins] of a clip float32 [n_samples]."""
        length = len(self._window)
        frames = np.lib.stride_tricks.sliding_window_view(clip, length)[:: self._step]
        np.multiply(frames, self._window, out=self._padded[:, :length])
        spectrum = scipy.fft.rfft(self._padded, axis=1, workers=1)
        power: np.ndarray = np.square(spectrum.real) + np.square(spectrum.imag)
        return power


def whole_power(clip: np.ndarray, window: np.ndarray) -> np.ndarray:
    """Return the power spectrum of a whole clip under one window, float32 [n_samples // 2 + 1].

    Args:
        clip: float32 [n_samples].
        window: float32 [n_samples], from ``unit_sine_window``.
    """
    spectrum = scipy.fft.rfft(clip * window, workers=1)
    power: np.ndarray = np.square(spectrum.real) + np.square(spectrum.imag)
    return power


def legacy_magnitudes(clip: np.ndarray, window: np.ndarray, n_fft: int) -> np.ndarray:
    """Return linear magnitudes of the first ``n_fft`` samples only, float32 [n_fft // 2 + 1].

    This reproduces a published defect on purpose: ``tf.signal.stft(x, frame_length=16000,
    frame_step=1, fft_length=512)`` windows the whole second, and then CROPS it to 32 ms, where the
    window has hardly begun to rise. Later samples change nothing.

    Args:
        clip: float32 [n_samples].
        window: Hann window over the whole clip, float32 [n_samples].
        n_fft: length of the transform.

    Source: S. Keydana, RStudio AI blog, 24 April 2019.
    """
    magnitudes: np.ndarray = np.abs(scipy.fft.rfft(clip[:n_fft] * window[:n_fft], workers=1))
    return magnitudes
