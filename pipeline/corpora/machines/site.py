"""What do a room and a microphone make of a machine?

In: float64, 1 is the machine's usual level. Out: 16-bit samples. Each domain has its kind of room, and each
recording a place of its own in it: distance and tone of the microphone, reverberation, the noise of other
machines. Levels are in decibels; those of a recording are relative to full scale. All filters act in the
frequency domain, so that reverberation has no beginning, as with a machine that has run for long.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.corpora.machines.signals import SAMPLE_RATE, band, gain, harmonics, noise, turning

__all__ = ["HIGHEST_PEAK", "Site", "record", "site_of"]

HIGHEST_PEAK = 0.9  # of full scale: who records turns the level down before it clips


@dataclass(frozen=True, kw_only=True)
class Site:
    """The place of one recording.

    Attributes:
        level_decibel: of a machine at its usual level.
        snr_decibel: such a machine over the noise.
        noise_slope: amplitudes of the noise fall as ``f^-slope``.
        hum_hertz: of another machine behind the wall.
        reverberation_seconds: until the room's sound has fallen by 60 dB.
        direct_decibel: direct sound over reverberation.
        low_hertz, high_hertz: band of the microphone.
        tilt_decibel: gain above 1 kHz against below.
    """

    level_decibel: float
    snr_decibel: float
    noise_slope: float
    hum_hertz: float
    reverberation_seconds: float
    direct_decibel: float
    low_hertz: float
    high_hertz: float
    tilt_decibel: float


def site_of(domain: str, rng: np.random.Generator) -> Site:
    """Draw a place in the room of a domain: ``source`` is drier and quieter than ``target``."""
    source = domain == "source"
    return Site(
        level_decibel=-27 + rng.normal(0, 1.5),
        snr_decibel=(18 if source else 13) + rng.uniform(-2, 2),
        noise_slope=(0.5 if source else 0.8) + rng.uniform(-0.1, 0.1),
        hum_hertz=(87 if source else 143) * rng.uniform(0.98, 1.02),
        reverberation_seconds=rng.uniform(0.15, 0.25) if source else rng.uniform(0.4, 0.6),
        direct_decibel=rng.uniform(8, 12) if source else rng.uniform(4, 8),
        low_hertz=rng.uniform(40, 60),
        high_hertz=rng.uniform(7_000, 7_500),
        tilt_decibel=(0 if source else -2) + rng.uniform(-1.5, 1.5),
    )


def record(sound: np.ndarray, site: Site, rng: np.random.Generator) -> np.ndarray:
    """Record a machine.

    Args:
        sound: of the machine, (n,), n even.
        site: where it is recorded.
        rng: of this recording; draws the same numbers whatever the sound.

    Returns:
        16-bit samples, (n,).
    """
    n = len(sound)
    lower = band(n, 0.1, 1_000, order=1)
    microphone = band(n, site.low_hertz, site.high_hertz, order=3)
    microphone *= lower + gain(site.tilt_decibel) * (1 - lower)
    room = np.fft.rfft(_impulse_response(n, site, rng))
    around = noise(band(n, 30, 7_000, slope=site.noise_slope), rng)
    around += 0.3 * harmonics(turning(np.full(n, site.hum_hertz), rng), [1.0, 0.5, 0.3], rng)
    spectrum = (np.fft.rfft(sound) * room + gain(-site.snr_decibel) * np.fft.rfft(around)) * microphone
    heard = gain(site.level_decibel) * np.fft.irfft(spectrum)
    heard *= min(1.0, HIGHEST_PEAK / np.abs(heard).max())
    return np.rint(heard * 32_767).astype("<i2")


def _impulse_response(n: int, site: Site, rng: np.random.Generator) -> np.ndarray:
    """Return the direct sound, and noise that decays by 60 dB, beginning 3 ms after it."""
    length = int(site.reverberation_seconds * SAMPLE_RATE)
    tail = rng.standard_normal(length) * 10 ** (-3 * np.arange(length) / length)
    tail[: int(0.003 * SAMPLE_RATE)] = 0
    response = np.zeros(n)
    response[:length] = tail * gain(-site.direct_decibel) / np.sqrt(np.sum(tail**2))
    response[0] = 1
    return response
