"""How does a linear stage sound that runs to and fro?

Speed: millimetres a second while it runs. A stroke of 150 mm accelerates, runs, brakes and ends in a click;
then the stage waits. Rolling noise and the tones of the motor and of the balls follow the speed of the
moment.

Faults: ``dry_rail`` squeals while the stage runs, ``loose_belt`` clicks a second time after each end,
``missing_stroke`` leaves one to three strokes out, ``rattle`` adds random knocks while the stage runs.
"""

from typing import NamedTuple

import numpy as np

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

__all__ = ["BELT_DELAY_SECONDS", "SLIDER", "SQUEAL_HERTZ"]

TRAVEL_MILLIMETRES = 150.0
ACCELERATION = 3_000.0  # mm/s^2
BALL_MILLIMETRES = 3.0  # of travel from ball to ball
TOOTH_MILLIMETRES = 1.25  # of the belt
USUAL_SPEED = 300.0
SQUEAL_HERTZ = (2_300.0, 3_100.0)
BELT_DELAY_SECONDS = (0.06, 0.09)


class Strokes(NamedTuple):
    """Strokes, and the speed that they make.

    Attributes:
        speed: as a share of the usual one, (n,).
        begins: of each stroke, seconds.
        ends: of each stroke, seconds.
        ran: 1 for each stroke, 0 for one that was left out.
    """

    speed: np.ndarray
    begins: np.ndarray
    ends: np.ndarray
    ran: np.ndarray


def _sound(state: State, rng: np.random.Generator, fault_rng: np.random.Generator) -> np.ndarray:
    n = state.n_samples
    strokes = _strokes(state, rng, fault_rng)
    moving = strokes.speed
    weight = 0.7 + state.load / 200
    motor = turning(moving * USUAL_SPEED / TOOTH_MILLIMETRES, rng)
    balls = turning(moving * USUAL_SPEED / BALL_MILLIMETRES, rng)
    colour = rng.uniform(-0.1, 0.1)
    rolling = weight * moving**0.8 * noise(band(n, 250, 3_500, slope=0.3 + colour), rng)
    tones = rng.uniform(0.8, 1.2) * harmonics(motor, [0.4, 0.2, 0.12, 0.06], rng)
    tones += harmonics(balls, [0.15, 0.1, 0.05], rng)
    idle = 0.05 * noise(band(n, 80, 2_000, slope=0.5), rng)
    sound = rolling + moving * tones + idle
    sound += _clicks(n, strokes.ends, 3.0 * weight * strokes.ran, rng)
    sound += _clicks(n, strokes.begins, strokes.ran, rng)

    if severity := state.severity_of("dry_rail"):
        squeal = turning(fault_rng.uniform(*SQUEAL_HERTZ) * (1 + 0.01 * slow(n, 3, fault_rng)), fault_rng)
        sticking = moving * np.abs(1 + 0.5 * slow(n, 8, fault_rng))
        sound += 0.8 * severity * sticking * harmonics(squeal, [1.0, 0.3], fault_rng)
    if severity := state.severity_of("loose_belt"):
        later = strokes.ends + fault_rng.uniform(*BELT_DELAY_SECONDS)
        sound += _clicks(n, later, 3.0 * severity * weight * strokes.ran, fault_rng)
    if severity := state.severity_of("rattle"):
        times = events(60 * severity * moving, fault_rng)
        heights = 2.5 * severity * fault_rng.exponential(size=len(times))
        sound += ringing(n, times, heights, fault_rng.uniform(1_500, 4_000, len(times)), 0.002)
    return sound


def _strokes(state: State, rng: np.random.Generator, fault_rng: np.random.Generator) -> Strokes:
    """Draw when strokes begin, and return the speed as a trapezoid for each."""
    ramp = state.speed / ACCELERATION
    lasting = TRAVEL_MILLIMETRES / state.speed + ramp
    pause = rng.uniform(0.22, 0.32)
    n_strokes = int(state.n_samples / SAMPLE_RATE / (lasting + pause)) + 2
    begins = (lasting + pause) * (np.arange(n_strokes) - rng.uniform())
    begins = begins + 0.005 * rng.standard_normal(n_strokes)
    ran = np.ones(n_strokes)
    if severity := state.severity_of("missing_stroke"):
        ran[fault_rng.permutation(np.arange(1, n_strokes - 2))[: round(3 * severity)]] = 0
    seconds = np.arange(state.n_samples) / SAMPLE_RATE
    speed = np.zeros(state.n_samples)
    for begin in begins[ran > 0]:
        inside = np.minimum(seconds - begin, begin + lasting - seconds) / ramp
        speed += np.clip(inside, 0, 1)
    return Strokes(speed * state.speed / USUAL_SPEED, begins, begins + lasting, ran)


def _clicks(n: int, times: np.ndarray, heights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a click at each time: a body that rings and an edge that snaps."""
    heights = heights * (1 + 0.1 * rng.standard_normal(len(times)))
    body = ringing(n, times, heights, rng.normal(850, 15, len(times)), 0.008)
    return body + ringing(n, times, 0.7 * heights, rng.normal(2_900, 50, len(times)), 0.002)


SLIDER = Kind(
    name="slider",
    duration_seconds=8,
    speeds={"source": (285, 320), "target": (210, 240)},
    loads={"source": (50, 80), "target": (10, 30)},
    faults=("dry_rail", "loose_belt", "missing_stroke", "rattle"),
    sound=_sound,
)
