"""What do a room and a microphone make of a clean voice?

In: 16-bit samples of espeak-ng at 22,050 Hz. Out: one second, 16,000 samples of 16 bits at 16 kHz.
A speaker records in one room with one device, and each take varies around it. Signals are float64
throughout, random numbers come from generators seeded by speaker, word and take: two renderings
give the same bytes. Levels are in decibels relative to full scale.
"""

import functools
from dataclasses import dataclass

import numpy as np
import scipy.signal

from pipeline.corpora.embedded.espeak import SAMPLE_RATE as VOICE_RATE

__all__ = ["N_SAMPLES", "SAMPLE_RATE", "Channel", "channel_of", "record"]

SAMPLE_RATE = 16_000
N_SAMPLES = 16_000

SILENCE = 0.01  # of the peak: below it, at either end, espeak-ng is not speaking
SHORTEST_ONSET_SECONDS, LONGEST_ONSET_SECONDS = 0.05, 0.40
TAIL_SECONDS = 0.03  # kept free after the word where it fits


@dataclass(frozen=True, kw_only=True)
class Channel:
    """The room and the device of one speaker.

    Attributes:
        level_decibel: of the speech while it lasts, -36 to -18.
        snr_decibel: speech over noise, 8 to 32.
        noise_slope: 0 is white, 1 pink, 2 brown noise.
        hum_hertz: of the mains, or 0.
        reverberation_seconds: until the room's sound has fallen by 60 dB.
        direct_decibel: direct sound over reverberation.
        low_hertz, high_hertz: band of the device.
        tilt_decibel: gain at high frequencies against low ones.
    """

    level_decibel: float
    snr_decibel: float
    noise_slope: float
    hum_hertz: int
    reverberation_seconds: float
    direct_decibel: float
    low_hertz: float
    high_hertz: float
    tilt_decibel: float


def channel_of(rng: np.random.Generator) -> Channel:
    """Draw a room and a device."""
    return Channel(
        level_decibel=rng.uniform(-36, -18),
        snr_decibel=rng.uniform(8, 32),
        noise_slope=rng.uniform(0, 2),
        hum_hertz=int(rng.choice([0, 0, 0, 50, 60])),
        reverberation_seconds=rng.uniform(0.08, 0.40),
        direct_decibel=rng.uniform(2, 16),
        low_hertz=rng.uniform(50, 250),
        high_hertz=rng.uniform(3_400, 7_600),
        tilt_decibel=rng.uniform(-6, 6),
    )


def record(voice: np.ndarray, channel: Channel, tract: float, rng: np.random.Generator) -> np.ndarray:
    """Record one take.

    Args:
        voice: 16-bit samples at 22,050 Hz, (n,).
        channel: of the speaker.
        tract: formants and pitch are multiplied by it.
        rng: of this take alone.

    Returns:
        (16000,), 16-bit, at 16 kHz.
    """
    spoken = _resampled(_without_silence(voice), tract)[
        : N_SAMPLES - int(SHORTEST_ONSET_SECONDS * SAMPLE_RATE)
    ]
    spoken /= np.sqrt(np.mean(spoken**2))
    latest = 1 - TAIL_SECONDS - len(spoken) / SAMPLE_RATE
    onset = rng.uniform(
        SHORTEST_ONSET_SECONDS, max(SHORTEST_ONSET_SECONDS, min(LONGEST_ONSET_SECONDS, latest))
    )
    start = min(int(onset * SAMPLE_RATE), N_SAMPLES - len(spoken))
    dry = np.zeros(N_SAMPLES)
    dry[start : start + len(spoken)] = spoken
    speech = _through_device(_in_room(dry, channel, rng), channel)
    speech /= np.sqrt(np.mean(speech[start : start + len(spoken)] ** 2))
    noise = _through_device(_noise(channel, rng), channel)
    noise /= np.sqrt(np.mean(noise**2))
    snr = np.clip(channel.snr_decibel + rng.normal(0, 2), 5, 35)
    level = np.clip(channel.level_decibel + rng.normal(0, 2), -40, -16)
    mixture = (speech + _gain(-snr) * noise) * _gain(level) * 32768
    return np.clip(np.rint(mixture), -32768, 32767).astype("<i2")


