"""How does an air valve sound that opens and closes in a rhythm?

Speed: cycles a minute. Load: pressure in per cent. The valve opens with a click, air hisses while it is open,
and it closes with another click.

Faults: ``leaking`` hisses while it is closed, ``slow_closing`` lets the hiss die away over up to a third of a
second, ``double_click`` opens with a bounce, ``missing_click`` closes one to four times without its click.
"""

import numpy as np

from pipeline.corpora.machines.kinds import Kind, State
from pipeline.corpora.machines.signals import SAMPLE_RATE, band, gain, noise, ringing, slow

__all__ = ["BOUNCE_SECONDS", "OPEN_SHARE", "VALVE"]

OPEN_SHARE = 0.4  # of a cycle
EDGE_SECONDS = 0.008  # until the flow stands, or has ceased
BOUNCE_SECONDS = (0.035, 0.055)


def _sound(state: State, rng: np.random.Generator, fault_rng: np.random.Generator) -> np.ndarray:
    n = state.n_samples
    seconds = np.arange(n) / SAMPLE_RATE
    cycle = 60 / state.speed
    n_cycles = int(n / SAMPLE_RATE / cycle) + 2
    opens = cycle * (np.arange(n_cycles) - rng.uniform()) + 0.004 * rng.standard_normal(n_cycles)
    closes = opens + OPEN_SHARE * cycle * rng.uniform(0.97, 1.03)
    slow_closing = state.severity_of("slow_closing")
    closing_seconds = EDGE_SECONDS + 0.1 * slow_closing
    air = np.zeros(n)
    for opened, closed in zip(opens, closes, strict=True):
        air += np.where(seconds < closed, _approach(seconds - opened, EDGE_SECONDS), 0)
        air += np.where(seconds >= closed, np.exp(-np.maximum(seconds - closed, 0) / closing_seconds), 0)
    pressure = state.load / 75
    hiss = pressure * (1 + 0.04 * slow(n, 2, rng)) * noise(band(n, 1_400 * pressure**0.3, 6_500), rng)
    idle = 0.05 * noise(band(n, 80, 2_000, slope=0.5), rng)
    snap = rng.uniform(0.85, 1.15)
    closing_heights = 4.0 * snap * (1 - 0.6 * slow_closing) * np.ones(n_cycles)
    if severity := state.severity_of("missing_click"):
        closing_heights[fault_rng.permutation(np.arange(1, n_cycles - 2))[: round(4 * severity)]] = 0
    sound = 1.1 * air * hiss + idle
    sound += _clicks(n, opens, 3.5 * snap * np.ones(n_cycles), 1_500, rng)
    sound += _clicks(n, closes + 2 * (closing_seconds - EDGE_SECONDS), closing_heights, 1_050, rng)

    if severity := state.severity_of("leaking"):
        sound += gain(-20 * (1 - severity) - 6) * pressure * noise(band(n, 2_200, 6_800), fault_rng)
    if severity := state.severity_of("double_click"):
        bounces = opens + fault_rng.uniform(*BOUNCE_SECONDS)
        sound += _clicks(n, bounces, 3.5 * severity * snap * np.ones(n_cycles), 1_700, fault_rng)
    return sound


def _approach(since: np.ndarray, seconds: float) -> np.ndarray:
    return np.where(since > 0, 1 - np.exp(-np.maximum(since, 0) / seconds), 0)


def _clicks(
    n: int, times: np.ndarray, heights: np.ndarray, hertz: float, rng: np.random.Generator
) -> np.ndarray:
    """Return a click at each time: a body that rings and an edge that snaps."""
    heights = heights * (1 + 0.08 * rng.standard_normal(len(times)))
    body = ringing(n, times, heights, hertz * (1 + 0.01 * rng.standard_normal(len(times))), 0.005)
    edge = 3.1 * hertz * (1 + 0.02 * rng.standard_normal(len(times)))
    return body + ringing(n, times, 0.6 * heights, edge, 0.001)


VALVE = Kind(
    name="valve",
    duration_seconds=8,
    speeds={"source": (58, 66), "target": (44, 50)},
    loads={"source": (65, 85), "target": (40, 55)},
    faults=("leaking", "slow_closing", "double_click", "missing_click"),
    sound=_sound,
)
