"""The detector's score is the sum of its terms, and its shares say where the terms are from."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from models.flows.architecture import FlowArchitecture
from models.flows.fitting.options import FitOptions
from models.words.detector import TemplateDetector
from models.words.template import Template
from models.words.views import View

N_FRAMES, N_BANDS = 20, 12
# Each other shape compiles four programs; tests/models/words/test_views.py knows all views.
NAMES = ("levels", "cepstra", "unwarped")
OPTIONS = FitOptions(batch_size=64, learning_rate=1e-3, max_epochs=2, patience=0, clip_norm=10.0, seed=0)


def words(n: int, seed: int) -> np.ndarray:
    """Clips of one word: a rising tone, then a falling one, by voices that differ."""
    generator = np.random.default_rng(seed)
    frames, bands = np.arange(N_FRAMES)[:, None], np.arange(N_BANDS)[None, :]
    centre = 2 + 8 * np.abs(np.sin(np.pi * frames / N_FRAMES))
    clips = []
    for _ in range(n):
        place = centre + generator.normal(0, 0.5)
        clips.append(20 * np.exp(-((bands - place) ** 2) / 4) + generator.normal(0, 1, (N_FRAMES, N_BANDS)))
    made = np.array(clips, np.float32)
    return made - made.mean(axis=(1, 2), keepdims=True)


def detector(names: Sequence[str] = NAMES, direction_weight: float = 1.0) -> TemplateDetector:
    return TemplateDetector(
        (N_FRAMES, N_BANDS),
        views=[View(name=name, smoothing_frames=3, smoothing_bands=1, n_cepstra=8) for name in names],
        make_template=lambda: Template(n_frames=8, n_cepstra=8),
        n_components=4,
        noise_scale=1.0,
        architecture=FlowArchitecture(n_layers=1, hidden_units=(16,)),
        background_architecture=FlowArchitecture(family="affine"),
        distortions=("reverse", "rotate", "formants", "flatten"),
        n_copies=2,
        gain_decibel=1.0,
        tract_range=0.05,
        edge_range=0.05,
        direction_weight=direction_weight,
        seed=0,
    )


def fitted(
    names: Sequence[str] = NAMES,
    direction_weight: float = 1.0,
    make: Callable[[int, int], np.ndarray] = words,
    **more: object,
) -> TemplateDetector:
    made = detector(names, direction_weight)
    made.fit(make(120, 0), make(30, 1), OPTIONS, monitored={}, on_epoch=lambda epoch: None, **more)
    return made


@pytest.fixture(scope="module")
def trained() -> TemplateDetector:
    return fitted()


def test_another_order_of_sounds_scores_stranger_than_the_word(trained: TemplateDetector):
    normal = trained.score(words(50, 2)).score
    other = trained.score(np.roll(words(50, 3), N_FRAMES // 2, axis=1)).score
    assert np.mean(other > np.quantile(normal, 0.9)) > 0.9


def test_the_score_is_the_sum_of_a_term_a_view_direction_and_contrast(trained: TemplateDetector):
    scores = trained.score(words(5, 2))
    assert list(scores.terms) == [*NAMES, "direction", "contrast"]
    np.testing.assert_allclose(scores.score, np.sum(list(scores.terms.values()), axis=0), rtol=1e-6)


def test_a_word_that_is_not_its_own_mirror_image_is_found_backwards():
    def first_halves(n: int, seed: int) -> np.ndarray:
        return np.repeat(words(n, seed)[:, : N_FRAMES // 2], 2, axis=1)

    rising = fitted(["levels"], make=first_halves)
    assert np.mean(rising.score(first_halves(50, 2)).terms["direction"] > 0) <= 0.1
    assert np.mean(rising.score(first_halves(50, 2)[:, ::-1]).terms["direction"] > 0) > 0.9


def test_without_weight_the_direction_is_not_asked():
    scores = fitted(["levels"], direction_weight=0.0).score(words(5, 2))
    assert list(scores.terms) == ["levels", "contrast"]


def test_silence_scores_stranger_than_the_word(trained: TemplateDetector):
    silence = trained.score(np.zeros((1, N_FRAMES, N_BANDS), np.float32)).score[0]
    assert silence > trained.score(words(50, 2)).score.max()


def test_attributions_sum_to_what_the_terms_exceed_the_ordinary_clip_by(trained: TemplateDetector):
    clips = np.concatenate([words(3, 2), words(3, 3)[:, ::-1]])
    scores = trained.score(clips)
    ratios = scores.score - scores.terms["contrast"] - scores.terms["direction"]
    missing = ratios - trained.attributions(clips).sum(axis=(1, 2))
    # What is missing is the score of the same ordinary clip for each; the path has finitely many steps.
    assert np.ptp(missing) < 0.02 * np.ptp(ratios)


def test_attributions_stand_where_the_clip_is_wrong(trained: TemplateDetector):
    right, wrong = words(1, 2), words(1, 2)
    wrong[:, 12:16, :] = wrong[:, 12:16, ::-1]
    more = np.abs(trained.attributions(wrong) - trained.attributions(right)).sum(axis=2)[0]
    assert more[9:19].sum() > 2 * more[:9].sum()


def test_it_scores_the_same_from_its_arrays(trained: TemplateDetector):
    again = detector()
    again.restore(trained.arrays())
    np.testing.assert_array_equal(again.score(words(5, 2)).score, trained.score(words(5, 2)).score)


def test_a_missing_weight_is_refused(trained: TemplateDetector):
    arrays = {key: array for key, array in trained.arrays().items() if key != "weights"}
    with pytest.raises(ValueError, match="weights needs shape"):
        detector().restore(arrays)


def test_auxiliary_clips_are_held_to_be_background(trained: TemplateDetector):
    other = np.roll(words(120, 5), N_FRAMES // 2, axis=1)
    informed = fitted(["levels"], auxiliary=other)
    fresh = np.roll(words(40, 6), N_FRAMES // 2, axis=1)

    def background(model: TemplateDetector) -> float:
        return float(model.ratios[0].log_probs(model.warps[3, 1, True](fresh))[1].mean())

    # The first view of either: of the same seed and the same copies.
    assert background(informed) > background(trained)
