"""Has every density a total mass of one, and do its samples fall where the mass is?"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from models.flows.architecture import FlowArchitecture
from models.flows.flow import Flow
from tests.models.flows.autodiff import shake

N_SAMPLES = 4000
# Affine layers multiply the tails, and are smooth: the trapezoid rule is exact for them, and 1e-10 of the
# mass lies beyond. Splines leave the tails as they are, and have kinks: at half the step their totals
# change by 6e-5, to 4e-6 beside 1.
GRIDS = {
    "affine": (18.0, 361),
    "spline_maf": (7.0, 561),
    "spline_coupling": (7.0, 281),
    "flow_matching": (8.0, 161),
    "unaf": (12.0, 121),
}
# Kinks of splines and of straight ends; steps of a differential equation.
TOLERANCES = {"spline_maf": 1e-4, "spline_coupling": 3e-4, "unaf": 1e-4, "flow_matching": 1e-5}

_SMALL = FlowArchitecture(n_layers=2, hidden_units=(8,), log_scale_bound=1.0, n_bins=4, tail_bound=3.0)
FLOWS = {
    "made": replace(_SMALL, n_layers=1),
    "maf": _SMALL,
    "maf-mixture": replace(_SMALL, base="mixture", n_base_components=3),
    "maf-lu-activation": replace(_SMALL, permutation="lu", normalization="activation"),
    "iaf": replace(_SMALL, family="iaf"),
    "real-nvp": replace(_SMALL, family="real_nvp"),
    "spline": replace(_SMALL, family="spline_maf"),
    "spline-coupling": replace(_SMALL, family="spline_coupling"),
    "unaf": replace(_SMALL, family="unaf", n_layers=1, n_signals=2),
    "flow-matching": replace(_SMALL, family="flow_matching", ode_steps=16),
    "affine": replace(_SMALL, family="affine"),
}


def make(architecture: FlowArchitecture, event_size: int = 2) -> Flow:
    flow = Flow(event_size, architecture, dtype=tf.float64)
    shake(flow, 0.2)
    return flow


def points_of(family: str) -> tuple[np.ndarray, float]:
    """Return the points of a square grid [N, 2], and the area of a cell."""
    reach, n_steps = GRIDS.get(family, GRIDS["affine"])
    axis = np.linspace(-reach, reach, n_steps)
    points = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    return points, (axis[1] - axis[0]) ** 2


def mass_of(log_prob: Callable[[tf.Tensor], tf.Tensor], family: str) -> np.ndarray:
    """Return the mass of each point's cell: the trapezoid rule, for the borders vanish."""
    points, area = points_of(family)
    return np.exp(log_prob(tf.constant(points)).numpy()) * area


@dataclass(frozen=True)
class Measured:
    """The mass of every cell of the grid, and samples with their log-densities."""

    family: str
    mass: np.ndarray
    samples: np.ndarray
    log_prob: np.ndarray


@pytest.fixture(scope="module", params=FLOWS)
def measured(request: pytest.FixtureRequest) -> Measured:
    flow = make(FLOWS[request.param])
    samples = flow.sample(N_SAMPLES, 0).numpy()
    return Measured(
        family=flow.architecture.family,
        mass=mass_of(flow.log_prob, flow.architecture.family),
        samples=samples,
        log_prob=flow.log_prob(tf.constant(samples)).numpy(),
    )


def test_a_two_dimensional_density_integrates_to_one(measured: Measured) -> None:
    assert measured.mass.sum() == pytest.approx(1.0, abs=TOLERANCES.get(measured.family, 1e-9))


