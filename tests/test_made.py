"""Is the network autoregressive, whatever its weights, and is its log-scale bounded?"""

import numpy as np
import pytest
import tensorflow as tf
from autodiff import jacobians, shake

from models.made import MADE
from models.masks import input_degrees

SIZE, N_ROWS = 5, 3
PERMUTATION = [3, 1, 5, 2, 4]
ORDERS = ["given", "reversed", PERMUTATION]


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((N_ROWS, SIZE))


def make(**arguments: object) -> MADE:
    arguments = {"hidden_units": (8, 8), "dtype": tf.float64, "seed": 1} | arguments
    return MADE(SIZE, **arguments)  # type: ignore[arg-type]


def dependence(network: MADE, x: np.ndarray, context: tf.Tensor | None = None) -> np.ndarray:
    """Return the largest derivative of either output i by input j over the rows: [i, j]."""
    both = jacobians(lambda inputs: tf.concat(network(inputs, context), axis=-1), x)
    return np.abs(both).max(axis=0).reshape(2, SIZE, SIZE).max(axis=0)


def may_depend(order: str | list[int]) -> np.ndarray:
    degrees = input_degrees(SIZE, order)
    return degrees[:, None] > degrees[None, :]


@pytest.mark.parametrize("order", ORDERS, ids=str)
@pytest.mark.parametrize("hidden_units", [(1,), (3, 2), (16, 16), (7, 20, 4)], ids=str)
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_each_output_depends_only_on_earlier_inputs(
    order: str | list[int], hidden_units: tuple[int, ...], activation: str, x: np.ndarray
) -> None:
    network = make(order=order, hidden_units=hidden_units, activation=activation)
    # Zero and not merely small: a masked weight is multiplied by 0.
    assert np.all(dependence(network, x)[~may_depend(order)] == 0.0)


@pytest.mark.parametrize("order", ORDERS, ids=str)
def test_each_output_depends_on_every_earlier_input(order: str | list[int], x: np.ndarray) -> None:
    assert np.all(dependence(make(order=order), x)[may_depend(order)] > 0.0)


def test_a_context_leaves_the_order_as_it_is(x: np.ndarray) -> None:
    network = make(context_size=4, order=PERMUTATION)
    shake(network, 1.0)
    context = tf.constant(np.random.default_rng(1).standard_normal((N_ROWS, 4)))
    np.testing.assert_array_equal(dependence(network, x, context) > 0.0, may_depend(PERMUTATION))


def test_every_output_depends_on_the_whole_context(x: np.ndarray) -> None:
    network = make(context_size=4)
    shake(network, 1.0)
    context = np.random.default_rng(1).standard_normal((N_ROWS, 4))
    found = jacobians(lambda c: tf.concat(network(tf.constant(x), c), axis=-1), context)
    assert found.shape == (N_ROWS, 2 * SIZE, 4)
    assert np.all(np.abs(found).max(axis=0) > 0.0)


def test_no_weights_can_break_the_order(x: np.ndarray) -> None:
    network = make(order=PERMUTATION)
    shake(network, 10.0)
    assert np.all(dependence(network, x)[~may_depend(PERMUTATION)] == 0.0)


def test_the_order_holds_after_optimiser_steps(x: np.ndarray) -> None:
    network = make(order="reversed")
    generator = np.random.default_rng(2)
    for _ in range(5):
        inputs = tf.constant(generator.standard_normal((20, SIZE)))
        with tf.GradientTape() as tape:
            shift, log_scale = network(inputs)
            loss = tf.reduce_mean((shift - 3.0 * inputs[:, ::-1]) ** 2 + (log_scale + 1.0) ** 2)
        for variable, gradient in zip(
            network.trainable_variables, tape.gradient(loss, network.trainable_variables), strict=True
        ):
            variable.assign_sub(0.1 * gradient)
    np.testing.assert_array_equal(dependence(network, x) > 0.0, may_depend("reversed"))


def test_the_order_holds_beyond_4096_inputs_where_no_mask_is_stored() -> None:
    size, changed = 4100, 1000
    network = MADE(size, (3,), dtype=tf.float64)
    x = np.random.default_rng(0).standard_normal((2, size))
    x[1] = x[0]
    x[1, changed] += 1.0
    shift, log_scale = (output.numpy() for output in network(tf.constant(x)))
    differs = (shift[0] != shift[1]) | (log_scale[0] != log_scale[1])
    assert not differs[: changed + 1].any()
    # The three hidden units have degrees 1, 2050 and 4099: input 1000 is seen beyond output 2050.
    assert differs[2050:].all()


def test_the_log_scale_stays_within_its_bound_at_absurd_weights(x: np.ndarray) -> None:
    network = make(log_scale_bound=2.0)
    shake(network, 100.0)
    _, log_scale = network(tf.constant(1e3 * x))
    assert np.abs(log_scale).max() <= 2.0


def test_a_bound_of_zero_leaves_the_log_scale_free(x: np.ndarray) -> None:
    network = make(log_scale_bound=0.0)
    shake(network, 100.0)
    _, log_scale = network(tf.constant(1e3 * x))
    assert np.abs(log_scale).max() > 10.0


def test_a_small_log_scale_passes_the_bound_almost_unchanged(x: np.ndarray) -> None:
    _, free = make(log_scale_bound=0.0)(tf.constant(x))
    _, bounded = make(log_scale_bound=3.0)(tf.constant(x))
    # B tanh(s / B) = s - s^3 / (3 B^2) + ...: at |s| < 0.05 the difference is below 5e-6.
    np.testing.assert_allclose(bounded, free, atol=5e-6)


def test_an_untrained_network_is_close_to_the_identity(x: np.ndarray) -> None:
    shift, log_scale = make()(tf.constant(x))
    # Output weights have deviation 0.01 / sqrt(units) and units are below 1: a sum stays below 5 deviations.
    assert max(np.abs(shift).max(), np.abs(log_scale).max()) < 0.05


def test_all_variables_exist_before_the_first_call() -> None:
    assert len(make().trainable_variables) == 2 * 2 + 2 + 2
    assert len(make(context_size=3).trainable_variables) == 2 * 2 + 2 + 2 + 3


def test_a_seed_repeats_the_initial_weights_and_another_changes_them() -> None:
    first, again, other = (make(seed=seed).weights[0].numpy() for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.any(first != other)


def test_an_unknown_activation_is_refused() -> None:
    with pytest.raises(ValueError, match=r"activation='swish' is unknown; use one of \['relu', 'tanh'\]"):
        make(activation="swish")
