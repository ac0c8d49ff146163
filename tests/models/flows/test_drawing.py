"""Are samples the same however many are drawn, without a compilation for each number?"""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from models.flows.architecture import FlowArchitecture
from models.flows.drawing import LARGEST, in_blocks
from models.flows.flow import Flow


@pytest.mark.parametrize("n", [1, 15, 16, 17, 1_000, LARGEST, LARGEST + 1, 2 * LARGEST + 5])
def test_each_row_goes_through_once_with_its_own_condition(n: int) -> None:
    sizes = []

    def forward(noise: tf.Tensor, context: tf.Tensor, label: None) -> tf.Tensor:
        assert label is None
        sizes.append(noise.shape[0])
        return noise + context

    rows = tf.range(n, dtype=tf.float32)[:, None]
    drawn = in_blocks(forward, rows, (10.0 * rows, None))
    assert np.array_equal(drawn, 11.0 * rows)
    assert all(16 <= size <= LARGEST for size in sizes)
    assert sum(sizes) <= max(1.25 * n, 16 * len(sizes)) + 16


def test_no_sample_is_drawn_of_none() -> None:
    assert Flow(3, FlowArchitecture(n_layers=1, hidden_units=(4,))).sample(0, 0).shape == (0, 3)


def test_many_numbers_of_samples_share_few_compilations() -> None:
    flow = Flow(2, FlowArchitecture(n_layers=3, hidden_units=(4,)))
    for n in (*range(1, 33), 97, 100, 105, 112):
        assert flow.sample(n, 0).shape == (n, 2)
    # Of 16, 20, 24, 28, 32 and 112, for all three layers.
    assert flow._alike.compiled.experimental_get_tracing_count() == 6


def test_samples_come_with_their_log_density() -> None:
    flow = Flow(2, FlowArchitecture(n_layers=2, hidden_units=(4,), n_classes=2))
    drawn, log_prob = flow.sample_and_log_prob(20, 3, label=1)
    assert np.array_equal(drawn, flow.sample(20, 3, label=[1] * 20))
    assert np.array_equal(log_prob, flow.log_prob(drawn, label=1))


def test_samples_have_slopes_in_the_weights_and_the_context() -> None:
    flow = Flow(2, FlowArchitecture(n_layers=2, hidden_units=(4,), context_size=1))
    context = tf.Variable([0.5])
    with tf.GradientTape() as tape:
        drawn = flow.rsample(20, 0, context=context.read_value())
        loss = tf.reduce_sum(drawn)
    slopes = tape.gradient(loss, [context, *flow.trainable_variables])
    assert all(slope is not None and np.all(np.isfinite(slope)) for slope in slopes)
    assert np.allclose(drawn, flow.sample(20, 0, context=[0.5]), atol=1e-5)  # rounded in another order


@pytest.mark.parametrize("is_traced", [False, True])
@pytest.mark.parametrize("choice", [{}, {"family": "real_nvp"}, {"discrete": ((1, 0, 3),)}], ids=str)
def test_samples_drawn_while_a_tape_is_open_have_no_gradient(choice: dict[str, Any], is_traced: bool) -> None:
    flow = Flow(3, FlowArchitecture(n_layers=1, hidden_units=(4,), **choice))

    def slopes() -> list[tf.Tensor | None]:
        with tf.GradientTape() as tape:
            drawn = flow.sample(20, 0)
            loss = tf.reduce_sum(drawn)
        return [one for one in tape.gradient(loss, flow.trainable_variables) if one is not None]

    assert not (tf.function(slopes) if is_traced else slopes)()
