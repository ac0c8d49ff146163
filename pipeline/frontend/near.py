"""What is left of a machine's sound when that of its room is taken off?

Two microphones hear both: one stands at the machine, the other farther off. What else sounds in the room is
about as loud at either, and the machine is much louder at the near one. So the power that the far one hears
is taken off that of the near one, cell by cell of the spectrum; no cell falls by more than 10 dB, for what
lies deeper is chance, and would be one more noise. Powers are smoothed over five frames and five bins,
because reverberation differs from one place to the next.

Conventions: sounds are float32 [n_samples] at one rate; levels are in decibel. Two copies of one sound fall
evenly, and statistics, which take no notice of gain, stay as they are.
Source: Boll 1979, "Suppression of acoustic noise in speech using spectral subtraction"; the floor is that of
Berouti, Schwartz and Makhoul 1979. docs/lab/two_channels.md has the figures.
"""

from collections.abc import Sequence

import numpy as np
import scipy.fft
from scipy.ndimage import uniform_filter

from pipeline.audio import Recording, to_rate
from pipeline.errors import UnusableClip
from pipeline.settings import FeatureSettings

__all__ = ["heard_channels", "near_and_far", "take_off", "whole_recording", "whole_versions"]

HALF_FRAME_SECONDS = 0.016
FLOOR = 0.1  # of a cell's power
SMOOTHED = 5  # frames, and bins
FRAMES_AT_ONCE = 1_024  # bounds memory: some 20 MB
MIXED = ("mixed down", "cancel each other")  # of notes that are untrue of one channel


def whole_recording(recording: Recording, settings: FeatureSettings) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return what the features hear of a recording, and everything the manifest should say.

    Args:
        recording: as it was decoded.
        settings: of the features; ``channels`` says whether a far channel is taken off.

    Returns:
        float32 [n_samples] at ``settings.recording_rate``, from the beginning up to a bound.

    Raises:
        UnusableClip: recorded at a lower rate, or without one of the two channels.
    """
    (whole,), notes = whole_versions(recording, settings, ())
    return whole, notes


def whole_versions(
    recording: Recording, settings: FeatureSettings, noise: Sequence[np.ndarray]
) -> tuple[list[np.ndarray], tuple[str, ...]]:
    """Return what ``whole_recording`` does, and behind it the same with ``noise`` over it, if there is any.

    Args:
        recording: as it was decoded; resampled once for both.
        settings: of the features.
        noise: its ``heard_channels``, laid over it from its beginning, again where it is shorter; or none.

    Raises:
        UnusableClip: recorded at a lower rate, or without one of the two channels.
    """
    own, notes = heard_channels(recording, settings)
    versions = [own]
    if noise:
        versions.append(
            tuple(one + np.resize(other, one.shape) for one, other in zip(own, noise, strict=True))
        )
    if settings.channels != "near":
        return [whole for (whole,) in versions], notes
    note = f"channel {settings.near_channel} without what channel {settings.far_channel} hears"
    return [take_off(near, far, settings.recording_rate) for near, far in versions], (*notes, note)


def heard_channels(
    recording: Recording, settings: FeatureSettings
) -> tuple[tuple[np.ndarray, ...], tuple[str, ...]]:
    """Return the near channel and the far one, or one mix of all, and what the manifest should say.

    Raises:
        UnusableClip: recorded at a lower rate, or without one of the two channels.
    """
    if settings.channels == "near":
        return near_and_far(recording, settings)
    samples, notes = to_rate(recording, settings.recording_rate, settings.longest_seconds)
    return (samples,), notes


def near_and_far(
    recording: Recording, settings: FeatureSettings
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[str, ...]]:
    """Return both channels, the far one at its level for ``settings``, and what the manifest should say.

    Raises:
        UnusableClip: recorded at a lower rate, or without one of them.
    """
    near, far = settings.near_channel, settings.far_channel
    if max(near, far) > recording.n_channels:
        raise UnusableClip(
            "near_channel",
            f"features.channels=near needs channels {near} and {far}, and the file has "
            f"{recording.n_channels}; record both, or set features.near_channel and features.far_channel",
        )
    if near - 1 not in recording.living:
        raise UnusableClip(
            "near_channel",
            f"channel {near} of {recording.n_channels}, features.near_channel, is dead; "
            "look at its microphone",
        )
    samples, notes = to_rate(recording.channel(near - 1), settings.recording_rate, settings.longest_seconds)
    other, _ = to_rate(recording.channel(far - 1), settings.recording_rate, settings.longest_seconds)
    if settings.far_decibel:
        other = other * np.float32(10.0 ** (settings.far_decibel / 20.0))
    return (samples, other), tuple(note for note in notes if not any(part in note for part in MIXED))


def take_off(near: np.ndarray, far: np.ndarray, sample_rate: int, *, floor: float = FLOOR) -> np.ndarray:
    """Return ``near`` without what ``far`` hears. Costs about 1 ms for a second at 16 kHz.

    Args:
        near: float32 [n_samples].
        far: float32 [n_samples], at the same time and gain.
        sample_rate: Hz.
        floor: the share of a cell's power that stays, at least.
    """
    half = max(round(HALF_FRAME_SECONDS * sample_rate), 8)
    n_frames = -(-len(near) // half) + 1
    padded = np.zeros((2, (n_frames + 1) * half), np.float32)
    padded[0, half : half + len(near)], padded[1, half : half + len(far)] = near, far
    # Applied twice, the squares of two half-overlapping ones sum to 1.
    window = np.sin(np.pi * (np.arange(2 * half) + 0.5) / (2 * half)).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(padded, 2 * half, axis=1)[:, ::half]
    out, context = np.zeros(padded.shape[1], np.float32), SMOOTHED // 2
    for first in range(0, n_frames, FRAMES_AT_ONCE):
        last = min(first + FRAMES_AT_ONCE, n_frames)
        begin, end = max(first - context, 0), min(last + context, n_frames)
        spectra = scipy.fft.rfft(frames[:, begin:end] * window, axis=2, workers=1)
        powers = np.square(spectra.real) + np.square(spectra.imag)
        heard, taken = uniform_filter(powers, (0, SMOOTHED, SMOOTHED), mode="nearest")
        left = 1.0 - np.divide(taken, heard, out=np.ones_like(taken), where=heard > 0)
        gains = np.sqrt(np.maximum(left, floor))
        inside = slice(first - begin, last - begin)
        parts = scipy.fft.irfft(spectra[0, inside] * gains[inside], 2 * half, axis=1, workers=1) * window
        halves = out[first * half : (last + 1) * half].reshape(-1, half)
        halves[:-1] += parts[:, :half]
        halves[1:] += parts[:, half:]
    return out[half : half + len(near)]
