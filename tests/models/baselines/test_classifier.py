"""Does the classifier learn words that can be told apart, and say its log-probabilities exactly?"""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.detection.ceiling import OTHER_WORDS, class_of_words, main as ceiling
from benchmarks.detection.ladder import one_run
from models.baselines.classifier import Augmentation, WordClassifier, changed_copies
from pipeline.errors import PipelineError
from pipeline.files.tables import read_table
from pipeline.processes import import_tensorflow
from pipeline.runs.clip_table import read_clip_table
from tests.tiny_corpus import FORMANTS

SHAPE = (24, 8)


def tones(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return clips of three classes, each with another loud band for a while, and their classes."""
    generator = np.random.default_rng(seed)
    label = generator.integers(0, 3, n)
    clips = generator.standard_normal((n, *SHAPE)).astype(np.float32)
    for clip, number in zip(clips, label, strict=True):
        start = generator.integers(0, 12)
        clip[start : start + 8, 2 * number + 1] += 6.0
    return clips, label


@pytest.fixture(scope="module", autouse=True)
def tensorflow() -> None:
    """Set the threads that the program asks for before the first fit, however few tests are run."""
    import_tensorflow()


@pytest.fixture(scope="module")
def fitted() -> WordClassifier:
    classifier = WordClassifier(SHAPE, 3, seed=1, channels=(8, 8))
    clips, label = tones(160, 0)
    amounts = Augmentation(shift_frames=2, gain_decibel=1.0, masked_frames=2, masked_bands=1)
    history = classifier.fit(
        clips,
        label,
        tones(60, 1),
        max_epochs=12,
        patience=12,
        batch_size=16,
        learning_rate=0.01,
        augmentation=amounts,
    )
    assert [epoch.number for epoch in history] == list(range(1, 13))
    return classifier


def test_it_tells_classes_that_differ_in_their_loud_band(fitted: WordClassifier) -> None:
    clips, label = tones(90, 2)
    assert np.mean(fitted.log_prob(clips).argmax(axis=1) == label) > 0.9


def test_the_probabilities_of_a_clips_classes_sum_to_one(fitted: WordClassifier) -> None:
    log_prob = fitted.log_prob(tones(30, 3)[0])
    np.testing.assert_allclose(np.exp(log_prob.astype(np.float64)).sum(axis=1), 1.0, atol=1e-5)


def test_a_clips_log_probabilities_do_not_depend_on_the_others(fitted: WordClassifier) -> None:
    clips, _ = tones(300, 4)
    np.testing.assert_array_equal(fitted.log_prob(clips)[257:260], fitted.log_prob(clips[257:260]))


def test_a_restored_classifier_scores_as_before(fitted: WordClassifier) -> None:
    clips, _ = tones(10, 5)
    copy = WordClassifier(SHAPE, 3, seed=9, channels=(8, 8))
    assert not np.array_equal(copy.log_prob(clips), fitted.log_prob(clips))
    copy.restore(fitted.arrays())
    np.testing.assert_array_equal(copy.log_prob(clips), fitted.log_prob(clips))


def test_the_best_epoch_by_validation_is_kept_and_decides_when_to_stop() -> None:
    clips, label = tones(64, 6)
    validation = tones(40, 7)
    classifier = WordClassifier(SHAPE, 3, channels=(4,))
    # A step size at which the cross-entropy soon rises again.
    history = classifier.fit(clips, label, validation, max_epochs=30, patience=2, learning_rate=0.3)
    losses = [epoch.validation_loss for epoch in history]
    assert len(history) < 30
    assert int(np.argmin(losses)) == len(losses) - 3
    kept = -classifier.log_prob(validation[0])[np.arange(40), validation[1]].mean()
    assert kept == pytest.approx(min(losses), rel=1e-5)


def test_a_label_that_is_no_class_is_refused() -> None:
    clips, label = tones(20, 8)
    with pytest.raises(ValueError, match="20 training clips with labels other than 0 to 1"):
        WordClassifier(SHAPE, 2, channels=(4,)).fit(clips, label, (clips, label))


def test_a_copy_without_amounts_is_the_clip() -> None:
    clips, _ = tones(5, 9)
    nothing = Augmentation(shift_frames=0, gain_decibel=0.0, masked_frames=0, masked_bands=0)
    np.testing.assert_array_equal(changed_copies(clips, np.random.default_rng(0), nothing), clips)


def test_a_mask_covers_no_more_than_its_frames_and_bands() -> None:
    clips = tones(200, 10)[0]
    amounts = Augmentation(shift_frames=0, gain_decibel=0.0, masked_frames=3, masked_bands=2)
    changed = changed_copies(clips, np.random.default_rng(0), amounts) != clips
    frames, bands = changed.all(axis=2).sum(axis=1), changed.all(axis=1).sum(axis=1)
    assert (frames.max(), bands.max()) == (3, 2)
    assert changed.any(axis=(1, 2)).mean() > 0.8


def test_a_moved_clip_repeats_its_edge_and_loses_nothing_else() -> None:
    clips = np.arange(24, dtype=np.float32)[None, :, None] * np.ones((50, 1, 8), np.float32)
    amounts = Augmentation(shift_frames=4, gain_decibel=0.0, masked_frames=0, masked_bands=0)
    copies = changed_copies(clips, np.random.default_rng(0), amounts)
    moved = copies[:, 12, 0] - 12
    assert set(moved) == set(range(-4, 5))
    for copy, by in zip(copies, moved, strict=True):
        np.testing.assert_array_equal(copy[:, 0], np.clip(np.arange(24) + by, 0, 23))


@pytest.fixture(scope="module")
def spectra(tiny_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("spectra") / "run"
    options = [f"--run={run}", "--last=features", f"--corpus={tiny_corpus}", "--target=zero"]
    assert one_run.main([*options, "--preset=logmel", "--set=features.n_workers=1"]) == 0
    return run


def test_words_with_too_few_train_clips_share_a_class(spectra: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = read_clip_table(spectra)
    assert class_of_words(table) == {word: "zero" if word == "zero" else OTHER_WORDS for word in FORMANTS}
    monkeypatch.setattr("benchmarks.detection.ceiling.MIN_TRAIN_CLIPS", 1_000)
    with pytest.raises(PipelineError, match="make 1 class, and at least 2 are needed"):
        class_of_words(table)


def test_the_ceiling_gives_every_test_clip_the_log_probability_of_each_class(
    spectra: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = WordClassifier.fit
    monkeypatch.setattr(WordClassifier, "fit", lambda *a, **k: fit(*a, **{**k, "max_epochs": 2}))
    assert ceiling([f"--run={spectra}", f"--out={tmp_path}"]) == 0
    card = json.loads((tmp_path / "ceiling.json").read_text("utf-8"))
    scores = read_table(tmp_path / "scores.parquet")
    assert card["classes"] == [OTHER_WORDS, "zero"]
    assert card["words_not_learned"] == sorted(set(FORMANTS) - {"zero"})
    table = read_clip_table(spectra)
    assert len(scores["path"]) == card["n_test"] == int(np.sum(table.split == "test"))
    log_prob = np.stack([scores[f"log_prob_{name}"] for name in card["classes"]], axis=1)
    right = [
        (word == "zero") == bool(best)
        for word, best in zip(scores["word"], log_prob.argmax(axis=1), strict=True)
    ]
    assert card["accuracy"] == pytest.approx(np.mean(right))


def test_features_without_frames_are_refused(
    tiny_corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    options = [f"--run={run}", "--last=features", f"--corpus={tiny_corpus}", "--target=zero"]
    assert one_run.main([*options, "--preset=fft", "--set=features.n_workers=1"]) == 0
    assert ceiling([f"--run={run}", f"--out={tmp_path / 'out'}"]) == 1
    assert "give a run of the preset logmel" in capsys.readouterr().err
