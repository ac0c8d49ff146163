"""How does a centrifugal pump sound?

Speed: revolutions a minute. Six vanes pass the outlet and give a tone with overtones, the motor hums, and the
liquid flows with broadband noise.

Faults: ``cavitation`` adds bursts of broadband crackle, each bubble a short ring of its own pitch; ``leak``
hisses in a high band; ``contaminated`` makes the torque irregular, so that the speed trembles and the tones
spread; ``bearing`` strikes (inner ring, so that the strikes swell once a turn).
"""

import numpy as np

from pipeline.corpora.machines.bearings import Defect, impacts, strikes_a_turn
from pipeline.corpora.machines.kinds import Kind, State
from pipeline.corpora.machines.signals import (
    SAMPLE_RATE,
    band,
    events,
    harmonics,
    noise,
    ringing,
    slow,
    turning,
)

__all__ = ["BEARING", "LEAK_HERTZ", "N_VANES", "PUMP"]

N_VANES = 6
MAINS_HERTZ = 50.0
USUAL_SPEED = 2_900.0
LEAK_HERTZ = (4_600.0, 7_000.0)

BEARING = Defect(
    strikes_a_turn=strikes_a_turn(8, 0.22, inner=True),
    resonance_hertz=4_100.0,
    decay_seconds=0.0012,
    load_modulation=0.8,
)


def _sound(state: State, rng: np.random.Generator, fault_rng: np.random.Generator) -> np.ndarray:
    n = state.n_samples
    force = (state.speed / USUAL_SPEED) ** 2 * (0.6 + state.load / 200)
    hertz = state.speed / 60 * (1 + 0.0015 * slow(n, 0.5, rng))
    torque = np.ones(n)
    if severity := state.severity_of("contaminated"):
        tremble = slow(n, 6, fault_rng)
        hertz = hertz * (1 + 0.025 * severity * tremble)
        torque = torque + 0.35 * severity * tremble
    shaft = turning(hertz, rng)
    vanes = rng.uniform(0.8, 1.2) * harmonics(N_VANES * shaft, [0.5, 0.3, 0.2, 0.1, 0.08], rng)
    turns = harmonics(shaft, [0.1, 0.06, 0.03], rng)
    colour = rng.uniform(-0.1, 0.1)
    flow = (1 + 0.05 * slow(n, 1.0, rng)) * noise(band(n, 150, 2_600, slope=0.35 + colour), rng)
    mains = turning(np.full(n, 2 * MAINS_HERTZ), rng)
    hum = rng.uniform(0.7, 1.3) * harmonics(mains, [0.2, 0.08, 0.06, 0.03], rng)
    sound = force * torque * (vanes + turns + 0.7 * flow) + hum

    if severity := state.severity_of("cavitation"):
        sound += force * _crackle(n, severity, fault_rng)
    if severity := state.severity_of("leak"):
        hiss = noise(band(n, *LEAK_HERTZ, order=4), fault_rng)
        sound += 0.5 * severity * (1 + 0.1 * slow(n, 2, fault_rng)) * hiss
    if severity := state.severity_of("bearing"):
        sound += 2.0 * severity * impacts(shaft, BEARING, fault_rng)
    return sound


def _crackle(n: int, severity: float, rng: np.random.Generator) -> np.ndarray:
    """Return bursts of 20 to 80 ms in which bubbles collapse at random; more of both when severe."""
    rates = np.full(n, 10.0)
    seconds = np.arange(n) / SAMPLE_RATE
    for start in events(np.full(n, 3 + 9 * severity), rng):
        within = (seconds >= start) & (seconds < start + rng.uniform(0.02, 0.08))
        rates[within] = 1_500 * severity
    times = events(rates, rng)
    # Few bubbles are large: the heights are exponential.
    heights = (0.5 + severity) * rng.exponential(size=len(times))
    return ringing(n, times, heights, rng.uniform(2_000, 7_000, len(times)), 0.0005)


PUMP = Kind(
    name="pump",
    duration_seconds=6,
    speeds={"source": (2_820, 2_960), "target": (2_340, 2_480)},
    loads={"source": (65, 85), "target": (35, 55)},
    faults=("cavitation", "leak", "contaminated", "bearing"),
    sound=_sound,
)
