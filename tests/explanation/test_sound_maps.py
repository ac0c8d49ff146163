"""Does a share keep its sum on its way to a moment and a pitch, and find a burst there?"""

import numpy as np
import pytest

from pipeline.explanation.sound_maps import N_ROWS, map_edges, pitches, place_in_time
from pipeline.explanation.sounds.hearing import hear
from pipeline.explanation.sounds.measures import N_STEPS, Axes, Measured, measure_sound
from pipeline.explanation.sounds.usual import Usual
from pipeline.frontend.places import statistics_places
from pipeline.frontend.statistics import STATISTICS_VIEWS, statistics

RATE, SECONDS = 16_000, 4.0


def noise(seed: int, burst: tuple[float, float, float] | None = None) -> np.ndarray:
    """White noise; a burst lasts from one second to another at a frequency."""
    rng = np.random.default_rng(seed)
    sound = rng.standard_normal(int(RATE * SECONDS))
    if burst is not None:
        start, end, hertz = burst
        seconds = np.arange(len(sound)) / RATE
        sound += 3.0 * np.sin(2 * np.pi * hertz * seconds) * ((seconds >= start) & (seconds < end))
    return sound


@pytest.fixture(scope="module")
def usual() -> Usual:
    measured: list[Measured] = []
    axes: Axes
    for seed in range(12):
        one, axes = measure_sound(hear(noise(seed), RATE))
        measured.append(one)
    return Usual.of(measured, axes)


@pytest.mark.parametrize("rate", [2_000, 16_000, 44_100])
def test_the_places_fit_the_statistics(rate: int):
    places = statistics_places(rate)
    assert places.shape == (len(statistics(noise(0), rate)), 2)
    banded = np.isfinite(places[:, 0])
    assert banded.sum() == sum(
        size for name, size in STATISTICS_VIEWS.items() if name not in ("period", "covariance", "memory")
    )
    assert np.all(places[banded, 0] < places[banded, 1])


def test_a_tone_moves_the_numbers_of_its_own_band_most():
    places = statistics_places(RATE)
    seconds = np.arange(int(RATE * SECONDS)) / RATE
    with_tone = statistics(noise(0) + np.sin(2 * np.pi * 1_520 * seconds), RATE)
    difference = with_tone - statistics(noise(0), RATE)
    top = int(np.abs(np.where(np.isfinite(places[:, 0]), difference, 0.0)).argmax())
    assert places[top, 0] < 1_520 < places[top, 1]


def test_pitches_keep_the_sum_of_what_has_one():
    shares = np.random.default_rng(0).normal(size=(3, sum(STATISTICS_VIEWS.values())))
    banded = np.isfinite(statistics_places(RATE)[:, 0])
    np.testing.assert_allclose(
        pitches(shares, RATE).sum(axis=1), shares[:, banded].sum(axis=1), rtol=1e-12, atol=1e-9
    )


def test_a_map_keeps_the_sum_of_each_row(usual: Usual):
    rows = np.random.default_rng(0).normal(size=N_ROWS)
    recording, _ = measure_sound(hear(noise(50, (1.0, 1.3, 3_000.0)), RATE))
    cells = place_in_time(rows, recording, usual)
    assert cells.shape == (N_STEPS, N_ROWS)
    np.testing.assert_allclose(cells.sum(axis=0), rows, atol=1e-12)


def test_a_burst_is_found_at_its_time(usual: Usual):
    recording, _ = measure_sound(hear(noise(50, (1.0, 1.3, 3_000.0)), RATE))
    row = int(np.searchsorted(map_edges(RATE), 3_000.0)) - 1
    cells = place_in_time(np.eye(N_ROWS)[row], recording, usual)[:, row]
    seconds = (np.arange(N_STEPS) + 0.5) * SECONDS / N_STEPS
    inside = (seconds > 0.98) & (seconds < 1.32)
    # The rest is what noise does beyond what 98 % of its moments do.
    assert cells[inside].sum() > 0.8


def test_a_band_that_is_nowhere_outside_is_spread_evenly(usual: Usual):
    recording, _ = measure_sound(hear(noise(50), RATE))
    quiet = Usual(
        vectors={**usual.vectors, "highest_level": usual.vectors["highest_level"] + 99.0,
                 "lowest_level": usual.vectors["lowest_level"] - 99.0},
        axes=usual.axes,
    )  # fmt: skip
    cells = place_in_time(np.ones(N_ROWS), recording, quiet)
    np.testing.assert_allclose(cells, 1.0 / N_STEPS)
