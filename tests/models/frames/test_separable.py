"""Do the attributions of a vector's features sum to its log-density, and is each the right feature's?"""

import numpy as np
import pytest
import tensorflow as tf

from models.flows.architecture import FlowArchitecture
from models.flows.flow import Flow
from models.frames.separable import check_separable, feature_log_probs
from tests.models.flows.autodiff import shake
from tests.models.flows.flow_members import SIZE, clips


def make(**changes: object) -> Flow:
    architecture = FlowArchitecture(
        **{"n_layers": 3, "hidden_units": (8, 8), "log_scale_bound": 2.0, "context_size": 2, **changes}  # type: ignore[arg-type]
    )
    flow = Flow(SIZE, architecture, dtype=tf.float64)
    flow.prepare(clips())
    shake(flow, 0.3)
    return flow


@pytest.fixture
def x() -> tf.Tensor:
    return tf.constant(clips())


@pytest.fixture
def context() -> tf.Tensor:
    return tf.constant(np.random.default_rng(2).standard_normal((len(clips()), 2)))


@pytest.mark.parametrize("permutation", ["none", "reversed", "random"])
@pytest.mark.parametrize("order", ["given", "random"])
@pytest.mark.parametrize("family", ["maf", "spline_maf"])
def test_shares_sum_to_the_log_density(
    family: str, order: str, permutation: str, x: tf.Tensor, context: tf.Tensor
) -> None:
    flow = make(family=family, order=order, permutation=permutation)
    attributions = feature_log_probs(flow, x, context).numpy()
    # float64: sums of four dozen numbers of size ten.
    np.testing.assert_allclose(attributions.sum(axis=-1), flow.log_prob(x, context), rtol=0, atol=1e-11)


def test_in_one_layer_a_share_is_the_features_density_given_those_before_it(context: tf.Tensor) -> None:
    flow = make(n_layers=1)
    grid = np.linspace(-12.0, 12.0, 4001)
    rows = np.repeat(clips()[:1], len(grid), axis=0)
    rows[:, 2] = grid * flow.scale.numpy()[2] + flow.mean.numpy()[2]
    attributions = feature_log_probs(
        flow, tf.constant(rows), tf.repeat(context[:1], len(grid), axis=0)
    ).numpy()
    width = (grid[1] - grid[0]) * flow.scale.numpy()[2]
    # A density of feature 2 integrates to one over it, whatever features 0 and 1 are.
    assert np.exp(attributions[:, 2]).sum() * width == pytest.approx(1.0, abs=1e-6)
    assert np.ptp(attributions[:, :2]) > 0.0
    np.testing.assert_array_equal(attributions[:, :2], np.repeat(attributions[:1, :2], len(grid), axis=0))


@pytest.mark.parametrize("permutation", ["none", "reversed", "random"])
def test_a_feature_that_is_far_off_gets_the_blame(permutation: str, x: tf.Tensor, context: tf.Tensor) -> None:
    """Untrained layers leave every feature to itself: only the one that is moved changes its share."""
    flow = Flow(SIZE, FlowArchitecture(n_layers=3, permutation=permutation, context_size=2), dtype=tf.float64)
    flow.prepare(clips())
    for feature in range(SIZE):
        moved = clips()
        moved[:, feature] += 20.0 * flow.scale.numpy()[feature]
        lost = feature_log_probs(flow, x, context) - feature_log_probs(flow, tf.constant(moved), context)
        assert set(np.argmax(lost, axis=1)) == {feature}


@pytest.mark.parametrize(
    "changes",
    [
        {"family": "real_nvp"},
        {"permutation": "lu"},
        {"base": "mixture"},
        {"normalization": "activation"},
        {"family": "affine", "n_layers": 1},
    ],
)
def test_a_flow_whose_features_have_no_shares_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="features have no attributions of their own; use family"):
        check_separable(FlowArchitecture(**changes))  # type: ignore[arg-type]


def test_layers_that_mix_features_give_no_shares(x: tf.Tensor, context: tf.Tensor) -> None:
    with pytest.raises(TypeError, match="mixes features"):
        feature_log_probs(make(permutation="lu"), x, context)
