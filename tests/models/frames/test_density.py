"""Is the density of a clip the product of its frames', whatever its length, its padding and its company?

Laws in float64, of densities whose weights are far from their start; clips are [T, D + 1], the last
column telling frames from padding.
"""

from functools import cache

import numpy as np
import pytest
import tensorflow as tf

from models.flows.architecture import FlowArchitecture
from models.flows.fitting import evaluate
from models.flows.fitting.options import FitOptions
from models.flows.variables import restore_variables, variable_arrays
from models.frames.density import FrameDensity, frame_counts
from tests.models.flows.autodiff import log_abs_det, shake

SIZE = 3
ARCHITECTURE = FlowArchitecture(n_layers=2, hidden_units=(8,), log_scale_bound=1.0)
OPTIONS = {"n_positions": 4, "n_channels": 8, "n_layers": 2, "n_taps": 2, "n_heads": 2}
CONTEXTS = ("position", "convolution", "attention")
LENGTHS = (9, 5, 1, 7)


def make(context: str, dtype: tf.DType = tf.float64) -> FrameDensity:
    density = FrameDensity(
        SIZE,
        ARCHITECTURE,
        context,  # type: ignore[arg-type]
        OPTIONS,
        noise_scale=0.5,
        dtype=dtype,
    )
    density.reference_length.assign(6.0)
    density.prepare([clips(n_places=9)])
    shake(density, 0.3)
    return density


