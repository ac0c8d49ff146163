"""Do a clip's vectors follow what is said, and not its level, its place in time, or its neighbours?"""

import numpy as np
import pytest

from pipeline.errors import ConfigurationError, PipelineError
from pipeline.frontend.front_end import FrontEnd
from pipeline.frontend.vectors import ClipVectors, scoring_settings
from pipeline.settings.features import FeatureSettings
from tests.embeddings.extra import needs_weights
from tests.tiny_corpus import spoken

SETTINGS = FeatureSettings(kind="aligned_vectors")
N_LEVELS = SETTINGS.n_frames * SETTINGS.n_mels
SIZE = SETTINGS.vector_windows * 96


def clip(word: str = "zero", seed: int = 0) -> np.ndarray:
    return spoken(word, 1, np.random.default_rng(seed)).astype(np.float32)


def vectors_of(*clips: np.ndarray, settings: FeatureSettings = SETTINGS) -> np.ndarray:
    return FrontEnd(settings)(np.stack(clips))[:, N_LEVELS : N_LEVELS + SIZE]


def cosine(first: np.ndarray, second: np.ndarray) -> float:
    return float(first @ second / np.linalg.norm(first) / np.linalg.norm(second))


@needs_weights
def test_the_frames_in_front_are_those_of_aligned_to_the_bit() -> None:
    aligned = FrontEnd(FeatureSettings(kind="aligned"))(clip()[None])
    with_vectors = FrontEnd(SETTINGS)(clip()[None])
    assert with_vectors.shape == (1, N_LEVELS + 2 * SIZE)
    np.testing.assert_array_equal(with_vectors[0, :N_LEVELS], aligned.ravel())


@needs_weights
def test_what_is_scored_is_what_is_fitted_without_the_copies_to_the_bit() -> None:
    scored = FrontEnd(scoring_settings(SETTINGS))(clip()[None])
    assert scored.shape == (1, N_LEVELS + SIZE)
    np.testing.assert_array_equal(scored, FrontEnd(SETTINGS)(clip()[None])[:, : N_LEVELS + SIZE])


@needs_weights
def test_a_clip_has_the_same_vectors_in_any_batch() -> None:
    alone = vectors_of(clip())
    np.testing.assert_array_equal(alone[0], vectors_of(clip("one"), clip(), clip("two"))[1])


@needs_weights
def test_a_clip_recorded_a_hundred_times_as_faint_has_the_same_vectors() -> None:
    loud, faint = vectors_of(clip(), np.float32(0.01) * clip())
    # Of the rounding of a hundredth alone.
    np.testing.assert_allclose(faint, loud, atol=0.05)


@needs_weights
def test_a_later_clip_has_nearly_the_same_vectors_and_another_word_has_not() -> None:
    first = clip()
    now, later, other = vectors_of(first, np.roll(first, 800), clip("three"))
    assert cosine(now, later) > 0.98
    assert cosine(now, other) < 0.9


@needs_weights
def test_silence_and_one_loud_sample_have_finite_vectors() -> None:
    click = np.zeros(16_000, np.float32)
    click[0] = 1.0
    assert np.isfinite(FrontEnd(SETTINGS)(np.stack([np.zeros_like(click), click]))).all()


@needs_weights
@pytest.mark.parametrize("seconds", [0.2, 1.0, 3.0])
def test_clips_of_any_length_have_vectors_of_one_size(seconds: float) -> None:
    settings = SETTINGS.model_copy(update={"duration_seconds": seconds})
    sound = np.resize(clip(), round(16_000 * seconds))
    features = FrontEnd(settings)(sound[None])
    assert features.shape == (1, N_LEVELS + 2 * SIZE)
    assert np.isfinite(features).all()


@needs_weights
def test_one_window_is_the_middle_one_of_three() -> None:
    alone = vectors_of(clip(), settings=SETTINGS.model_copy(update={"vector_windows": 1}))[0, :96]
    # The noise beside the word is another piece of the same.
    assert cosine(alone, vectors_of(clip())[0, 96:192]) > 0.95


def test_another_rate_than_the_network_s_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"needs features\.sample_rate=16000.* got 22050"):
        ClipVectors(SETTINGS.model_copy(update={"sample_rate": 22_050}))


def test_without_weights_the_front_end_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.embeddings.weights.LEAST_PYTHON", (9, 0))
    with pytest.raises(PipelineError, match="needs Python"):
        FrontEnd(SETTINGS)
