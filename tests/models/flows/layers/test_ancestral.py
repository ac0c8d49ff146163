"""Does drawing in one pass give what the plain way gives, one whole pass a feature?"""

import numpy as np
import pytest
import tensorflow as tf

from models.flows.elements import AffineElements, Elements, SplineElements
from models.flows.layers.ancestral import draw
from models.flows.layers.autoregressive import Autoregressive
from models.flows.layers.made import MADE
from tests.models.flows.autodiff import jacobians, shake

N_ROWS = 3
ELEMENTS: dict[str, Elements] = {"affine": AffineElements(2.0), "spline": SplineElements(4, 3.0)}
# Features and widths: no unit for most degrees, one for each, many for each, more layers, blocks of stages.
SHAPES = [
    (1, (3,)),
    (2, (1,)),
    (6, (2,)),
    (6, (5, 5)),
    (5, (3, 17, 2)),
    (40, (7, 4)),
    (40, (60,)),
]


def make(
    event_size: int, hidden_units: tuple[int, ...], kind: str = "affine", **arguments: object
) -> Autoregressive:
    elements = ELEMENTS[kind]
    network = MADE(
        event_size,
        hidden_units,
        n_parameters=elements.n_parameters,
        dtype=tf.float64,
        seed=1,
        **arguments,  # type: ignore[arg-type]
    )
    shake(network, 0.3)
    return Autoregressive(network, elements)


def plainly(layer: Autoregressive, z: np.ndarray, **condition: tf.Tensor) -> np.ndarray:
    """Return what a loop draws that evaluates the whole network once a feature."""
    x = tf.zeros_like(z)
    for _ in range(z.shape[-1]):
        x = layer.elements.to_data(layer.network(x, **condition), tf.constant(z))
    return x.numpy()


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape)


@pytest.mark.parametrize("kind", ELEMENTS)
@pytest.mark.parametrize(("event_size", "hidden_units"), SHAPES, ids=str)
def test_drawing_equals_one_pass_a_feature(event_size: int, hidden_units: tuple[int, ...], kind: str) -> None:
    layer = make(event_size, hidden_units, kind)
    z = noise(N_ROWS, event_size)
    expected = plainly(layer, z)
    # Sums of a few dozen terms in another order: relative to the largest feature of the draw.
    np.testing.assert_allclose(layer.forward(tf.constant(z)), expected, atol=1e-12 * np.abs(expected).max())


