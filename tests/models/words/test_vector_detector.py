"""Do vectors add their opinion to the detector of words, and leave all of its own terms alone?"""

import numpy as np
import pytest

from models.words.vector_detector import VectorDetector
from tests.models.words.test_detector import N_BANDS, N_FRAMES, OPTIONS, detector, words
from tests.models.words.test_vector_density import SIZE, vectors

N_LEVELS = N_FRAMES * N_BANDS
WEIGHT = 0.7


def rows(n: int, seed: int, *, tilt: float = 0.0, n_copies: int = 1) -> np.ndarray:
    """Clips of the word with their vectors, and those of copies that are another word."""
    copies = [vectors(n, seed=seed + 100 + copy, tilt=1.0) for copy in range(n_copies)]
    return np.concatenate(
        [words(n, seed).reshape(n, -1), vectors(n, seed=seed, tilt=tilt), *copies], axis=1, dtype=np.float32
    )


def unfitted(n_copies: int = 1) -> VectorDetector:
    return VectorDetector(
        detector(["levels", "unwarped"]),
        frame_shape=(N_FRAMES, N_BANDS),
        vector_size=SIZE,
        n_copies=n_copies,
        weight=WEIGHT,
    )


def fitted(n_copies: int = 1, auxiliary: np.ndarray | None = None) -> VectorDetector:
    made = unfitted(n_copies)
    made.fit(
        rows(120, 0, n_copies=n_copies),
        rows(30, 1, n_copies=n_copies),
        OPTIONS,
        monitored={"test": rows(10, 2, n_copies=n_copies)},
        on_epoch=lambda epoch: None,
        auxiliary=auxiliary,
    )
    return made


@pytest.fixture(scope="module")
def trained() -> VectorDetector:
    return fitted()


def test_what_the_strict_detector_says_stays_but_for_one_factor_of_its_views(trained: VectorDetector):
    strict = detector(["levels", "unwarped"])
    strict.fit(words(120, 0), words(30, 1), OPTIONS, monitored={}, on_epoch=lambda epoch: None)
    found, expected = trained.score(rows(5, 2)), strict.score(words(5, 2))
    np.testing.assert_array_equal(found.log_prob, expected.log_prob)
    assert list(found.terms) == [*expected.terms, "vectors", "vectors_ratio"]
    for name in ("direction", "contrast"):
        np.testing.assert_array_equal(found.terms[name], expected.terms[name])
    for name in ("levels", "unwarped"):
        np.testing.assert_array_equal(found.terms[name], trained.view_factor * expected.terms[name])


def test_the_terms_spread_over_validation_clips_as_stated(trained: VectorDetector):
    terms = trained.score(rows(30, 1)).terms
    views = terms["levels"] + terms["unwarped"]
    assert np.std(terms["vectors"]) == pytest.approx(np.std(terms["vectors_ratio"]))
    vectors = terms["vectors"] + terms["vectors_ratio"]
    assert np.std(vectors) == pytest.approx(WEIGHT * np.std(views))
    # Together as far as the views alone: the other terms weigh what they did.
    assert np.std(views + vectors) == pytest.approx(np.std(views) / trained.view_factor)


def test_a_clip_with_the_vectors_of_another_word_is_stranger(trained: VectorDetector):
    own, other = trained.score(rows(20, 5)), trained.score(rows(20, 5, tilt=1.0))
    assert (other.score - other.terms["contrast"]).min() > (own.score - own.terms["contrast"]).max()


def test_a_score_does_not_need_the_copies(trained: VectorDetector):
    clips = rows(5, 2)
    short = trained.score(clips[:, : N_LEVELS + SIZE])
    np.testing.assert_array_equal(short.score, trained.score(clips).score)


def test_attributions_are_those_of_the_strict_detector_in_frames_and_bands(trained: VectorDetector):
    found = trained.attributions(rows(3, 2))
    assert found.shape == (3, N_FRAMES, N_BANDS)
    expected = trained.view_factor * trained.strict.attributions(words(3, 2))
    np.testing.assert_array_equal(found, expected)


def test_baselines_see_vectors_of_length_one(trained: VectorDetector):
    found = trained.baseline_features(rows(4, 2))
    assert found.shape == (4, SIZE)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, rtol=1e-6)


def test_without_copies_there_is_no_ratio():
    assert "vectors_ratio" not in fitted(n_copies=0).score(rows(3, 2, n_copies=0)).terms


def test_auxiliary_clips_join_the_background(trained: VectorDetector):
    other = rows(120, 7, tilt=2.0)
    informed = fitted(auxiliary=other)
    fresh = vectors(20, seed=8, tilt=2.0)
    ratio, without = (made.density.surprisals(fresh)["ratio"] for made in (informed, trained))
    assert ratio.mean() > without.mean()


def test_it_scores_the_same_from_its_arrays_and_refuses_others(trained: VectorDetector):
    again = unfitted()
    again.restore(trained.arrays())
    np.testing.assert_array_equal(again.score(rows(5, 2)).score, trained.score(rows(5, 2)).score)
    arrays = {key: array for key, array in trained.arrays().items() if key != "vectors/weights"}
    with pytest.raises(ValueError, match="vectors/weights needs shape"):
        unfitted().restore(arrays)
