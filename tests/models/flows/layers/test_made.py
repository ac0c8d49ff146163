"""Is the network autoregressive, whatever its weights, and does it agree with TFP's?"""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
import tf_keras
from hypothesis import given, settings, strategies as st

from models.flows.layers.made import MADE
from models.flows.layers.masks import connectivity, hidden_degrees, input_degrees, layer_masks
from tests.models.flows.autodiff import jacobians, shake

SIZE, N_ROWS = 5, 3
PERMUTATION = [3, 1, 5, 2, 4]
ORDERS = ["given", "reversed", "random", PERMUTATION]
WIDE = [(4,), (4, 4), (16, 16), (7, 20, 4)]


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((N_ROWS, SIZE))


def make(event_size: int = SIZE, **arguments: object) -> MADE:
    arguments = {"hidden_units": (8, 8), "dtype": tf.float64, "seed": 1} | arguments
    return MADE(event_size, **arguments)  # type: ignore[arg-type]


def dependence(network: MADE, x: np.ndarray, context: tf.Tensor | None = None) -> np.ndarray:
    """Return the largest derivative of any parameter of output i by input j over the rows: [i, j]."""
    n, size = network.n_parameters, network.event_size

    def flat(inputs: tf.Tensor) -> tf.Tensor:
        outputs = network(inputs, context)
        return tf.reshape(outputs, tf.concat([tf.shape(outputs)[:-2], [n * size]], axis=0))

    every = jacobians(flat, x, n_outputs=n * size)
    return np.abs(every).max(axis=0).reshape(n, size, size).max(axis=0)


def may_depend(order: str | list[int], size: int = SIZE) -> np.ndarray:
    degrees = input_degrees(size, order, seed=1)
    return degrees[:, None] > degrees[None, :]


@pytest.mark.parametrize("order", ORDERS, ids=str)
@pytest.mark.parametrize("hidden_units", [(1,), (3, 2), (2, 9), *WIDE], ids=str)
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_each_output_depends_only_on_earlier_inputs(
    order: str | list[int], hidden_units: tuple[int, ...], activation: str, x: np.ndarray
) -> None:
    network = make(order=order, hidden_units=hidden_units, activation=activation)
    shake(network, 1.0)
    # Zero and not merely small: masked weights are zeros.
    assert np.all(dependence(network, x)[~may_depend(order)] == 0.0)


@pytest.mark.parametrize("order", ORDERS, ids=str)
@pytest.mark.parametrize("hidden_units", WIDE, ids=str)
def test_each_output_depends_on_every_earlier_input(
    order: str | list[int], hidden_units: tuple[int, ...], x: np.ndarray
) -> None:
    network = make(order=order, hidden_units=hidden_units)
    assert np.all(dependence(network, x)[may_depend(order)] > 0.0)


@settings(max_examples=60)
@given(
    event_size=st.integers(1, 6),
    hidden_units=st.lists(st.integers(1, 7), min_size=1, max_size=3),
    order=st.sampled_from(["given", "reversed", "random"]),
    n_parameters=st.integers(1, 3),
)
def test_the_dependence_is_the_connectivity_of_the_masks(
    event_size: int, hidden_units: list[int], order: str, n_parameters: int
) -> None:
    network = make(event_size, hidden_units=hidden_units, order=order, n_parameters=n_parameters)
    found = dependence(network, np.random.default_rng(0).standard_normal((N_ROWS, event_size))) > 0.0
    reach = connectivity(layer_masks(event_size, hidden_units, order, seed=1))
    np.testing.assert_array_equal(found, reach.T)


def test_a_context_leaves_the_order_as_it_is(x: np.ndarray) -> None:
    network = make(context_size=4, order=PERMUTATION)
    shake(network, 1.0)
    context = tf.constant(np.random.default_rng(1).standard_normal((N_ROWS, 4)))
    np.testing.assert_array_equal(dependence(network, x, context) > 0.0, may_depend(PERMUTATION))


def test_every_output_depends_on_the_whole_context(x: np.ndarray) -> None:
    network = make(context_size=4)
    shake(network, 1.0)
    context = np.random.default_rng(1).standard_normal((N_ROWS, 4))

    def flat(given_context: tf.Tensor) -> tf.Tensor:
        outputs = network(tf.constant(x), given_context)
        return tf.reshape(outputs, [-1, N_ROWS, 2 * SIZE])

    found = jacobians(flat, context, n_outputs=2 * SIZE)
    assert found.shape == (N_ROWS, 2 * SIZE, 4)
    assert np.all(np.abs(found).max(axis=0) > 0.0)


def test_the_order_holds_though_someone_assigns_dense_weights(x: np.ndarray) -> None:
    network = make(order=PERMUTATION)
    for layer in [*network.hidden, network.output]:
        for weight in layer.weights:
            weight.assign(np.random.default_rng(2).standard_normal(weight.shape))
    np.testing.assert_array_equal(dependence(network, x) > 0.0, may_depend(PERMUTATION))


def test_the_order_holds_beyond_4096_inputs() -> None:
    size, changed = 4100, 1000
    network = MADE(size, (3,), dtype=tf.float64)
    x = np.random.default_rng(0).standard_normal((2, size))
    x[1] = x[0]
    x[1, changed] += 1.0
    outputs = network(tf.constant(x)).numpy()
    differs = np.any(outputs[0] != outputs[1], axis=0)
    assert not differs[: changed + 1].any()
    # The three hidden units have degrees 1, 2050 and 4099: input 1000 is seen beyond output 2050.
    assert differs[2050:].all()


