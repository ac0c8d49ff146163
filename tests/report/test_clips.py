"""Are the right clips shown, with what a person needs to judge them?"""

import base64
import io
import math
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import ArtefactError
from pipeline.files.artefacts import read_json, write_json
from pipeline.files.tables import read_table, write_table
from pipeline.html.media import embed_clip
from pipeline.report.clips import list_clips
from pipeline.report.drawings.curves import best_epoch
from pipeline.report.drawings.roc import roc_curve
from pipeline.report.explanations import Explanations
from pipeline.report.page import build_report
from pipeline.runs.finished import read_run
from tests.report.page_tags import tags_of
from tests.report.report_run import write_run
from tests.simulated_clips import SimulatedClip, simulated_clips, write_sounds


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[SimulatedClip]]:
    """Return a corpus folder with sounds, and its clips."""
    root = tmp_path_factory.mktemp("corpus")
    clips = simulated_clips(["bird", "cat", "happy"], "happy", 48, 12)
    write_sounds(root, clips)
    return root, clips


def test_each_card_holds_the_window_that_the_model_heard(
    tmp_path: Path, corpus: tuple[Path, list[SimulatedClip]]
) -> None:
    import soundfile

    root, clips = corpus
    settings = write_run(tmp_path, clips, "happy", corpus_root=root)
    sources = [
        attributes["src"] or ""
        for tag, attributes in tags_of(build_report(tmp_path, root, settings))
        if tag == "audio"
    ]
    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(sources[0].partition(",")[2])))
    assert (len(sources), len(samples), rate) == (6, 16_000, 16_000)


def test_the_strangest_clip_comes_first(tmp_path: Path, corpus: tuple[Path, list[SimulatedClip]]) -> None:
    root, clips = corpus
    page = build_report(tmp_path, root, write_run(tmp_path, clips, "happy", corpus_root=root))
    scores = read_run(tmp_path, "happy").scores
    tested = (scores.word == "happy") & (scores.split == "test")
    strangest = scores.path[tested][np.argmax(scores.score[tested])]
    first = page[page.index('id="strangest-1"') : page.index('id="strangest-2"')]
    assert strangest in first


def test_no_clip_of_the_target_that_was_fitted_to_is_listed_as_strange(tmp_path: Path) -> None:
    settings = write_run(tmp_path, simulated_clips(["cat", "happy"], "happy", 40, 12), "happy", n_cards=99)
    run = read_run(tmp_path, "happy")
    lists, _, _ = list_clips(run, Explanations(), None, settings)
    assert {card.split for card in lists["strangest"].cards} == {"test"}
    assert len(lists["strangest"].cards) == 10


def test_a_word_that_the_background_heard_is_not_listed_as_one_that_passes_for_the_target(
    tmp_path: Path,
) -> None:
    clips = simulated_clips(["bird", "cat", "happy"], "happy", 40, 12)
    settings = write_run(tmp_path, clips, "happy", n_cards=99)
    metrics = read_json(tmp_path / "metrics.json")
    write_json(tmp_path / "metrics.json", metrics | {"auxiliary_words": ["bird"]})
    lists, _, _ = list_clips(read_run(tmp_path, "happy"), Explanations(), None, settings)
    assert {card.word for card in lists["target-like"].cards} == {"cat"}


