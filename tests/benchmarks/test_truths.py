"""Are the densities that flows are compared with exact?"""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from benchmarks.flows.known_truth import gap
from benchmarks.flows.truths import TRUTHS, RotatedMixture, Spline, WarpedGaussian

# Wide enough that less than 1e-9 of any of the three lies outside.
EDGE, N_CELLS = 12.0, 1200
STEP = 2 * EDGE / N_CELLS


def densities_in_the_plane(name: str) -> np.ndarray:
    """The density at the middle of each small cell of the plane, [N_CELLS, N_CELLS]."""
    middles = -EDGE + STEP * (np.arange(N_CELLS) + 0.5)
    x = np.stack(np.meshgrid(middles, middles, indexing="ij"), axis=-1).reshape(-1, 2)
    return np.exp(TRUTHS[name](2).log_prob(x)).reshape(N_CELLS, N_CELLS)


@pytest.mark.parametrize("name", TRUTHS)
def test_a_truth_integrates_to_one(name: str) -> None:
    # The spline's second derivative jumps at its knots: the sum converges more slowly there.
    assert densities_in_the_plane(name).sum() * STEP**2 == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("name", TRUTHS)
def test_samples_fall_where_the_density_says(name: str) -> None:
    n = 50_000
    x = TRUTHS[name](2).sample(n, 3)
    coarse = 48
    expected = densities_in_the_plane(name).reshape(coarse, N_CELLS // coarse, coarse, -1).sum(axis=(1, 3))
    expected = n * STEP**2 * expected
    edges = np.linspace(-EDGE, EDGE, coarse + 1)
    counts = np.histogram2d(x[:, 0], x[:, 1], bins=[edges, edges])[0]
    cells = expected > 20
    chi_squared = np.sum((counts[cells] - expected[cells]) ** 2 / expected[cells])
    freedom = int(cells.sum())
    # Five standard deviations of a chi-squared variable.
    assert abs(chi_squared - freedom) < 5 * np.sqrt(2 * freedom), (chi_squared, freedom)


@pytest.mark.parametrize("name", TRUTHS)
def test_the_mean_log_density_of_samples_is_minus_the_entropy(name: str) -> None:
    density = densities_in_the_plane(name)
    entropy = -np.sum(density * np.log(np.maximum(density, 1e-300))) * STEP**2
    truth = TRUTHS[name](2)
    values = truth.log_prob(truth.sample(50_000, 4))
    assert abs(values.mean() + entropy) < 5 * values.std() / np.sqrt(len(values)) + 1e-3


@pytest.mark.parametrize("name", TRUTHS)
@pytest.mark.parametrize("n_features", [8, 64])
def test_no_changed_density_fits_samples_better_than_the_truth(name: str, n_features: int) -> None:
    truth = TRUTHS[name](n_features)
    x = truth.sample(5_000, 5)
    others = {
        "shifted": truth.log_prob(x + 0.1),
        "narrower": truth.log_prob(1.1 * x) + n_features * np.log(1.1),
        "wider": truth.log_prob(x / 1.1) - n_features * np.log(1.1),
        "reversed": truth.log_prob(x[:, ::-1]),
    }
    for how, values in others.items():
        assert truth.log_prob(x).mean() > values.mean(), how


def test_a_mixture_has_the_moments_that_its_parts_give() -> None:
    truth = RotatedMixture(8)
    x = truth.sample(200_000, 6)
    mean = truth.weights @ truth.centres @ truth.rotation.T
    np.testing.assert_allclose(x.mean(axis=0), mean, atol=0.03)


def test_a_warped_gaussian_is_its_splines_of_normal_features() -> None:
    truth = WarpedGaussian(8)
    x = truth.sample(50_000, 7)
    straight = np.stack([s.inverse(c)[0] for s, c in zip(truth.splines, x.T, strict=True)], axis=1)
    np.testing.assert_allclose(np.cov(straight.T), truth.mixing @ truth.mixing.T, atol=0.03)


@given(st.integers(0, 2**32 - 1))
def test_a_spline_undoes_itself_with_the_slope_that_differences_show(seed: int) -> None:
    generator = np.random.default_rng(seed)
    spline = Spline.random(generator)
    y = generator.uniform(-5, 5, 50)
    x, log_det = spline.inverse(y)
    np.testing.assert_allclose(spline.forward(x), y, atol=1e-10)
    small = 1e-6
    slope = (spline.inverse(y + small)[0] - spline.inverse(y - small)[0]) / (2 * small)
    # Where a knot lies between the two points the slope's own slope jumps, by far less than this.
    np.testing.assert_allclose(np.log(slope), log_det, atol=1e-4)


@pytest.mark.parametrize("name", TRUTHS)
def test_the_gap_of_the_truth_to_itself_is_zero(name: str) -> None:
    truth = TRUTHS[name](8)
    values = truth.log_prob(truth.sample(1_000, 8))
    assert gap(values, float(values.mean())) == 0.0


def test_a_model_that_knows_less_has_a_positive_gap() -> None:
    truth = RotatedMixture(8)
    x = truth.sample(10_000, 9)
    centred = x - x.mean(axis=0)
    covariance = np.cov(centred.T)
    squares = np.einsum("ni,ij,nj->n", centred, np.linalg.inv(covariance), centred)
    gaussian = -0.5 * (squares + np.linalg.slogdet(2 * np.pi * covariance)[1])
    assert gap(truth.log_prob(x), float(gaussian.mean())) > 1.0
