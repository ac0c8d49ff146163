"""What are the sounds of machines made of?

Conventions: signals are float64 at 16 kHz, (n,); times are in seconds, frequencies in hertz, phases in
radians. Noise is made in the frequency domain, so that it has no beginning: its end would go on as its start.
"""

from collections.abc import Sequence

import numpy as np

__all__ = ["SAMPLE_RATE", "band", "events", "gain", "harmonics", "noise", "ringing", "slow", "turning"]

SAMPLE_RATE = 16_000


def gain(decibel: float) -> float:
    """Return the factor on amplitudes."""
    return float(10 ** (decibel / 20))


def band(n: int, low_hertz: float, high_hertz: float, *, order: int = 2, slope: float = 0.0) -> np.ndarray:
    """Return amplitudes over the frequencies of n samples, (n // 2 + 1,), as of a Butterworth filter.

    Args:
        n: of samples.
        low_hertz: where the amplitude has fallen by 3 dB.
        high_hertz: the same, above.
        order: 6 dB an octave each.
        slope: within the band the amplitude falls as ``f^-slope``.
    """
    frequencies = np.fft.rfftfreq(n, 1 / SAMPLE_RATE)
    frequencies[0] = frequencies[1]
    amplitudes = (frequencies / 1_000) ** -slope
    amplitudes /= np.sqrt(1 + (low_hertz / frequencies) ** (2 * order))
    amplitudes /= np.sqrt(1 + (frequencies / high_hertz) ** (2 * order))
    amplitudes[0] = 0
    return np.asarray(amplitudes)


def noise(amplitudes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return Gaussian noise of a spectrum, (n,), RMS 1.

    Args:
        amplitudes: over frequency, (n // 2 + 1,) with n even.
        rng: draws two numbers a frequency.
    """
    numbers = rng.standard_normal((2, len(amplitudes)))
    made = np.fft.irfft(amplitudes * (numbers[0] + 1j * numbers[1]))
    return np.asarray(made / np.sqrt(np.mean(made**2)))


def slow(n: int, hertz: float, rng: np.random.Generator) -> np.ndarray:
    """Return a drift around 0, RMS 1, of frequencies up to about ``hertz``."""
    return noise(band(n, 0.02, hertz), rng)


def turning(hertz: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the phase of what turns with a frequency that varies, from a start that is drawn."""
    return np.asarray(2 * np.pi * (rng.uniform() + np.cumsum(hertz) / SAMPLE_RATE))


def harmonics(phase: np.ndarray, amplitudes: Sequence[float], rng: np.random.Generator) -> np.ndarray:
    """Return a tone of a phase with its overtones, of these amplitudes from the first on, phases drawn."""
    tone = np.zeros_like(phase)
    for k, amplitude in enumerate(amplitudes, start=1):
        tone += amplitude * np.sin(k * phase + rng.uniform(0, 2 * np.pi))
    return tone


def events(rates: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the times of events that are independent of one another (Poisson).

    Args:
        rates: events a second at each sample, (n,).
        rng: draws one number a sample.
    """
    return np.flatnonzero(rng.uniform(size=len(rates)) < rates / SAMPLE_RATE) / SAMPLE_RATE


def ringing(
    n: int,
    times: np.ndarray,
    amplitudes: np.ndarray,
    resonances_hertz: np.ndarray,
    decay_seconds: float,
) -> np.ndarray:
    """Return what impacts leave of a resonance: ``a exp(-(t - t_i) / decay) sin(2 pi f (t - t_i))`` each.

    Impacts fall between samples. Costs about 10 microseconds an impact.

    Args:
        n: of samples; what lies outside of them is cut off.
        times: of the impacts, (n_impacts,).
        amplitudes: of each impact, (n_impacts,).
        resonances_hertz: of each impact, (n_impacts,).
        decay_seconds: until the amplitude has fallen to 1/e.
    """
    length = int(7 * decay_seconds * SAMPLE_RATE)  # by then it is 60 dB below
    sound = np.zeros(n + length)
    steps = np.arange(length)
    for time, amplitude, hertz in zip(times, amplitudes, resonances_hertz, strict=True):
        first = int(np.ceil(time * SAMPLE_RATE))
        if not 0 <= first < n:
            continue
        since = (first + steps) / SAMPLE_RATE - time
        sound[first : first + length] += (
            amplitude * np.exp(-since / decay_seconds) * np.sin(2 * np.pi * hertz * since)
        )
    return sound[:n]
