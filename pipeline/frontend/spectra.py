"""What is the power of a clip at each frequency, over all of it or frame by frame?

Conventions: windows are periodic Hann; power 1 is a full-scale sine at the centre of a bin; the bin
k of a transform of length n lies at k * sample_rate / n Hz. A frame shorter than the transform is
followed by zeros. All float32, on one thread, as the processes already share the cores.
"""

import numpy as np
import scipy.fft

__all__ = [
    "FramedPower",
    "hann_window",
    "legacy_magnitudes",
    "overlapping_frames",
    "power_of",
    "unit_sine_window",
    "whole_power",
]


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
        frames = overlapping_frames(np.ascontiguousarray(clip, np.float32), self.n_frames, length, self._step)
        np.multiply(frames, self._window, out=self._padded[:, :length])
        return power_of(scipy.fft.rfft(self._padded, axis=1, workers=1))


def overlapping_frames(samples: np.ndarray, n_frames: int, length: int, step: int) -> np.ndarray:
    """Return frames of the last axis as a view, [..., n_frames, length]; not to be written to.

    ``sliding_window_view`` would take longer than the product of frames and window after it.

    Args:
        samples: contiguous, [..., n_samples].
        n_frames: as many as there are room for, at most.
        length: samples of a frame.
        step: samples between the beginnings of frames.
    """
    if samples.shape[-1] < step * (n_frames - 1) + length:
        raise ValueError(
            f"{n_frames} frames of {length} samples, {step} apart, need "
            f"{step * (n_frames - 1) + length} samples, got {samples.shape[-1]}"
        )
    *over, over_samples = samples.strides
    return np.ndarray(
        (*samples.shape[:-1], n_frames, length),
        samples.dtype,
        samples,
        strides=(*over, step * over_samples, over_samples),
    )


def power_of(spectrum: np.ndarray) -> np.ndarray:
    """Return the squared magnitudes of a spectrum, float32 of its shape."""
    power: np.ndarray = np.square(spectrum.real)
    power += np.square(spectrum.imag)
    return power


def whole_power(clip: np.ndarray, window: np.ndarray) -> np.ndarray:
    """Return the power spectrum of a whole clip under one window, float32 [n_samples // 2 + 1].

    Args:
        clip: float32 [n_samples].
        window: float32 [n_samples], from ``unit_sine_window``.
    """
    return power_of(scipy.fft.rfft(clip * window, workers=1))


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
