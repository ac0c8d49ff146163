"""Does a masked layer keep its mask, however it is cut into panels and whatever is assigned to it?"""

import doctest

import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from hypothesis import given, settings, strategies as st

from models.flows.layers import masked_dense
from models.flows.layers.masked_dense import MAX_PANELS, PANEL_COLUMNS, MaskedDense
from models.flows.layers.masks import dense_mask

BEFORE, AFTER = np.arange(1, 7), np.array([1, 1, 2, 3, 3, 3, 4, 5])
PANELS = [1, 2, 4, 8]


def make(n_panels: int | None = None, *, exclusive: bool = False, n_parameters: int = 2) -> MaskedDense:
    kernel = np.random.default_rng(0).standard_normal((n_parameters, len(BEFORE), len(AFTER)))
    layer = MaskedDense(BEFORE, AFTER, kernel, exclusive=exclusive, n_panels=n_panels, dtype=tf.float64)
    layer.bias.assign(np.random.default_rng(1).standard_normal(layer.bias.shape))
    return layer


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(2).standard_normal((5, len(BEFORE)))


def test_the_examples_in_the_docstrings_are_true() -> None:
    outcome = doctest.testmod(masked_dense)
    assert outcome.attempted > 0
    assert outcome.failed == 0


@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("n_panels", PANELS)
def test_any_number_of_panels_gives_the_masked_product(n_panels: int, exclusive: bool, x: np.ndarray) -> None:
    layer = make(n_panels, exclusive=exclusive)
    kernel = np.random.default_rng(0).standard_normal((2, len(BEFORE), len(AFTER)))
    masked = kernel * dense_mask(BEFORE, AFTER, exclusive=exclusive)
    expected = np.einsum("bi,piu->bpu", x, masked) + layer.bias.numpy()
    np.testing.assert_allclose(layer(tf.constant(x)), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(layer.kernel(), masked)


@pytest.mark.parametrize("exclusive", [False, True])
def test_any_number_of_panels_gives_the_same_gradients(exclusive: bool, x: np.ndarray) -> None:
    found = []
    for n_panels in PANELS:
        layer, inputs = make(n_panels, exclusive=exclusive), tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            loss = tf.reduce_sum(layer(inputs) ** 3)
        of_inputs, of_bias, of_weights = tape.gradient(loss, [inputs, layer.bias, layer.weights])
        # A step along the gradient, so that kernel() brings all panels into one shape.
        for weight, gradient in zip(layer.weights, of_weights, strict=True):
            weight.assign(gradient)
        found.append((of_inputs.numpy(), of_bias.numpy(), layer.kernel().numpy()))
    for other in found[1:]:
        for one, another in zip(found[0], other, strict=True):
            np.testing.assert_allclose(another, one, rtol=1e-10, atol=1e-10)


def test_masked_weights_receive_no_gradient(x: np.ndarray) -> None:
    layer = make(2)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(tf.constant(x)) ** 2)
    for weight, gradient in zip(layer.weights, tape.gradient(loss, layer.weights), strict=True):
        assert np.all(gradient.numpy()[weight.numpy() == 0.0] == 0.0)


def test_weights_stay_masked_after_adams_steps(x: np.ndarray) -> None:
    layer = make(4)
    before = layer.kernel().numpy()
    optimizer = tf_keras.optimizers.Adam(0.1, jit_compile=False)
    for _ in range(5):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum((layer(tf.constant(x)) - 1.0) ** 2)
        variables = layer.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
    allowed = np.broadcast_to(dense_mask(BEFORE, AFTER) > 0.0, before.shape)
    after = layer.kernel().numpy()
    assert np.all(after[~allowed] == 0.0)
    assert np.all(after[allowed] != before[allowed])


@pytest.mark.parametrize("poison", [1e3, np.inf, np.nan])
def test_dense_weights_that_someone_assigns_are_masked_too(poison: float) -> None:
    layer = make(2)
    for weight in layer.weights:
        masked = weight.numpy()
        weight.assign(np.where(masked == 0.0, poison, masked))
    np.testing.assert_array_equal(layer.kernel(), make(2).kernel())


@settings(max_examples=60)
@given(
    before=st.lists(st.integers(1, 9), min_size=1, max_size=9).map(sorted),
    after=st.lists(st.integers(1, 9), min_size=1, max_size=9).map(sorted),
    n_panels=st.integers(1, 6),
    exclusive=st.booleans(),
)
def test_the_kernel_has_the_mask_of_any_degrees(
    before: list[int], after: list[int], n_panels: int, exclusive: bool
) -> None:
    left, right = np.array(before), np.array(after)
    ones = np.ones((1, len(before), len(after)))
    layer = MaskedDense(left, right, ones, exclusive=exclusive, n_panels=n_panels)
    np.testing.assert_array_equal(layer.kernel()[0], dense_mask(left, right, exclusive=exclusive))


def test_panels_leave_out_most_of_what_the_mask_forbids() -> None:
    degrees = np.arange(1, 101)
    sizes = [
        sum(
            int(np.prod(weight.shape))
            for weight in MaskedDense(degrees, degrees, np.zeros((1, 100, 100)), n_panels=n).weights
        )
        for n in (1, 2, 4)
    ]
    # With n panels (n + 1) / (2 n) of the products remain.
    assert sizes == [10_000, 7_500, 6_250]


@pytest.mark.parametrize(
    ("n_units", "expected"), [(8, 1), (2 * PANEL_COLUMNS, 2), (9 * PANEL_COLUMNS, MAX_PANELS)]
)
def test_wide_layers_are_cut_into_panels(n_units: int, expected: int) -> None:
    layer = MaskedDense(np.arange(1, 4), np.full(n_units, 2), np.zeros((1, 3, n_units)))
    assert len(layer.weights) == expected


def test_leading_axes_are_kept(x: np.ndarray) -> None:
    layer = make(2)
    outputs = layer(tf.constant(np.stack([x, x])))
    assert outputs.shape == (2, 5, 2, len(AFTER))
    np.testing.assert_allclose(outputs[1], layer(tf.constant(x)), rtol=1e-12)


@pytest.mark.parametrize(
    ("before", "after"), [([2, 1, 3], [1, 2]), ([1, 2, 3], [2, 1])], ids=["inputs", "units"]
)
def test_degrees_that_do_not_ascend_are_refused(before: list[int], after: list[int]) -> None:
    with pytest.raises(ValueError, match="degrees of a masked layer must ascend"):
        MaskedDense(np.array(before), np.array(after), np.zeros((1, 3, 2)))


def test_a_kernel_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"kernel has shape \(1, 2, 3\), not \[P, 3, 2\]"):
        MaskedDense(np.array([1, 2, 3]), np.array([1, 2]), np.zeros((1, 2, 3)))
