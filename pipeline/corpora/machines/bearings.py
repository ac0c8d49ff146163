"""How does a defect in a rolling bearing sound?

Each time that a rolling element passes the defect it strikes, and a resonance of the machine rings. The rate
is set by the geometry and the shaft. Elements slip, so that the strikes are nearly periodic, and the jitter
adds up from strike to strike: the signal is cyclostationary, and its envelope has the rate that its spectrum
hides. A defect of the inner ring passes through the loaded zone once a turn, and its strikes are modulated by
the turn.

Source: P. D. McFadden and J. D. Smith, Model for the vibration produced by a single point defect in a rolling
element bearing, J. Sound Vib. 96(1), 1984; J. Antoni, The spectral kurtosis: a useful tool for characterising
non-stationary signals, Mech. Syst. Signal Process. 20(2), 2006 (impacts with random slip).
"""

from dataclasses import dataclass

import numpy as np

from pipeline.corpora.machines.signals import SAMPLE_RATE, ringing

__all__ = ["Defect", "impacts", "strikes_a_turn"]

SLIP = 0.01  # standard deviation of the angle between two strikes, as a share of it: Antoni gives 1 to 2 %


@dataclass(frozen=True, kw_only=True)
class Defect:
    """A defect of one ring.

    Attributes:
        strikes_a_turn: of the shaft; see the function of that name.
        resonance_hertz: of what rings.
        decay_seconds: of the ringing.
        load_modulation: 0 for the outer ring, up to 1 for the inner one.
    """

    strikes_a_turn: float
    resonance_hertz: float
    decay_seconds: float
    load_modulation: float


def strikes_a_turn(n_elements: int, diameter_ratio: float, *, inner: bool) -> float:
    """Return how often an element passes a point of a ring while the shaft turns once, without slip.

    ``n / 2 (1 - d / D)`` for the outer ring and ``n / 2 (1 + d / D)`` for the inner one, contact angle 0.

    Args:
        n_elements: balls or rollers.
        diameter_ratio: of an element over the circle of their centres, d / D.
        inner: the defect is on the inner ring.
    """
    return n_elements / 2 * (1 + diameter_ratio if inner else 1 - diameter_ratio)


def impacts(phase: np.ndarray, defect: Defect, rng: np.random.Generator) -> np.ndarray:
    """Return the ringing of all strikes, (n,), about 1 high where the load is greatest.

    Args:
        phase: of the shaft, radians, rising, (n,).
        defect: what strikes.
        rng: of the fault.
    """
    spacing = 2 * np.pi / defect.strikes_a_turn
    n_strikes = int((phase[-1] - phase[0]) / spacing * (1 + 4 * SLIP)) + 2
    angles = phase[0] + np.cumsum(spacing * (1 + SLIP * rng.standard_normal(n_strikes)))
    angles -= spacing * rng.uniform()
    angles = angles[(angles > phase[0]) & (angles < phase[-1])]
    times = np.interp(angles, phase, np.arange(len(phase)) / SAMPLE_RATE)
    heights = 1 + 0.15 * rng.standard_normal(len(angles))
    heights *= 1 - defect.load_modulation * (0.5 - 0.5 * np.cos(angles))
    resonances = np.full(len(angles), defect.resonance_hertz)
    return ringing(len(phase), times, heights, resonances, defect.decay_seconds)