@pytest.mark.parametrize("order", ["reversed", "random", [3, 1, 5, 2, 4]], ids=str)
def test_drawing_follows_the_order_of_the_features(order: str | list[int]) -> None:
    layer = make(5, (8, 6), order=order)
    z = noise(N_ROWS, 5)
    np.testing.assert_allclose(layer.forward(tf.constant(z)), plainly(layer, z), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("n_rows", [0, 1, 70])
def test_any_number_of_rows_is_drawn(n_rows: int) -> None:
    layer = make(4, (6,))
    z = noise(n_rows, 4)
    drawn = layer.forward(tf.constant(z)).numpy()
    assert drawn.shape == (n_rows, 4)
    np.testing.assert_allclose(layer.inverse(tf.constant(drawn)), z, atol=1e-12)


@pytest.mark.parametrize("shape", [(), (2, 3), (2, 1, 3)], ids=str)
def test_any_shape_of_batch_is_drawn(shape: tuple[int, ...]) -> None:
    layer = make(4, (6,))
    z = noise(*shape, 4)
    drawn = layer.forward(tf.constant(z)).numpy()
    assert drawn.shape == (*shape, 4)
    flat = layer.forward(tf.constant(z.reshape(-1, 4))).numpy()
    np.testing.assert_allclose(drawn.reshape(-1, 4), flat, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("context_shape", [(N_ROWS, 2), (1, 2), (2,)], ids=str)
def test_a_context_is_drawn_with_whether_of_each_row_or_of_all(context_shape: tuple[int, ...]) -> None:
    layer = make(5, (8, 3), context_size=2)
    z, context = noise(N_ROWS, 5), tf.constant(noise(*context_shape) + 1.0)
    drawn = layer.forward(tf.constant(z), conditional_input=context)
    each = tf.broadcast_to(context, [N_ROWS, 2])
    expected = plainly(layer, z, conditional_input=each)
    np.testing.assert_allclose(drawn, expected, rtol=1e-12, atol=1e-12)


def test_a_context_of_each_row_holds_for_further_axes_of_the_noise() -> None:
    layer = make(3, (4,), context_size=2)
    z, context = noise(4, N_ROWS, 3), tf.constant(noise(N_ROWS, 2))
    drawn = layer.forward(tf.constant(z), conditional_input=context).numpy()
    for one, of_one in zip(z, drawn, strict=True):
        again = layer.forward(tf.constant(one), conditional_input=context)
        np.testing.assert_allclose(again, of_one, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", ELEMENTS)
@pytest.mark.parametrize("hidden_units", [(2,), (9, 9)], ids=str)
def test_the_jacobian_of_a_draw_is_the_inverse_of_the_densitys(
    kind: str, hidden_units: tuple[int, ...]
) -> None:
    layer = make(4, hidden_units, kind, order="random")
    z = noise(N_ROWS, 4)
    x = layer.forward(tf.constant(z)).numpy()
    product = jacobians(layer.forward, z) @ jacobians(layer.inverse, x)
    # Condition numbers of up to about 1e3.
    np.testing.assert_allclose(product, np.broadcast_to(np.eye(4), product.shape), atol=1e-11)


def test_a_draws_gradient_in_the_weights_equals_finite_differences() -> None:
    layer = make(5, (6, 6), context_size=2)
    z, context = tf.constant(noise(N_ROWS, 5)), tf.constant(noise(N_ROWS, 2))

    def mean_square() -> tf.Tensor:
        drawn = draw(layer.network, layer.elements, z, context)
        return tf.reduce_mean(drawn**2)

    variables = layer.network.trainable_variables
    with tf.GradientTape() as tape:
        value = mean_square()
    gradients = tape.gradient(value, variables)
    generator, step = np.random.default_rng(3), 1e-6
    directions = [tf.constant(generator.standard_normal(variable.shape)) for variable in variables]
    expected = sum(
        float(tf.reduce_sum(gradient * way)) for gradient, way in zip(gradients, directions, strict=True)
    )
    ends = []
    for sign in (1.0, -1.0):
        for variable, way in zip(variables, directions, strict=True):
            variable.assign_add(sign * step * way)
        ends.append(float(mean_square()))
        for variable, way in zip(variables, directions, strict=True):
            variable.assign_sub(sign * step * way)
    # Central differences err by a step squared, and by rounding over a step: 1e-10.
    assert (ends[0] - ends[1]) / (2.0 * step) == pytest.approx(expected, rel=1e-6)


def test_drawing_is_the_same_when_compiled() -> None:
    layer = make(6, (8,))
    z = tf.constant(noise(N_ROWS, 6))
    compiled = tf.function(lambda rows: layer.forward(rows), jit_compile=True)
    np.testing.assert_allclose(compiled(z), layer.forward(tf.identity(z)), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_drawing_given_a_context_is_the_same_in_a_graph(jit_compile: bool) -> None:
    # In float32, where TensorFlow fuses products and biases, and may lose the rank of a bias on the way.
    network = MADE(3, (8, 2), context_size=2, seed=1)
    shake(network, 0.3)
    layer = Autoregressive(network, ELEMENTS["affine"])
    z, context = (tf.constant(noise(4, size), tf.float32) for size in (3, 2))
    traced = tf.function(
        lambda rows, given: layer.forward(rows, conditional_input=given), jit_compile=jit_compile
    )
    expected = layer.forward(tf.identity(z), conditional_input=context)
    np.testing.assert_allclose(traced(z, context), expected, rtol=1e-5, atol=1e-5)


def test_a_network_with_other_parameters_than_the_elements_need_is_refused() -> None:
    with pytest.raises(ValueError, match="gives 3 parameters a feature, and 2 are needed"):
        Autoregressive(MADE(4, (4,), n_parameters=3), AffineElements(1.0))
