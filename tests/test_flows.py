"""Is the flow a density: invertible, with the right Jacobian, and of total mass one?"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf
from autodiff import jacobians, log_abs_det, shake

from models.flows import FrameFlow, MaskedFlow
from models.training import FitOptions, fit

SIZE, N_ROWS = 4, 6


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((N_ROWS, SIZE))


@pytest.fixture
def clips() -> np.ndarray:
    """More rows than features, of unequal places and sizes."""
    return np.random.default_rng(1).standard_normal((40, SIZE)) * [1.0, 5.0, 0.1, 2.0] + [
        0.0,
        -3.0,
        7.0,
        100.0,
    ]


def make(event_size: int = SIZE, **arguments: object) -> MaskedFlow:
    """Return a float64 flow far from the identity."""
    arguments = {"n_layers": 3, "hidden_units": (16, 16), "dtype": tf.float64} | arguments
    flow = MaskedFlow(event_size, **arguments)  # type: ignore[arg-type]
    shake(flow, 0.3)
    return flow


def to_noise(flow: MaskedFlow, context: tf.Tensor | None = None) -> Callable[[tf.Tensor], tf.Tensor]:
    arguments = (
        {} if context is None else {name: {"conditional_input": context} for name in flow._conditioned}
    )
    return lambda x: flow.distribution.bijector.inverse(x, **arguments)


@pytest.mark.parametrize("batch_normalization", [False, True])
def test_inverse_undoes_forward(batch_normalization: bool, x: np.ndarray, clips: np.ndarray) -> None:
    flow = make(batch_normalization=batch_normalization)
    flow.standardize(clips)
    flow.freeze(clips)
    bijector = flow.distribution.bijector
    # Without tf.identity the bijector would answer from its cache.
    again = bijector.inverse(tf.identity(bijector.forward(tf.constant(x))))
    # Three float64 layers with condition numbers of about 1e3 each keep 10 digits.
    np.testing.assert_allclose(again, x, atol=1e-10)


@pytest.mark.parametrize(
    "arguments",
    [{}, {"log_scale_bound": 0.0}, {"batch_normalization": True}, {"activation": "relu"}, {"n_layers": 1}],
    ids=str,
)
def test_log_prob_matches_the_autodiff_jacobian(arguments: dict[str, Any], clips: np.ndarray) -> None:
    flow = make(**arguments)
    flow.standardize(clips)
    flow.freeze(clips)
    noise = to_noise(flow)(tf.constant(clips)).numpy()
    expected = scipy.stats.norm.logpdf(noise).sum(axis=1) + log_abs_det(to_noise(flow), clips)
    # Both are float64 sums of a few dozen terms below 1e3.
    np.testing.assert_allclose(flow.log_prob(tf.constant(clips)), expected, rtol=1e-10)


def test_log_prob_given_a_context_matches_the_autodiff_jacobian(x: np.ndarray) -> None:
    flow = make(context_size=3)
    context = tf.constant(np.random.default_rng(2).standard_normal((N_ROWS, 3)))
    noise = to_noise(flow, context)(tf.constant(x)).numpy()
    expected = scipy.stats.norm.logpdf(noise).sum(axis=1) + log_abs_det(to_noise(flow, context), x)
    np.testing.assert_allclose(flow.log_prob(tf.constant(x), context), expected, rtol=1e-10)


def total_mass(log_prob: Callable[[tf.Tensor], tf.Tensor], reach: float, n_steps: int) -> float:
    """Integrate over [-reach, reach]^2 by the trapezoid rule, exact for smooth functions that vanish."""
    axis = np.linspace(-reach, reach, n_steps)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    return float(np.exp(log_prob(tf.constant(grid)).numpy()).sum() * (axis[1] - axis[0]) ** 2)


def test_a_two_dimensional_density_integrates_to_one() -> None:
    flow = make(2, log_scale_bound=1.0)
    # Twice as fine a grid changes the total by 1e-10; up to 3e-7 of the mass lies beyond it.
    assert total_mass(flow.log_prob, 20.0, 300) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_conditional_density_integrates_to_one_for_each_context(place: int) -> None:
    flow = make(2, log_scale_bound=1.0, context_size=3)
    context = tf.one_hot(place, 3, dtype=tf.float64)[None, :]
    assert total_mass(lambda x: flow.log_prob(x, context), 20.0, 300) == pytest.approx(1.0, abs=1e-6)


def test_a_conditional_density_changes_with_its_context(x: np.ndarray) -> None:
    flow = make(context_size=2)
    first, second = (
        flow.log_prob(tf.constant(x), tf.tile(tf.eye(2, dtype=tf.float64)[i : i + 1], [N_ROWS, 1]))
        for i in range(2)
    )
    assert np.all(np.abs(first - second) > 1e-3)


def test_two_layers_let_every_noise_variable_depend_on_every_feature(x: np.ndarray) -> None:
    flow = make(n_layers=2)
    assert np.all(np.abs(jacobians(to_noise(flow), x)).max(axis=0) > 0.0)


def test_standardisation_counts_in_the_log_determinant(clips: np.ndarray) -> None:
    flow = make()
    flow.standardize(clips)
    before = flow.log_prob(tf.constant(clips))
    flow.standardize(10.0 * clips)
    after = flow.log_prob(tf.constant(10.0 * clips))
    # A density over features ten times as wide is 10^D times as low; rounding alone differs.
    np.testing.assert_allclose(after, before - SIZE * np.log(10.0), rtol=1e-10)


def test_standardisation_takes_the_training_set_to_mean_zero_and_deviation_one(clips: np.ndarray) -> None:
    flow = MaskedFlow(SIZE, n_layers=0, dtype=tf.float64)
    flow.standardize(clips)
    z = to_noise(flow)(tf.constant(clips)).numpy()
    np.testing.assert_allclose(z.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(z.std(axis=0), 1.0, rtol=1e-12)


def test_standardisation_is_not_trained() -> None:
    flow = make()
    assert not {id(flow.mean), id(flow.scale)} & {id(variable) for variable in flow.trainable_variables}


@pytest.mark.parametrize("dtype", [tf.float32, tf.float64], ids=lambda dtype: dtype.name)
def test_a_constant_feature_gives_a_finite_log_prob(dtype: tf.DType, clips: np.ndarray) -> None:
    clips[:, 1] = 3.0
    flow = make(dtype=dtype)
    flow.standardize(clips.astype(dtype.as_numpy_dtype))
    assert np.isfinite(flow.log_prob(tf.constant(clips, dtype))).all()


@pytest.mark.parametrize("arguments", [{}, {"batch_normalization": True}, {"context_size": 2}], ids=str)
def test_every_trainable_variable_receives_a_gradient(arguments: dict[str, Any], x: np.ndarray) -> None:
    flow = make(**arguments)
    flow.use_batch_statistics(True)
    context = tf.ones([N_ROWS, 2], tf.float64) if arguments.get("context_size") else None
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(flow.log_prob(tf.constant(x), context))
    gradients = tape.gradient(loss, flow.trainable_variables)
    assert len(gradients) > 0
    assert all(gradient is not None and np.abs(gradient).max() > 0.0 for gradient in gradients)


def test_every_trainable_variable_moves_in_training(clips: np.ndarray) -> None:
    flow = MaskedFlow(SIZE, n_layers=2, hidden_units=(8,))
    flow.standardize(clips)
    before = [variable.numpy() for variable in flow.trainable_variables]
    rows = clips.astype(np.float32)
    fit(flow, tf.function(flow.log_prob), [rows], rows, FitOptions(batch_size=20, max_epochs=2, patience=0))
    assert len(before) == 2 * (2 * 1 + 4)
    for variable, old in zip(flow.trainable_variables, before, strict=True):
        assert np.any(variable.numpy() != old), variable.name


def test_samples_repeat_under_one_seed_and_differ_under_another() -> None:
    flow = make()
    first, again, other = (flow.sample(5, seed).numpy() for seed in (3, 3, 4))
    assert first.shape == (5, SIZE)
    np.testing.assert_array_equal(first, again)
    assert np.all(first != other)


def test_samples_are_where_the_density_says() -> None:
    flow = make(2, log_scale_bound=1.0)
    axis = np.linspace(-20.0, 20.0, 300)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    mass = np.exp(flow.log_prob(tf.constant(grid)).numpy()) * (axis[1] - axis[0]) ** 2
    centre = (mass[:, None] * grid).sum(axis=0)
    deviation = np.sqrt((mass[:, None] * (grid - centre) ** 2).sum(axis=0))
    n = 4000
    # Five standard errors: a right sampler fails once in a million seeds, and the seed is fixed.
    assert np.all(np.abs(flow.sample(n, 0).numpy().mean(axis=0) - centre) < 5.0 * deviation / np.sqrt(n))


@pytest.fixture
def frame_flow() -> FrameFlow:
    flow = FrameFlow(3, SIZE, n_layers=2, hidden_units=(8,), dtype=tf.float64)
    shake(flow, 0.3)
    return flow


@pytest.fixture
def frames() -> np.ndarray:
    return np.random.default_rng(3).standard_normal((5, 3, SIZE))


def test_a_clip_has_the_product_of_its_frames_densities(frame_flow: FrameFlow, frames: np.ndarray) -> None:
    single = [
        frame_flow.flow.log_prob(tf.constant(frames[:, t]), tf.tile(frame_flow.positions[t : t + 1], [5, 1]))
        for t in range(3)
    ]
    np.testing.assert_allclose(frame_flow.log_prob(tf.constant(frames)), np.sum(single, axis=0), rtol=1e-12)


def test_a_frame_flow_hears_the_order_of_the_frames(frame_flow: FrameFlow, frames: np.ndarray) -> None:
    forward, backward = (frame_flow.log_prob(tf.constant(x)) for x in (frames, frames[:, ::-1].copy()))
    assert np.all(np.abs(forward - backward) > 1e-3)


def test_a_frames_share_does_not_depend_on_other_frames_or_clips(
    frame_flow: FrameFlow, frames: np.ndarray
) -> None:
    before = frame_flow.frame_log_prob(tf.constant(frames)).numpy()
    changed = frames.copy()
    changed[2, 1] += 1.0
    differs = before != frame_flow.frame_log_prob(tf.constant(changed)).numpy()
    assert np.argwhere(differs).tolist() == [[2, 1]]


def test_a_frame_flow_standardises_over_all_frames(frame_flow: FrameFlow, frames: np.ndarray) -> None:
    frame_flow.standardize(frames)
    np.testing.assert_allclose(frame_flow.flow.mean, frames.mean(axis=(0, 1)), rtol=1e-12)
    np.testing.assert_allclose(frame_flow.flow.scale, frames.std(axis=(0, 1)), rtol=1e-12)
