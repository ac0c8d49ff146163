"""How does a fan sound?

Speed: revolutions a minute. Seven blades and a motor on the mains of 50 Hz. Blades give a tone at their
passing rate with overtones, flow gives broadband noise that swells a little as each blade passes, and the
motor hums at twice the mains. Sound pressure of flow grows with about the 2.5th power of the speed (fan
laws).

Faults: ``imbalance`` modulates all that turns once a turn, ``bearing`` strikes (outer ring), ``rubbing``
scrapes once a turn, ``clogged`` takes high flow noise away and adds the low rumble of stalled flow.
"""

import numpy as np

from pipeline.corpora.machines.bearings import Defect, impacts, strikes_a_turn
from pipeline.corpora.machines.kinds import Kind, State
from pipeline.corpora.machines.signals import band, gain, harmonics, noise, slow, turning

__all__ = ["BEARING", "FAN", "N_BLADES"]

N_BLADES = 7
MAINS_HERTZ = 50.0
USUAL_SPEED = 1_480.0

BEARING = Defect(
    strikes_a_turn=strikes_a_turn(9, 0.25, inner=False),
    resonance_hertz=3_300.0,
    decay_seconds=0.0015,
    load_modulation=0.0,
)


def _sound(state: State, rng: np.random.Generator, fault_rng: np.random.Generator) -> np.ndarray:
    n = state.n_samples
    force = (state.speed / USUAL_SPEED) ** 2.5 * (0.6 + state.load / 200)
    shaft = turning(state.speed / 60 * (1 + 0.002 * slow(n, 0.7, rng)), rng)
    colour = rng.uniform(-0.08, 0.08)
    blades = rng.uniform(0.8, 1.2) * harmonics(N_BLADES * shaft, [0.45, 0.25, 0.15, 0.09, 0.05], rng)
    swell = (1 + 0.08 * slow(n, 1.0, rng)) * (1 + 0.15 * np.cos(N_BLADES * shaft))
    flow = 0.8 * swell * noise(_flow_spectrum(n, colour, state.severity_of("clogged")), rng)
    mains = turning(np.full(n, 2 * MAINS_HERTZ), rng)
    hum = rng.uniform(0.7, 1.3) * harmonics(mains, [0.12, 0.05, 0.04, 0.02], rng)
    turns = 0.06 * np.sin(shaft)

    if severity := state.severity_of("imbalance"):
        around = np.cos(shaft + fault_rng.uniform(0, 2 * np.pi))
        blades, flow = (part * (1 + 0.8 * severity * around) for part in (blades, flow))
        turns = turns + 0.6 * severity * around
    sound = force * (blades + flow + turns) + hum
    if severity := state.severity_of("clogged"):
        stall = noise(band(n, 40, 220), fault_rng) * (1 + 0.3 * slow(n, 4, fault_rng))
        sound += force * 1.2 * severity * stall
    if severity := state.severity_of("bearing"):
        sound += 2.0 * severity * impacts(shaft, BEARING, fault_rng)
    if severity := state.severity_of("rubbing"):
        # A bump of about a tenth of a turn: exp(k (cos x - 1)) is a Gaussian of width 1 / sqrt(k) near 0.
        bump = np.exp(12 * (np.cos(shaft + fault_rng.uniform(0, 2 * np.pi)) - 1))
        sound += 1.2 * severity * bump * noise(band(n, 2_000, 5_500), fault_rng)
    return sound


def _flow_spectrum(n: int, colour: float, clogged: float) -> np.ndarray:
    """Return the spectrum of flow noise; a clogged filter takes up to 9 dB of it away above 1 kHz."""
    whole = band(n, 90, 3_000, slope=0.5 + colour)
    low = band(n, 0.1, 1_000)
    return whole * (low + gain(-9 * clogged) * (1 - low))


FAN = Kind(
    name="fan",
    duration_seconds=6,
    speeds={"source": (1_420, 1_540), "target": (1_160, 1_260)},
    loads={"source": (70, 90), "target": (40, 60)},
    faults=("imbalance", "bearing", "rubbing", "clogged"),
    sound=_sound,
)
