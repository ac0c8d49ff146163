"""Do the models of classes tell them apart, and does the channel of labels say how many are wrong?"""

import numpy as np
import pytest

from pipeline.errors import PipelineError
from pipeline.sweep.class_models import log_likelihoods
from pipeline.sweep.classes import SMALL, find_classes
from pipeline.sweep.folds import fold_of_clips
from pipeline.sweep.judging import JudgedClips, judge_clips, score_fold
from pipeline.sweep.listing import worth_judging
from pipeline.sweep.wrong_labels import judge_labels

N_CLASSES, N_EACH, N_SPEAKERS = 4, 100, 40


def _clips(seed: int, wrong: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return vectors of classes that stand apart, the names that they bear, and who bears a wrong one."""
    generator = np.random.default_rng(seed)
    truth = np.repeat(np.arange(N_CLASSES), N_EACH)
    means = generator.normal(scale=1.6, size=(N_CLASSES, 8))
    clips = means[truth] + generator.normal(size=(len(truth), 8))
    is_wrong = generator.permutation(len(truth)) < round(wrong * len(truth))
    labels = np.where(is_wrong, (truth + generator.integers(1, N_CLASSES, len(truth))) % N_CLASSES, truth)
    return clips.astype(np.float32), labels, is_wrong


def _judged(words: np.ndarray, clips: np.ndarray) -> JudgedClips:
    speakers = np.array([f"s{i % N_SPEAKERS}" for i in range(len(words))], object)
    classes = find_classes(words, 20)
    fold = fold_of_clips(speakers, 5, seed=0)
    scored = [score_fold({"one": clips}, classes, fold == k, 0.1) for k in range(5)]
    return judge_clips(scored, fold, classes, speakers)


@pytest.mark.parametrize("share", [0.02, 0.1])
def test_wrong_labels_come_first_and_their_number_is_estimated(share: float) -> None:
    clips, labels, is_wrong = _clips(0, share)
    judged = _judged(np.array([f"w{k}" for k in labels], object), clips)
    first = np.argsort(-judged.wrong)[: is_wrong.sum()]
    assert is_wrong[first].mean() >= 0.8
    # Two standard deviations of so many draws, and what the models themselves mistake.
    assert judged.labels.wrong_rate == pytest.approx(share, abs=0.025)


def test_expected_precision_promises_no_more_than_is_found() -> None:
    found, expected = [], []
    for seed in range(4):
        clips, labels, is_wrong = _clips(seed, 0.08)
        judged = _judged(np.array([f"w{k}" for k in labels], object), clips)
        order = np.argsort(-judged.wrong)[:40]
        found.append(is_wrong[order].mean())
        expected.append(judged.wrong[order].mean())
    # 160 clips: a standard deviation of their share is below 0.04. To promise too little costs less.
    assert np.mean(found) - 0.2 < np.mean(expected) < np.mean(found) + 0.1


def test_a_model_does_not_change_with_the_clips_that_it_judges() -> None:
    clips, labels, _ = _clips(1, 0.05)
    learned = np.arange(len(clips)) % 5 != 0
    before = log_likelihoods(clips, labels, learned, N_CLASSES, 0.1)
    others = labels.copy()
    others[~learned] = 0
    after = log_likelihoods(clips, others, learned, N_CLASSES, 0.1)
    assert np.array_equal(before, after)


def test_a_clip_of_a_small_class_that_fits_a_learned_one_is_probably_wrong() -> None:
    clips, labels, _ = _clips(2, 0.05)
    words = np.array([f"w{k}" for k in labels], object)
    # Five clips of a class of its own, far from all others, and one clip of a learned class among them.
    far = np.random.default_rng(0).normal(size=(5, 8)).astype(np.float32) + 12
    right = clips[(labels == 0)][:1]
    judged = _judged(
        np.concatenate([words, np.array(["few"] * 6, object)]), np.concatenate([clips, far, right])
    )
    assert judged.wrong[-1] > judged.wrong[-6:-1].max()
    assert np.isnan(judged.p_value[-6:]).all()
    assert (judged.heard[-6:-1] == SMALL).all()


def test_a_hard_speaker_excuses_an_odd_clip() -> None:
    generator = np.random.default_rng(0)
    n, labels = 600, np.arange(600) % 3
    said = labels.copy()
    hard = np.arange(n) >= 540
    said[hard] = np.where(generator.random(60) < 0.5, (labels[hard] + 1) % 3, labels[hard])
    odd = np.arange(0, 480, 20)
    said[odd] = (labels[odd] + 1) % 3
    log_likelihood = np.where(np.arange(3) == said[:, None], 0.0, -6.0)
    speakers = np.where(hard, 99, np.arange(n) % 54)
    judged = judge_labels(log_likelihood, labels, speakers)
    assert judged.wrong[odd].min() > judged.wrong[hard].max()


def test_each_speaker_is_in_one_fold() -> None:
    speakers = [f"s{i % 11}" for i in range(100)]
    fold = fold_of_clips(speakers, 4, seed=3)
    assert len({(name, k) for name, k in zip(speakers, fold.tolist(), strict=True)}) == 11
    assert np.bincount(fold).min() > 15


def test_too_few_speakers_or_classes_are_told_with_both_numbers() -> None:
    with pytest.raises(PipelineError, match=r"n_folds=5 needs clips of at least 5 speakers, got 2"):
        fold_of_clips(["a", "b"], 5, seed=0)
    with pytest.raises(PipelineError, match=r"2 classes of sweep.least_clips=20 clips .* has 1 among its 2"):
        find_classes(np.array(["a"] * 30 + ["b"] * 3, object), 20)


def test_judging_pays_down_to_a_place_where_a_wrong_label_is_to_be_expected() -> None:
    assert worth_judging({"probability_wrong": [0.9, 0.3, 0.1]}, 0.2) == (2, pytest.approx(1.2), 0.1)
    assert worth_judging({"probability_wrong": [0.3, 0.1, 0.1]}, 0.2) == (0, 0.0, pytest.approx(0.5))
