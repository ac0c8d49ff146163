"""Is the picture of densities what it says: rows above, the density below, upright?"""

import numpy as np
import pytest

from benchmarks.flows.gallery import REACH, SHAPES, SIDE, grid, picture, rows_of


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_rows_of_a_shape_lie_in_the_picture(shape: str) -> None:
    rows = rows_of(shape, 500, seed=0)
    assert rows.shape == (500, 2)
    assert np.abs(rows).max() < REACH
    assert np.array_equal(rows, rows_of(shape, 500, seed=0))


def test_the_picture_is_upright() -> None:
    upper_right = np.full((50, 2), 3.0)
    log_prob = -np.sum((grid() - [3.0, 3.0]) ** 2, axis=1)
    drawn = picture([(upper_right, log_prob)])
    assert drawn.shape == (2 * SIDE, SIDE)
    for panel in (drawn[:SIDE], drawn[SIDE:]):
        row, column = np.unravel_index(np.argmax(panel), panel.shape)
        assert row < SIDE / 4
        assert column > 3 * SIDE / 4