@pytest.fixture
def keras_in_float64() -> Iterator[None]:
    """Keep the model inside TFP's layer, which has the global dtype, from rounding its inputs to float32."""
    before = tf_keras.backend.floatx()
    tf_keras.backend.set_floatx("float64")
    yield
    tf_keras.backend.set_floatx(before)


def tfps_degrees(event_size: int, n_units: int) -> np.ndarray:
    """Return the hidden degrees that TFP calls equal: boundaries of n + 1 segments of [0, D - 1]."""
    return np.ceil(np.arange(1, n_units + 1) * (event_size - 1) / (n_units + 1)).astype(np.int64)


@pytest.mark.parametrize(("n_parameters", "context_size"), [(2, 0), (5, 0), (2, 3)])
@pytest.mark.parametrize("hidden_units", [(8,), (9, 6)], ids=str)
@pytest.mark.parametrize("degrees", [hidden_degrees, tfps_degrees])
def test_it_agrees_with_tfps_network_given_the_same_weights(
    degrees: Callable[[int, int], np.ndarray],
    hidden_units: tuple[int, ...],
    n_parameters: int,
    context_size: int,
    x: np.ndarray,
    monkeypatch: pytest.MonkeyPatch,
    keras_in_float64: None,
) -> None:
    monkeypatch.setattr("models.flows.layers.made.hidden_degrees", degrees)
    ours = make(hidden_units=hidden_units, n_parameters=n_parameters, context_size=context_size)
    shake(ours, 0.5)
    if context_size and len(hidden_units) > 1:
        # TFP hands a context to the first layer only, or to all of them; ours to the first and the last.
        ours.context_output.assign(tf.zeros_like(ours.context_output))  # type: ignore[union-attr]
    theirs = tfp.bijectors.AutoregressiveNetwork(
        n_parameters,
        event_shape=SIZE,
        hidden_units=list(hidden_units),
        activation="tanh",
        conditional=context_size > 0,
        conditional_event_shape=context_size or None,
        conditional_input_layers="all_layers" if len(hidden_units) == 1 else "first_layer",
        dtype=tf.float64,
    )
    theirs.build((None, SIZE))
    dense = [layer for layer in theirs._network.layers if "dense" in layer.name and layer.use_bias]
    for layer, own in zip(dense, [*ours.hidden, ours.output], strict=True):
        # TFP has the parameters of one input side by side: [I, U P].
        kernel = np.transpose(own.kernel().numpy(), [1, 2, 0])
        kernel = kernel.reshape(kernel.shape[0], -1)
        if degrees is tfps_degrees:
            np.testing.assert_array_equal(layer.kernel.numpy() != 0.0, kernel != 0.0)
        layer.kernel.assign(kernel)
        layer.bias.assign(tf.reshape(tf.transpose(own.bias), [-1]))
    context = None
    if context_size:
        context = tf.constant(np.random.default_rng(3).standard_normal((N_ROWS, context_size)))
        to_layers = [
            layer for layer in theirs._network.layers if "dense" in layer.name and not layer.use_bias
        ]
        outputs = tf.reshape(ours.context_output, [context_size, n_parameters, SIZE])
        wanted = [ours.context_hidden, tf.reshape(tf.transpose(outputs, [0, 2, 1]), [context_size, -1])]
        for layer, weight in zip(to_layers, wanted, strict=False):
            layer.kernel.assign(weight)
    expected = (
        theirs(tf.constant(x)) if context is None else theirs(tf.constant(x), conditional_input=context)
    )
    # Sums of a dozen terms in another order.
    np.testing.assert_allclose(
        ours(tf.constant(x), context), tf.linalg.matrix_transpose(expected), rtol=1e-12, atol=1e-12
    )


def test_leading_axes_are_kept(x: np.ndarray) -> None:
    network = make()
    outputs = network(tf.constant(np.stack([x, 2.0 * x])))
    assert outputs.shape == (2, N_ROWS, 2, SIZE)
    np.testing.assert_allclose(outputs[0], network(tf.constant(x)), rtol=1e-12)


def test_an_untrained_network_is_close_to_zero(x: np.ndarray) -> None:
    # Output weights have deviation 0.01 / sqrt(units) and units are below 1: a sum stays below 5 deviations.
    assert np.abs(make()(tf.constant(x))).max() < 0.05


def test_all_variables_exist_before_the_first_call() -> None:
    # Weight and bias of each layer; the context's two.
    assert len(make().trainable_variables) == 2 * 3
    assert len(make(context_size=3).trainable_variables) == 2 * 3 + 2


def test_a_seed_repeats_the_initial_weights_and_another_changes_them() -> None:
    first, again, other = (make(seed=seed).hidden[0].kernel().numpy() for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)


def test_an_unknown_activation_is_refused() -> None:
    with pytest.raises(ValueError, match=r"activation='swish' is unknown; use one of \['relu', 'tanh'\]"):
        make(activation="swish")


def test_a_network_without_a_hidden_layer_is_refused() -> None:
    with pytest.raises(ValueError, match="needs at least 1 hidden layer, got 0; give hidden_units"):
        make(hidden_units=())


@pytest.mark.parametrize(
    ("context_size", "n_given", "message"),
    [(0, 3, "made for no context vector and got a context"), (3, 0, "made for a context vector and got no")],
)
def test_a_context_that_does_not_fit_is_refused(
    context_size: int, n_given: int, message: str, x: np.ndarray
) -> None:
    context = tf.zeros([N_ROWS, n_given], tf.float64) if n_given else None
    with pytest.raises(ValueError, match=message):
        make(context_size=context_size)(tf.constant(x), context)
