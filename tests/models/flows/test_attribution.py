"""Do shares sum to what a score exceeds the ordinary clip's by, and is it compiled once?"""

import numpy as np
import pytest
import tensorflow as tf

from models.flows.architecture import FlowArchitecture
from models.flows.attribution import N_STEPS, compiled_slopes, mean_slopes
from models.flows.principal_flow import PrincipalFlow
from tests.models.flows.autodiff import shake


def cubic(x: tf.Tensor) -> tf.Tensor:
    """A score whose slopes are not linear, and whose features matter to one another's slopes."""
    return tf.reduce_sum(x**3, axis=1) + x[:, 0] * x[:, 1]


@pytest.mark.parametrize("n_clips", [1, 16, 37])
def test_shares_sum_to_what_the_score_exceeds_that_of_the_origin_by(n_clips: int) -> None:
    generator = np.random.default_rng(0)
    x, origin = generator.standard_normal((n_clips, 3)), generator.standard_normal(3)
    shares = (x - origin) * mean_slopes(compiled_slopes(cubic), x, origin)
    expected = (cubic(tf.constant(x)) - cubic(tf.constant(origin[None]))).numpy()
    # The midpoints of sixteen steps miss a cubic's mean slope by a quarter of the steps' square.
    np.testing.assert_allclose(shares.sum(axis=1), expected, atol=0.25 * 3 * (6 / N_STEPS) ** 2)


def test_a_score_is_traced_once_however_many_clips_there_are() -> None:
    traced = []

    def score(x: tf.Tensor) -> tf.Tensor:
        traced.append(x.shape)
        return cubic(x)

    slopes = compiled_slopes(score)
    for n_clips in (1, 20, 300):
        mean_slopes(slopes, np.ones((n_clips, 3)), np.zeros(3))
    assert len(traced) == 1


def test_a_density_of_many_features_has_the_slopes_of_automatic_differentiation() -> None:
    size, n_components = 6, 2
    flow = PrincipalFlow(
        size,
        n_components=n_components,
        noise_scale=0.1,
        architecture=FlowArchitecture(n_layers=2, hidden_units=(8,)),
        seed=0,
    )
    generator = np.random.default_rng(0)
    clips = (generator.standard_normal((40, size)) @ generator.standard_normal((size, size))).astype(
        np.float32
    )
    flow._find_components([clips])
    shake(flow.components, 0.3)
    origin = clips[0] + 0.1
    total = np.zeros(clips.shape)
    for step in range(N_STEPS):
        at = tf.constant(origin + (step + 0.5) / N_STEPS * (clips - origin))
        with tf.GradientTape() as tape:
            tape.watch(at)
            value = flow.distribution.log_prob(at)
        total += tape.gradient(value, at).numpy() / N_STEPS
    # Float32 against float64 but for the flow, and slopes of some hundreds.
    np.testing.assert_allclose(flow.mean_slopes(clips, origin), total, rtol=1e-3, atol=1e-3)
