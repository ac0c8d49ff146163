"""Does the complexity of a row take off what a compressor explains?"""

import math

import numpy as np
import pytest

from models.out_of_distribution import InputComplexity, Likelihood
from models.out_of_distribution.complexity import deflated_bits
from tests.models.out_of_distribution.densities import StandardNormal

SIZE = 64
NOISE = np.random.default_rng(0).integers(0, 256, (20, SIZE)).astype(np.float64)


def test_flat_rows_and_ramps_are_simpler_than_noise() -> None:
    complexity = InputComplexity(StandardNormal(SIZE), NOISE).complexity
    flat, ramp = np.full((1, SIZE), 7.0), np.arange(SIZE, dtype=np.float64)[None]
    assert max(complexity(flat)[0], complexity(ramp)[0]) < 0.3 * complexity(NOISE).min()


def test_noise_takes_as_many_bits_as_it_has() -> None:
    """8 bits a number, and at most the 5 bytes of a stored block besides."""
    bits = np.array([deflated_bits(row.astype(np.uint8)) for row in NOISE])
    assert np.all((bits >= 8 * SIZE * 0.95) & (bits <= 8 * (SIZE + 5)))


def test_the_score_is_the_likelihood_of_a_cell_less_the_complexity() -> None:
    score = InputComplexity(StandardNormal(SIZE), NOISE, n_levels=52, bits=lambda levels: 10)
    step = (NOISE.max() - NOISE.min()) / 51
    of_a_cell = Likelihood(StandardNormal(SIZE)).score(NOISE) - SIZE * math.log(step)
    assert np.allclose(score.score(NOISE), of_a_cell - 10 * math.log(2))


def test_a_compressor_sees_levels_of_the_grid_alone() -> None:
    seen: list[np.ndarray] = []

    def bits(levels: np.ndarray) -> int:
        seen.append(levels)
        return 0

    score = InputComplexity(StandardNormal(4), np.array([[0.0, 1.0, 2.0, 3.0]]), n_levels=4, bits=bits)
    score.complexity(np.array([[0.4, 2.6, -9.0, np.inf]]))
    assert seen[0].tolist() == [0, 3, 0, 3]
    assert seen[0].dtype == np.uint8


def test_a_row_that_is_no_number_is_infinitely_strange() -> None:
    rows = NOISE[:1].copy()
    rows[0, 0] = np.nan
    assert InputComplexity(StandardNormal(SIZE), NOISE).score(rows).tolist() == [np.inf]


def test_rows_without_a_range_and_grids_beyond_a_byte_are_refused() -> None:
    with pytest.raises(ValueError, match=r"go from 1\.0 to 1\.0; a grid needs a range"):
        InputComplexity(StandardNormal(2), np.ones((3, 2)))
    with pytest.raises(ValueError, match="n_levels=257 must lie between 2 and 256"):
        InputComplexity(StandardNormal(SIZE), NOISE, n_levels=257)