def clips(lengths: tuple[int, ...] = LENGTHS, n_places: int = 9, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    found = np.zeros((len(lengths), n_places, SIZE + 1))
    for clip, length in zip(found, lengths, strict=True):
        walk = generator.standard_normal((length, SIZE)).cumsum(axis=0)
        clip[:length, :-1] = 3.0 * walk + [0.0, 5.0, -5.0]
        clip[:length, -1] = 1.0
    return found


@pytest.fixture(params=CONTEXTS)
def density(request: pytest.FixtureRequest) -> FrameDensity:
    return make(request.param)


def log_prob(density: FrameDensity, x: np.ndarray) -> np.ndarray:
    found: np.ndarray = density.log_prob(tf.constant(x)).numpy()
    return found


def test_shares_sum_to_the_log_density(density: FrameDensity) -> None:
    attributions = density.attributions(tf.constant(clips())).numpy()
    assert attributions.shape == (4, 9, SIZE)
    np.testing.assert_allclose(attributions.sum(axis=(1, 2)), log_prob(density, clips()), rtol=1e-13)


def test_padding_has_no_share(density: FrameDensity) -> None:
    attributions = density.attributions(tf.constant(clips())).numpy()
    assert np.all(attributions[clips()[..., -1] == 0.0] == 0.0)
    assert np.all(attributions[clips()[..., -1] == 1.0] != 0.0)


@pytest.mark.parametrize("n_places", [9, 10, 40])
def test_a_clip_is_as_dense_in_any_amount_of_padding(density: FrameDensity, n_places: int) -> None:
    # Products of other shapes may add in another order.
    np.testing.assert_allclose(
        log_prob(density, clips(n_places=n_places)), log_prob(density, clips()), rtol=1e-12
    )


def test_what_the_padding_holds_does_not_matter(density: FrameDensity) -> None:
    filled = clips()
    filled[..., :-1] += 1e3 * (filled[..., -1:] == 0.0)
    np.testing.assert_array_equal(log_prob(density, filled), log_prob(density, clips()))


def test_a_clip_is_as_dense_alone_as_in_company(density: FrameDensity) -> None:
    alone = [log_prob(density, clips()[i : i + 1])[0] for i in range(len(LENGTHS))]
    np.testing.assert_allclose(alone, log_prob(density, clips()), rtol=1e-12)


@pytest.mark.parametrize("length", [1, 2, 7])
def test_the_jacobian_of_a_whole_clip_says_the_same(density: FrameDensity, length: int) -> None:
    """The frames of a clip, one after another, are one vector; its density by autodiff is the product."""
    clip = clips((length,), n_places=length)

    def to_noise(x: tf.Tensor) -> tf.Tensor:
        """Return the noise of clips [..., T D]: lower triangular in time where the past is heard."""
        flat = tf.reshape(x, [-1, length, SIZE])
        rows = tf.concat([flat, tf.ones_like(flat[..., :1])], axis=-1)
        frames, context, _ = density._given(rows)
        given = density.flow.condition(context)
        return tf.reshape(density.flow.bijector.inverse(frames, **given), tf.shape(x))

    x = clip[:, :, :-1].reshape(1, -1)
    noise = to_noise(tf.constant(x)).numpy()
    expected = -0.5 * (noise**2 + np.log(2 * np.pi)).sum() + log_abs_det(to_noise, x)[0]
    np.testing.assert_allclose(log_prob(density, clip)[0] * length / 6.0, expected, rtol=1e-10)


def test_the_log_density_is_the_mean_over_frames_times_the_reference_length(density: FrameDensity) -> None:
    attributions = density.attributions(tf.constant(clips())).numpy().sum(axis=2)
    frames, context, _ = density._given(tf.constant(clips()))
    for clip, length in enumerate(LENGTHS):
        by_frame = density.flow.log_prob(frames[clip, :length], context[clip, :length]).numpy()
        np.testing.assert_allclose(attributions[clip, :length], by_frame * 6.0 / length, rtol=1e-11)
        np.testing.assert_allclose(log_prob(density, clips())[clip], 6.0 * by_frame.mean(), rtol=1e-11)


def test_position_alone_does_not_hear_other_frames() -> None:
    assert not np.any(heard_by(make("position")))


@pytest.mark.parametrize("context", ["convolution", "attention"])
def test_the_past_is_heard_and_the_future_is_not(context: str) -> None:
    found = heard_by(make(context))
    assert not np.any(found[:, :4])
    assert np.all(found[:, 5])


def heard_by(density: FrameDensity) -> np.ndarray:
    """Return which frames' densities change with frame 4, but for its own: bool [B, T]."""
    lengths = (9, 9)
    changed = clips(lengths)
    changed[:, 4, :-1] += 1.0
    before, after = (
        density.attributions(tf.constant(x)).numpy().sum(axis=2) for x in (clips(lengths), changed)
    )
    differs: np.ndarray = before != after
    assert np.all(differs[:, 4])
    differs[:, 4] = False
    return differs


def test_played_backwards_is_another_density(density: FrameDensity) -> None:
    forward = clips((9, 9))
    assert np.all(log_prob(density, forward) != log_prob(density, forward[:, ::-1].copy()))


def test_a_row_without_a_frame_is_finite(density: FrameDensity) -> None:
    np.testing.assert_array_equal(log_prob(density, np.zeros((2, 9, SIZE + 1))), 0.0)


def test_standardisation_is_over_frames_and_leaves_padding_out() -> None:
    density = FrameDensity(SIZE, ARCHITECTURE, "position", OPTIONS, noise_scale=0.5, dtype=tf.float64)
    density.prepare([clips(), clips(seed=1)])
    frames = np.concatenate([x[x[..., -1] > 0.0][:, :-1] for x in (clips(), clips(seed=1))])
    np.testing.assert_allclose(density.flow.mean, frames.mean(axis=0), rtol=1e-12)
    # The blur has half a deviation, and variances add.
    np.testing.assert_allclose(density.flow.scale, frames.std(axis=0) * np.sqrt(1.25), rtol=1e-12)


def test_the_blur_has_the_stated_size_and_spares_padding() -> None:
    density = make("position", tf.float32)
    many = clips((40,) * 200, n_places=50)
    density.prepare([many])
    noise = density._blurred(many, np.random.default_rng(0)) - many
    assert not np.any(noise[many[..., -1] == 0.0])
    assert not np.any(noise[..., -1])
    frames = many[many[..., -1] > 0.0][:, :-1]
    # The standard error of a deviation from 8,000 draws is 0.8 %: five of them.
    np.testing.assert_allclose(
        noise[many[..., -1] > 0.0][:, :-1].std(axis=0), 0.5 * frames.std(axis=0), rtol=0.04
    )


def untrained(context: str) -> FrameDensity:
    """Return a density of few variables: each costs XLA a third of a second."""
    architecture = FlowArchitecture(n_layers=1, hidden_units=(8,), log_scale_bound=1.0)
    return FrameDensity(SIZE, architecture, context, OPTIONS | {"n_layers": 1})  # type: ignore[arg-type]


@cache
def fitted(context: str) -> FrameDensity:
    """Return a density fitted to walks; never changed by a test."""
    density = untrained(context)
    options = FitOptions(batch_size=50, max_epochs=25, learning_rate=1e-2)
    density.fit([clips((9,) * 200)], clips((9,) * 50, seed=1), options, reference_length=9.0)
    return density


def held_log_prob(density: FrameDensity) -> np.ndarray:
    return evaluate(density.compiled_log_prob, clips((9,) * 50, seed=1))  # the batches of the fit: compiled


@pytest.mark.parametrize("context", CONTEXTS)
def test_fitting_moves_every_variable(context: str) -> None:
    variables = untrained(context).trainable_variables
    assert variables
    for before, after in zip(variables, fitted(context).trainable_variables, strict=True):
        assert np.any(before.numpy() != after.numpy()), after.name


def test_fitting_repeats_to_the_bit() -> None:
    again = fitted.__wrapped__("attention")
    np.testing.assert_array_equal(held_log_prob(again), held_log_prob(fitted("attention")))


@pytest.mark.parametrize("context", ["convolution", "attention"])
def test_fitting_to_the_past_learns_what_position_cannot_say(context: str) -> None:
    """A walk's next step is near its last one: hearing the past must raise the likelihood."""
    assert held_log_prob(fitted(context)).mean() > held_log_prob(fitted("position")).mean() + 1.0


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_restored_density_is_the_same_to_the_bit(context: str) -> None:
    density = make(context)
    other = FrameDensity(SIZE, ARCHITECTURE, context, OPTIONS, seed=1, dtype=tf.float64)  # type: ignore[arg-type]
    assert np.all(log_prob(other, clips()) != log_prob(density, clips()))
    restore_variables(other, "x", variable_arrays(density, "x"))
    np.testing.assert_array_equal(log_prob(other, clips()), log_prob(density, clips()))


def test_frames_are_counted() -> None:
    np.testing.assert_array_equal(frame_counts(clips()), LENGTHS)
