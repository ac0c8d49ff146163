"""Is a recording laid over another one of the same cycle, and left where there is none?"""

import numpy as np
import pytest

from pipeline.explanation.alignment import lag_seconds
from pipeline.explanation.sounds import Measured, hear, measure_sound

RATE, SECONDS = 8_000, 4.0


def measured(sound: np.ndarray) -> Measured:
    return measure_sound(hear(sound, RATE))[0]


def strokes(begin: float, seed: int) -> np.ndarray:
    """Half a second of noise each 1.6 seconds."""
    seconds = np.arange(round(SECONDS * RATE)) / RATE
    noise = np.random.default_rng(seed).standard_normal(len(seconds))
    return noise * np.where((seconds - begin) % 1.6 < 0.5, 1.0, 0.02)


@pytest.mark.parametrize("later", [0.3, -0.4])
def test_the_lag_is_how_much_later_the_same_happens_there(later: float):
    lag = lag_seconds(measured(strokes(0.6, 0)), measured(strokes(0.6 + later, 1)))
    # Steps of 25 ms, and any whole cycle more or less is as good.
    assert (lag - later + 0.8) % 1.6 - 0.8 == pytest.approx(0.0, abs=0.05)


def test_nothing_is_moved_without_a_cycle_or_a_recording():
    noise = [measured(np.random.default_rng(seed).standard_normal(round(SECONDS * RATE))) for seed in (0, 1)]
    assert lag_seconds(*noise) == 0.0
    assert lag_seconds(noise[0], None) == 0.0
    assert lag_seconds(noise[0], measured(strokes(0.0, 0)[: 2 * RATE])) == 0.0