def test_samples_have_the_mean_and_spread_of_the_density(measured: Measured) -> None:
    points, mass = points_of(measured.family)[0], measured.mass[:, None]
    centre = (mass * points).sum(axis=0)
    deviation = np.sqrt((mass * (points - centre) ** 2).sum(axis=0))
    # Five standard errors: a right sampler fails once in a million seeds, and the seed is fixed.
    error = 5.0 * deviation / np.sqrt(N_SAMPLES)
    assert np.all(np.abs(measured.samples.mean(axis=0) - centre) < error)
    quartic = (mass * (points - centre) ** 4).sum(axis=0)
    error = 5.0 * np.sqrt((quartic - deviation**4) / N_SAMPLES)
    assert np.all(np.abs(measured.samples.var(axis=0) - deviation**2) < error)


def test_the_mean_log_prob_of_samples_is_minus_the_entropy(measured: Measured) -> None:
    logarithm = np.log(np.maximum(measured.mass, 1e-300) / points_of(measured.family)[1])
    minus_entropy = (measured.mass * logarithm).sum()
    error = 5.0 * measured.log_prob.std() / np.sqrt(N_SAMPLES)
    assert abs(measured.log_prob.mean() - minus_entropy) < error


@pytest.mark.parametrize("family", ["maf", "iaf", "real_nvp", "spline_maf"])
def test_a_conditional_density_integrates_to_one_for_each_label(family: str) -> None:
    flow = make(replace(_SMALL, family=family, n_classes=2, context_size=2))
    context = tf.constant([[0.5, -1.0]], tf.float64)
    masses = [
        mass_of(partial(flow.log_prob, context=context, label=tf.constant([k])), family) for k in range(2)
    ]
    assert [mass.sum() for mass in masses] == pytest.approx([1.0, 1.0], abs=TOLERANCES.get(family, 1e-7))
    assert np.abs(masses[0] - masses[1]).sum() > 0.01


@pytest.mark.parametrize(
    "architecture",
    [
        FLOWS["made"],
        FLOWS["iaf"],
        replace(FLOWS["spline"], n_layers=1),
        replace(FLOWS["maf-mixture"], n_layers=1),
    ],
    ids=lambda a: f"{a.family}-{a.base}",
)
def test_samples_of_one_feature_pass_the_kolmogorov_smirnov_test(architecture: FlowArchitecture) -> None:
    flow = make(architecture, event_size=1)
    axis = np.linspace(-18.0, 18.0, 20001)
    density = np.exp(flow.log_prob(tf.constant(axis[:, None])).numpy())
    step = axis[1] - axis[0]
    cumulative = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * step)])
    samples = flow.sample(N_SAMPLES, 1).numpy()[:, 0]
    # A right sampler falls below once in ten thousand seeds, and the seed is fixed.
    assert scipy.stats.kstest(samples, lambda x: np.interp(x, axis, cumulative)).pvalue > 1e-4


def test_samples_of_an_affine_flow_have_its_covariance() -> None:
    flow = make(FlowArchitecture(family="affine"), event_size=3)
    matrix = np.linalg.inv(
        flow.bijector.inverse(tf.eye(3, dtype=tf.float64))
        - flow.bijector.inverse(tf.zeros([1, 3], tf.float64))
    )
    expected = matrix.T @ matrix
    found = np.cov(flow.sample(N_SAMPLES, 0).numpy().T)
    variances = np.diag(expected)
    error = np.sqrt((expected**2 + np.outer(variances, variances)) / N_SAMPLES)
    assert np.all(np.abs(found - expected) < 5.0 * error)


def test_samples_repeat_under_one_seed_and_differ_under_another() -> None:
    flow = make(FLOWS["maf"])
    first, again, other = (flow.sample(5, seed).numpy() for seed in (3, 3, 4))
    assert first.shape == (5, 2)
    np.testing.assert_array_equal(first, again)
    assert np.all(first != other)


def test_samples_follow_their_labels() -> None:
    flow = make(replace(_SMALL, n_classes=2))
    alike = flow.sample(6, 0, label=tf.constant([1] * 6)).numpy()
    mixed = flow.sample(6, 0, label=tf.constant([0, 1] * 3)).numpy()
    np.testing.assert_allclose(mixed[1::2], alike[1::2], rtol=1e-12)
    assert np.all(mixed[::2] != alike[::2])