def _gain(decibel: float) -> float:
    return float(10 ** (decibel / 20))


def _without_silence(voice: np.ndarray) -> np.ndarray:
    loud = np.flatnonzero(np.abs(voice.astype(np.float64)) > SILENCE * np.abs(voice.astype(np.float64)).max())
    return voice[loud[0] : loud[-1] + 1].astype(np.float64)


def _resampled(voice: np.ndarray, tract: float) -> np.ndarray:
    """Bring the voice to 16 kHz, read ``tract`` times faster: 320 to 441 is 16,000 to 22,050."""
    up = 320
    down = round(up * VOICE_RATE * tract / SAMPLE_RATE)
    return np.asarray(scipy.signal.resample_poly(voice, up, down))


def _in_room(dry: np.ndarray, channel: Channel, rng: np.random.Generator) -> np.ndarray:
    """Add reverberation: noise that decays by 60 dB, beginning 3 ms after the direct sound."""
    n = int(channel.reverberation_seconds * SAMPLE_RATE)
    tail = rng.standard_normal(n) * 10 ** (-3 * np.arange(n) / n)
    tail[: int(0.003 * SAMPLE_RATE)] = 0
    tail *= _gain(-channel.direct_decibel) / np.sqrt(np.sum(tail**2))
    tail[0] = 1
    return np.asarray(scipy.signal.fftconvolve(dry, tail)[:N_SAMPLES])


def _through_device(sound: np.ndarray, channel: Channel) -> np.ndarray:
    """Limit the band and tilt the spectrum."""
    limited = scipy.signal.sosfilt(_band(channel.low_hertz, channel.high_hertz), sound)
    lower = scipy.signal.sosfilt(_lower_part(), limited)
    return np.asarray(lower + _gain(channel.tilt_decibel) * (limited - lower))


@functools.lru_cache(maxsize=8)  # designing a filter costs more than applying it to one second
def _band(low_hertz: float, high_hertz: float) -> np.ndarray:
    """Return second-order sections: Butterworth, 12 dB an octave below the band and 24 above it."""
    below = scipy.signal.butter(2, low_hertz, "highpass", fs=SAMPLE_RATE, output="sos")
    above = scipy.signal.butter(4, high_hertz, "lowpass", fs=SAMPLE_RATE, output="sos")
    return np.concatenate([below, above])


@functools.lru_cache(maxsize=1)
def _lower_part() -> np.ndarray:
    return np.asarray(scipy.signal.butter(1, 1_000, "lowpass", fs=SAMPLE_RATE, output="sos"))


def _noise(channel: Channel, rng: np.random.Generator) -> np.ndarray:
    """Return background noise of the room's colour, with the hum of the mains in some rooms."""
    frequencies = np.fft.rfftfreq(N_SAMPLES, 1 / SAMPLE_RATE)
    spectrum = rng.standard_normal(len(frequencies)) + 1j * rng.standard_normal(len(frequencies))
    # Amplitude falls as f^(-slope/2); it stays level below 40 Hz, where it would grow without bound.
    noise = np.fft.irfft(spectrum * np.maximum(frequencies, 40.0) ** (-channel.noise_slope / 2), N_SAMPLES)
    noise /= np.sqrt(np.mean(noise**2))
    if channel.hum_hertz:
        seconds = np.arange(N_SAMPLES) / SAMPLE_RATE
        for harmonic in range(1, 8):
            phase = rng.uniform(0, 2 * np.pi)
            noise += 0.5 / harmonic * np.sin(2 * np.pi * channel.hum_hertz * harmonic * seconds + phase)
    return noise
