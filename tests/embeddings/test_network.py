"""Are the vectors of a longer piece of sound those of its windows, each by itself?"""

import numpy as np
import pytest

from pipeline.embeddings.network import (
    FRAME_STEP,
    N_WINDOW_FRAMES,
    VECTOR_SIZE,
    VECTOR_STEP,
    SpeechNetwork,
    n_samples_of,
)
from tests.embeddings.extra import needs_weights

N_VECTORS = 5
N_FRAMES = N_WINDOW_FRAMES + (N_VECTORS - 1) * VECTOR_STEP


def sound(n_frames: int) -> np.ndarray:
    """Noise that grows louder, so that no two windows are alike."""
    n_samples = n_samples_of(n_frames)
    noise = np.random.default_rng(0).standard_normal(n_samples)
    return (noise * np.linspace(0.01, 0.2, n_samples)).astype(np.float32)


@pytest.fixture(scope="module")
def network() -> SpeechNetwork:
    return SpeechNetwork(N_FRAMES)


@needs_weights
def test_each_vector_is_that_of_its_window_alone_to_the_bit(network: SpeechNetwork) -> None:
    frames = network.mel_frames(sound(N_FRAMES))
    alone = SpeechNetwork(N_WINDOW_FRAMES)
    starts = range(0, N_VECTORS * VECTOR_STEP, VECTOR_STEP)
    windows = [alone.vectors(frames[start : start + N_WINDOW_FRAMES])[0] for start in starts]
    np.testing.assert_array_equal(network.vectors(frames), windows)


@needs_weights
def test_the_file_as_it_is_gives_the_same_vector(network: SpeechNetwork) -> None:
    import onnxruntime

    from pipeline.embeddings.weights import read_weights

    frames = network.mel_frames(sound(N_FRAMES))
    plain = onnxruntime.InferenceSession(
        read_weights("embedding_model.onnx"), providers=["CPUExecutionProvider"]
    )
    (found,) = plain.run(None, {"input_1": frames[None, :N_WINDOW_FRAMES, :, None]})
    # Threads add in another order.
    np.testing.assert_allclose(network.vectors(frames)[0], found.ravel(), atol=1e-3)


@needs_weights
def test_a_number_of_frames_has_its_number_of_samples(network: SpeechNetwork) -> None:
    assert network.mel_frames(sound(N_FRAMES)).shape == (N_FRAMES, 32)
    assert network.vectors(network.mel_frames(sound(N_FRAMES))).shape == (N_VECTORS, VECTOR_SIZE)


@needs_weights
def test_sound_ten_milliseconds_later_has_its_frames_one_later(network: SpeechNetwork) -> None:
    longer = sound(N_FRAMES + 1)
    now = network.mel_frames(longer[:-FRAME_STEP])
    later = network.mel_frames(longer[FRAME_STEP:])
    np.testing.assert_allclose(later[:-1], now[1:], atol=1e-3)


@pytest.mark.parametrize("n_frames", [0, 75, 80])
def test_a_number_of_frames_that_gives_no_whole_vectors_is_refused(n_frames: int) -> None:
    with pytest.raises(ValueError, match=f"n_frames={n_frames} is not 76 and some times 8 more"):
        SpeechNetwork(n_frames)
