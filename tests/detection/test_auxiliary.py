"""Does the protocol "auxiliary" keep the words apart that it hears and that test it?"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from pipeline.detection.auxiliary import auxiliary_clips, auxiliary_split_of, divide_words
from pipeline.errors import ConfigurationError, PipelineError
from pipeline.runs.clip_table import ClipTable
from pipeline.settings.page import Settings
from pipeline.settings.presets import resolve_settings
from tests.command import QUICK, call
from tests.tiny_corpus import FORMANTS, TARGET, spoken, write_clip

WORDS = ("zero", "one", "two", "three", "four")


def settings_of(protocol: str = "auxiliary", half: str = "a") -> Settings:
    return resolve_settings(
        "default", [f"training.protocol={protocol}", f"training.auxiliary_half={half}"], target="zero"
    )


def table_of(n_train: int = 12) -> ClipTable:
    """``n_train`` train clips and 2 test clips of each word; every feature is the word's number."""
    word = np.array([word for word in WORDS for _ in range(n_train + 2)], object)
    split = np.array([*(["train"] * n_train), "test", "test"] * len(WORDS), object)
    same = np.array(["x"] * len(word), object)
    features = np.array([np.full((3, 2), WORDS.index(name), np.float32) for name in word])
    return ClipTable(
        path=same,
        word=word,
        speaker=same,
        split=split,
        status=np.array(["ok"] * len(word), object),
        reason=same,
        features=features,  # type: ignore[arg-type]
    )


@given(st.sets(st.text(min_size=1), min_size=1))
def test_the_halves_share_no_word_leave_none_out_and_are_as_large_as_each_other(words: set[str]) -> None:
    target = min(words)
    first, second = divide_words(words, target)
    assert not set(first) & set(second)
    assert set(first) | set(second) == words - {target}
    assert 0 <= len(first) - len(second) <= 1


@given(st.permutations(WORDS))
def test_the_division_does_not_depend_on_the_order_of_the_words(words: list[str]) -> None:
    assert divide_words(words, "zero") == divide_words(WORDS, "zero")


@given(st.sets(st.text(min_size=1), min_size=5), st.text(min_size=1))
def test_one_more_word_moves_at_most_one_other(words: set[str], added: str) -> None:
    target = min(words)
    before, after = (set(divide_words(known, target)[0]) for known in (words, words | {added}))
    assert len((before ^ after) - {added}) <= 1


def test_each_half_is_tested_by_the_run_that_hears_the_other() -> None:
    first, second = (auxiliary_split_of(WORDS, settings_of(half=half)) for half in "ab")
    assert first.seen == second.held_out
    assert first.held_out == second.seen


def test_under_one_class_every_word_is_held_out_and_none_is_heard() -> None:
    found = auxiliary_split_of(WORDS, settings_of("one-class"))
    assert (found.seen, set(found.held_out)) == ((), set(WORDS) - {"zero"})
    assert auxiliary_clips(table_of(), settings_of("one-class")) is None


@pytest.mark.parametrize("half", ["a", "b"])
def test_only_train_clips_of_the_half_that_is_heard_are_given_to_the_detector(half: str) -> None:
    settings = settings_of(half=half)
    clips = auxiliary_clips(table_of(n_train=12), settings)
    assert clips is not None
    seen = auxiliary_split_of(WORDS, settings).seen
    assert {WORDS[int(number)] for number in np.unique(clips)} == set(seen)
    assert len(clips) == 12 * len(seen)


def test_three_other_words_are_too_few() -> None:
    with pytest.raises(PipelineError, match="at least 4 words beside 'zero', and the corpus has 3"):
        auxiliary_split_of(WORDS[:4], settings_of())


def test_too_few_clips_are_refused_with_both_numbers() -> None:
    with pytest.raises(PipelineError, match="2 auxiliary words have 18 usable train clips, and at least 20"):
        auxiliary_clips(table_of(n_train=9), settings_of())


@pytest.mark.parametrize(("kind", "with_background"), [("flow", True), ("frames", False)])
def test_a_detector_without_a_background_model_is_refused(kind: str, with_background: bool) -> None:
    settings = settings_of()
    changed = {"kind": kind, "with_background": with_background}
    settings = settings.model_copy(update={"model": settings.model.model_copy(update=changed)})
    with pytest.raises(ConfigurationError, match=f"needs a background model, and model.kind='{kind}'"):
        auxiliary_clips(table_of(), settings)


def test_one_flow_refuses_auxiliary_clips() -> None:
    from models.clips.detector import FlowDetector
    from models.flows.architecture import FlowArchitecture
    from models.flows.fitting.options import FitOptions

    detector = FlowDetector((3,), architecture=FlowArchitecture(n_layers=1, hidden_units=(4,)), seed=0)
    clips = np.zeros((5, 3), np.float32)
    with pytest.raises(ValueError, match="no background model to fit to the 5 auxiliary clips"):
        detector.fit(clips, clips, FitOptions(), monitored={}, on_epoch=lambda epoch: None, auxiliary=clips)


@pytest.fixture(scope="module")
def five_words(tmp_path_factory: pytest.TempPathFactory, tiny_corpus: Path) -> Path:
    """The tiny corpus and a fifth word, so that there are two halves."""
    root = tmp_path_factory.mktemp("five") / "words"
    shutil.copytree(tiny_corpus, root)
    generator = np.random.default_rng(5)
    for clip in sorted((tiny_corpus / "two").glob("*.wav")):
        write_clip(root / "four" / clip.name, spoken("two", 1, generator)[::-1])
    return root


def test_a_run_evaluates_the_held_out_words_alone_and_names_those_it_heard(
    five_words: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.detection.auxiliary.MIN_CLIPS", 4)
    options = [option for option in QUICK if not option.startswith("--preset") and "hidden" not in option]
    options.append('--set=model.views=["levels"]')
    quick = ["--set=model.hidden_units=[8]", "--set=model.n_copies=1", "--set=training.protocol=auxiliary"]
    run = tmp_path / "run"
    ended = call("evaluate", f"--corpus={five_words}", f"--target={TARGET}", *options, *quick, f"--run={run}")
    assert ended.status == 0, ended.err
    metrics = json.loads((run / "metrics.json").read_text("utf-8"))
    seen, held_out = divide_words([*FORMANTS, "four"], TARGET)
    assert metrics["protocol"] == "auxiliary"
    assert metrics["auxiliary_words"] == list(seen)
    assert sorted(metrics["words"]) == list(held_out)
    assert sorted(metrics["baselines"]["gaussian"]["words"]) == list(held_out)
    assert json.loads((run / "model" / "model.json").read_text("utf-8"))["protocol"] == "auxiliary"


def test_a_run_with_too_few_words_ends_with_one_sentence_and_no_model(
    small_corpus: Callable[..., Path], tmp_path: Path
) -> None:
    run = tmp_path / "run"
    ended = call(
        "train",
        f"--corpus={small_corpus()}",
        f"--target={TARGET}",
        "--set=training.protocol=auxiliary",
        f"--run={run}",
    )
    assert ended.status == 1
    assert "needs at least 4 words beside 'zero', and the corpus has 3" in ended.error
    assert not (run / "model").exists()
