"""Do networks that hear the past hear all of what they should, and nothing of what is still to come?

Every law in float64, of networks whose weights are far from their start.
"""

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from models.frames.causal_attention import CausalAttention, CausalAttentionStack
from models.frames.causal_convolution import CausalConvolution, CausalConvolutionStack
from models.frames.context import FrameContext
from tests.models.flows.autodiff import shake

N_CLIPS, N_FRAMES, SIZE, N_CHANNELS = 2, 12, 3, 8
Network = CausalConvolutionStack | CausalAttentionStack


def convolution() -> CausalConvolutionStack:
    return CausalConvolutionStack(SIZE, N_CHANNELS, n_layers=2, n_taps=2, seed=0, dtype=tf.float64)


def attention() -> CausalAttentionStack:
    return CausalAttentionStack(SIZE, N_CHANNELS, n_layers=2, n_heads=2, seed=0, dtype=tf.float64)


@pytest.fixture(params=[convolution, attention])
def network(request: pytest.FixtureRequest) -> Network:
    make: Callable[[], Network] = request.param
    network = make()
    shake(network, 0.3)
    return network


@pytest.fixture
def frames() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((N_CLIPS, N_FRAMES, SIZE))


def influence(network: Callable[[tf.Tensor], tf.Tensor], frames: np.ndarray) -> np.ndarray:
    """Return the largest gradient of any output at t with respect to any input at s, [t, s]."""
    n_outputs = N_FRAMES * N_CHANNELS
    # One copy of the clip for each output, so that one backward pass gives them all.
    x = tf.constant(np.repeat(frames[:1], n_outputs, axis=0))
    with tf.GradientTape() as tape:
        tape.watch(x)
        outputs = network(x)
    upstream = tf.reshape(tf.eye(n_outputs, dtype=tf.float64), [n_outputs, N_FRAMES, N_CHANNELS])
    found = np.abs(tape.gradient(outputs, x, upstream).numpy())
    strongest: np.ndarray = found.reshape(N_FRAMES, N_CHANNELS, N_FRAMES, SIZE).max(axis=(1, 3))
    return strongest


def test_an_output_has_no_gradient_on_its_own_frame_or_a_later_one(
    network: Network, frames: np.ndarray
) -> None:
    found = influence(network, frames)
    assert np.all(found[np.triu_indices(N_FRAMES)] == 0.0)


def test_every_output_but_the_first_hears_the_frame_before_it(network: Network, frames: np.ndarray) -> None:
    found = influence(network, frames)
    assert np.all(np.diagonal(found, offset=-1) > 0.0)


def test_attention_hears_the_whole_past(frames: np.ndarray) -> None:
    network = attention()
    shake(network, 0.3)
    assert np.all(influence(network, frames)[np.tril_indices(N_FRAMES, -1)] > 0.0)


def test_convolution_hears_as_far_back_as_it_says(frames: np.ndarray) -> None:
    network = convolution()
    shake(network, 0.3)
    lag = np.subtract.outer(np.arange(N_FRAMES), np.arange(N_FRAMES))
    np.testing.assert_array_equal(influence(network, frames) > 0.0, (lag >= 1) & (lag <= network.reach))


def test_clips_do_not_hear_one_another(network: Network, frames: np.ndarray) -> None:
    changed = frames.copy()
    changed[1] += 1.0
    np.testing.assert_array_equal(network(tf.constant(changed))[0], network(tf.constant(frames))[0])


def test_what_comes_after_a_frame_does_not_change_it_in_the_least(
    network: Network, frames: np.ndarray
) -> None:
    changed = frames.copy()
    changed[:, 6:] = 1e6
    before, after = network(tf.constant(frames)).numpy(), network(tf.constant(changed)).numpy()
    np.testing.assert_array_equal(before[:, :7], after[:, :7])
    assert np.all(before[:, 7] != after[:, 7])


@pytest.mark.parametrize("n_frames", [1, 2, 5])
def test_a_shorter_clip_is_heard_as_the_start_of_a_longer_one(
    network: Network, frames: np.ndarray, n_frames: int
) -> None:
    whole = network(tf.constant(frames)).numpy()
    # Products of other shapes may add in another order.
    np.testing.assert_allclose(network(tf.constant(frames[:, :n_frames])), whole[:, :n_frames], atol=1e-12)


@pytest.mark.parametrize("exclusive", [True, False])
def test_a_convolution_is_the_plain_one_with_the_taps_of_the_future_masked(
    frames: np.ndarray, exclusive: bool
) -> None:
    layer = CausalConvolution(
        SIZE,
        4,
        n_taps=2,
        dilation=3,
        exclusive=exclusive,
        generator=np.random.default_rng(0),
        dtype=tf.float64,
    )
    taps = layer.kernel.numpy().reshape(2, SIZE, 4)
    # A kernel centred on frame t: tap c + lag falls on frame t + lag.
    centred = np.zeros((13, SIZE, 4))
    for tap, lag in zip(taps, [3, 6] if exclusive else [0, 3], strict=True):
        centred[6 - lag] = tap
    expected = tf.nn.conv1d(tf.constant(frames), tf.constant(centred), stride=1, padding="SAME")
    np.testing.assert_allclose(layer(tf.constant(frames)), expected, atol=1e-12)


def test_attention_takes_means_of_the_past_with_positive_weights() -> None:
    layer = CausalAttention(4, 1, generator=np.random.default_rng(0), dtype=tf.float64)
    for weights in (layer.values, layer.joined):
        weights.assign(np.eye(4))
    x = np.random.default_rng(1).standard_normal((1, 9, 4))
    heard = layer(tf.constant(x)).numpy()[0]
    np.testing.assert_allclose(heard[0], x[0, 0], atol=1e-12)
    for t in range(9):
        past = x[0, : t + 1]
        assert np.all(heard[t] <= past.max(axis=0) + 1e-12)
        assert np.all(heard[t] >= past.min(axis=0) - 1e-12)


def test_heads_that_cannot_share_the_channels_are_refused() -> None:
    with pytest.raises(ValueError, match="3 heads cannot share 8 channels equally"):
        CausalAttentionStack(SIZE, 8, n_layers=1, n_heads=3, seed=0)


def test_an_unknown_context_is_refused() -> None:
    with pytest.raises(ValueError, match="context 'future' is unknown"):
        FrameContext("future", SIZE)  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "size"), [("position", 5), ("convolution", 5 + 8), ("attention", 5 + 8)])
def test_a_context_joins_position_and_past(kind: str, size: int, frames: np.ndarray) -> None:
    context = FrameContext(kind, SIZE, n_positions=5, n_channels=8, n_heads=2, dtype=tf.float64)  # type: ignore[arg-type]
    assert context.size == size
    assert context(tf.constant(frames), tf.constant([12, 7])).shape == (N_CLIPS, N_FRAMES, size)
