"""How does a machine sound to two microphones in a room where something else sounds too?

One microphone stands at the machine, the other farther off. The machine reaches the near one directly and the
far one 16 dB weaker; its reverberation is the same at both. What else sounds (the disturbance) stands
elsewhere for each recording, so that its direct sound and its reverberation differ from one microphone to the
other; over all positions it is as loud at both. Responses are a direct sound and exponentially decaying noise
(Polack 1988). A recording of the room alone is the same without the machine.

Conventions: sounds are float64 [n_samples] or [n_samples, 2], the near microphone first; the machine has
power 1 at the near one; levels are in decibel relative to that.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.signal import fftconvolve, lfilter

__all__ = ["Disturbance", "Room", "another_machine", "babble", "impacts", "voices"]

REVERBERATION_SECONDS = 0.4  # until it has fallen by 60 dB
HEARD_SECONDS = 0.25  # of a response
MACHINE_REVERBERATION = 0.1  # power, of a direct sound of 1 at the near microphone
FAR_DIRECT_DECIBEL = -16.0
SELF_NOISE_DECIBEL = -40.0
SPREAD_DECIBEL = 5.0  # of a disturbance's level about the one that is asked for, to either side

Disturbance = Callable[[int, np.random.Generator], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Room:
    """One site: the responses from the machine stay, whatever else sounds.

    Attributes:
        sample_rate: Hz.
        machine: the responses from the machine to both microphones [n, 2].
    """

    sample_rate: int
    machine: np.ndarray

    @classmethod
    def drawn(cls, sample_rate: int, generator: np.random.Generator) -> "Room":
        """Return a room of its own reverberation."""
        direct = (1.0, 10.0 ** (FAR_DIRECT_DECIBEL / 20.0))
        delays = (0.001, 0.007)
        return cls(
            sample_rate=sample_rate,
            machine=_responses(sample_rate, direct, delays, MACHINE_REVERBERATION, generator),
        )

    def record(
        self,
        machine: np.ndarray | None,
        disturbance: Disturbance,
        n_samples: int,
        snr_decibel: float,
        generator: np.random.Generator,
    ) -> np.ndarray:
        """Return what both microphones hear, [n_samples, 2].

        Args:
            machine: its sound; ``None`` for the room alone.
            disturbance: returns so many samples of what else sounds.
            n_samples: of the recording.
            snr_decibel: of the machine to the disturbance at the near microphone, ``SPREAD_DECIBEL`` more or
                less.
            generator: of what is drawn.
        """
        heard = 10.0 ** (SELF_NOISE_DECIBEL / 20.0) * generator.standard_normal((n_samples, 2))
        direct = 10.0 ** (generator.uniform(-3.0, 3.0, 2) / 20.0)
        responses = _responses(self.sample_rate, direct, generator.uniform(0.005, 0.03, 2), 1.0, generator)
        level = -(snr_decibel + generator.uniform(-SPREAD_DECIBEL, SPREAD_DECIBEL))
        sound = _at_power(disturbance(n_samples, generator)) * 10.0 ** (level / 20.0)
        # A direct sound of 1 and a reverberation of power 1: together 3 dB more than the disturbance.
        heard += _through(responses, sound) / np.sqrt(2.0)
        if machine is not None:
            heard += _through(self.machine, _at_power(machine[:n_samples]))
        return heard


def babble(words: Sequence[np.ndarray], n_voices: int = 3) -> Disturbance:
    """Return people who talk at once, each a row of words with pauses."""

    def talk(n_samples: int, generator: np.random.Generator) -> np.ndarray:
        sound = np.zeros(n_samples)
        for _ in range(n_voices):
            first = -int(generator.integers(0, 16_000))
            while first < n_samples:
                word = words[int(generator.integers(len(words)))]
                start, stop = max(first, 0), min(first + len(word), n_samples)
                if stop > start:
                    sound[start:stop] += word[start - first : stop - first]
                first += len(word) + int(generator.integers(0, 8_000))
        return sound

    return talk


def impacts(sample_rate: int) -> Disturbance:
    """Return strikes on metal: some a second at random times, each a few decaying tones."""

    def strike(n_samples: int, generator: np.random.Generator) -> np.ndarray:
        seconds = n_samples / sample_rate
        times = generator.uniform(0, n_samples, 1 + generator.poisson(generator.uniform(0.3, 2.0) * seconds))
        sound = np.zeros(n_samples)
        for time in times.astype(int):
            t = np.arange(min(n_samples - time, sample_rate // 2)) / sample_rate
            for hertz in np.exp(generator.uniform(np.log(300), np.log(0.4 * sample_rate), 4)):
                decay = np.exp(-t / generator.uniform(0.01, 0.08))
                sound[time : time + len(t)] += (
                    generator.uniform(0.3, 1) * decay * np.sin(2 * np.pi * hertz * t)
                )
        return sound

    return strike


def another_machine(sounds: Sequence[np.ndarray]) -> Disturbance:
    """Return another machine: one of the sounds from a random place on, repeated where it is too short."""

    def run(n_samples: int, generator: np.random.Generator) -> np.ndarray:
        sound = sounds[int(generator.integers(len(sounds)))]
        sound = np.tile(sound, -(-n_samples // len(sound)) + 1)
        first = int(generator.integers(0, len(sound) - n_samples))
        return sound[first : first + n_samples]

    return run


def voices(sample_rate: int) -> Disturbance:
    """Return three voices without words, each a pulse train whose pitch glides, through moving resonances."""

    def speak(n_samples: int, generator: np.random.Generator) -> np.ndarray:
        sound = np.zeros(n_samples)
        for _ in range(3):
            first = 0
            while first < n_samples:
                n = min(int(generator.uniform(0.1, 0.35) * sample_rate), n_samples - first)
                pitch = generator.uniform(90, 250) * np.exp(np.linspace(0, generator.uniform(-0.3, 0.3), n))
                pulses = np.diff(np.floor(np.cumsum(pitch) / sample_rate), prepend=0.0)
                pulses += 0.05 * generator.standard_normal(n)
                for low, high in ((300, 800), (900, 2_300), (2_300, 3_200)):
                    hertz = generator.uniform(low, high)
                    radius = np.exp(-np.pi * 120 / sample_rate)
                    turn = 2 * np.pi * hertz / sample_rate
                    pulses = pulses + lfilter(
                        [1 - radius], [1, -2 * radius * np.cos(turn), radius**2], pulses
                    )
                sound[first : first + n] += pulses * np.hanning(n + 2)[1:-1]
                first += n + int(generator.exponential(0.1) * sample_rate)
        return sound

    return speak


def _responses(
    sample_rate: int,
    direct: Sequence[float] | np.ndarray,
    delays: Sequence[float] | np.ndarray,
    reverberation: float,
    generator: np.random.Generator,
) -> np.ndarray:
    n = round(HEARD_SECONDS * sample_rate)
    decay = 10.0 ** (-3.0 * np.arange(n) / (REVERBERATION_SECONDS * sample_rate))
    tails = generator.standard_normal((n, 2)) * decay[:, None]
    responses = tails * np.sqrt(reverberation / np.sum(decay**2))
    for column in range(2):
        first = round(delays[column] * sample_rate)
        responses[:first, column] = 0.0
        responses[first, column] += direct[column]
    return responses


def _through(responses: np.ndarray, sound: np.ndarray) -> np.ndarray:
    return np.asarray(fftconvolve(sound[:, None], responses, axes=0)[: len(sound)])


def _at_power(sound: np.ndarray) -> np.ndarray:
    sound = np.asarray(sound, np.float64) - np.mean(sound)
    return np.asarray(sound / max(float(np.sqrt(np.mean(sound**2))), 1e-12))