@pytest.mark.parametrize(
    ("path", "damage", "said"),
    [
        ("gone.wav", "none", "The file is gone from the corpus folder."),
        ("../outside.wav", "none", "The path leads out of the corpus folder and was not opened."),
        ("junk.wav", "junk", "The file can no longer be read"),
        ("changed.wav", "changed", "The file has changed since the run, so it is not shown."),
    ],
)
def test_a_clip_that_cannot_be_played_says_why(tmp_path: Path, path: str, damage: str, said: str) -> None:
    root, run = tmp_path / "corpus", tmp_path / "run"
    root.mkdir()
    clips = simulated_clips(["cat", "happy"], "happy", 40, 12) + [
        SimulatedClip(path, "happy", "someone", "test")
    ]
    write_sounds(
        root, [SimulatedClip("../outside.wav", "", "", ""), SimulatedClip("changed.wav", "", "", "")], seed=1
    )
    settings = write_run(run, clips, "happy", corpus_root=root)
    if damage == "changed":
        write_sounds(root, [SimulatedClip("changed.wav", "", "", "")], seed=2)
    elif damage == "junk":
        (root / path).write_bytes(b"this is no sound at all")

    digest = read_run(run, "happy").digests[path]
    assert said in embed_clip(root, path, sha256=digest, sample_rate=16_000, duration_seconds=1.0).problem
    assert "cannot be played" in build_report(run, root, settings)


def test_roc_area_equals_the_share_of_correctly_ordered_pairs() -> None:
    rng = np.random.default_rng(0)
    normal, strange = rng.integers(0, 8, 40).astype(float), rng.integers(2, 10, 30).astype(float)
    false_alarms, hits = roc_curve(normal, strange)
    pairs = (strange[:, None] > normal).mean() + 0.5 * (strange[:, None] == normal).mean()
    assert np.trapezoid(hits, false_alarms) == pytest.approx(
        pairs, abs=1e-12
    )  # both are sums of exact fractions


def test_the_best_epoch_is_chosen_by_validation_and_never_by_test() -> None:
    history = {"epoch": np.array([1.0, 2.0, 3.0]), "test": np.array([1.0, 2.0, 9.0])}
    assert best_epoch(history) is None
    assert best_epoch(history | {"validation": np.array([1.0, 5.0, math.nan])}) == 2


def test_terms_of_a_score_are_shown_as_excess_that_sums_to_the_score(tmp_path: Path) -> None:

    settings = write_run(tmp_path, simulated_clips(["cat", "happy"], "happy", 40, 12), "happy")
    run = read_run(tmp_path, "happy")
    card = list_clips(run, Explanations(), None, settings)[0]["strangest"].cards[0]
    assert sum(term.excess for term in card.terms) == pytest.approx(card.score - run.target_scores.mean())


def test_the_validation_curve_beside_the_model_joins_the_history(tmp_path: Path) -> None:
    write_run(tmp_path, simulated_clips(["cat", "happy"], "happy", 40, 12), "happy")
    (tmp_path / "history.csv").write_text("epoch,batch,test\n1,-5,-6\n2,-3,-4\n")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "validation.csv").write_text("epoch,validation,is_best\n1,-4,1\n2,-7,0\n")
    assert best_epoch(read_run(tmp_path, "happy").history) == 1


def test_a_validation_curve_of_another_training_is_refused(tmp_path: Path) -> None:
    write_run(tmp_path, simulated_clips(["cat", "happy"], "happy", 40, 12), "happy")
    (tmp_path / "history.csv").write_text("epoch,batch,test\n1,-5,-6\n2,-3,-4\n")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "validation.csv").write_text("epoch,validation,is_best\n1,-4,1\n")
    with pytest.raises(ArtefactError, match="history.csv has 2 epochs and model/validation.csv 1"):
        read_run(tmp_path, "happy")


def test_one_clip_without_a_finite_likelihood_flattens_no_other_bar(tmp_path: Path) -> None:
    settings = write_run(tmp_path, simulated_clips(["cat", "happy"], "happy", 80, 12), "happy")
    columns = read_table(tmp_path / "scores.parquet")
    row = next(
        i for i, word in enumerate(columns["word"]) if word == "happy" and columns["split"][i] == "test"
    )
    for name in columns:
        if name == "score" or name.startswith("term_"):
            columns[name][row] = 1e9
    columns["tags"][row] = "non_finite"
    write_table(tmp_path / "scores.parquet", columns)
    cards = list_clips(read_run(tmp_path, "happy"), Explanations(), None, settings)[0]["strangest"].cards
    assert cards[0].score == 1e9
    assert max(term.length for card in cards[1:] for term in card.terms) > 20
