"""Does the ladder run its rungs as its table says, once, and say what failed?"""

import dataclasses
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.detection.ladder import __main__ as ladder, rungs as rungs_module
from benchmarks.detection.ladder.figures import WELL_TESTED, WordFigures, of_words, summary
from benchmarks.detection.ladder.other_rows import pyod
from benchmarks.detection.ladder.rungs import RUNGS, Rung, available, missing_of
from benchmarks.detection.ladder.runs import Absent, Place
from benchmarks.detection.ladder.table import as_markdown, row
from pipeline.errors import PipelineError
from pipeline.files.artefacts import read_json
from pipeline.settings.presets import PRESETS, resolve_settings
from tests.tiny_corpus import FORMANTS, TARGET

QUICK = (
    "--set=model.n_layers=1",
    "--set=model.hidden_units=[8]",
    "--set=training.max_epochs=2",
    "--set=evaluation.n_bootstrap=100",
    "--set=features.n_workers=1",
)


@pytest.mark.parametrize("rung", RUNGS, ids=lambda rung: rung.name)
def test_every_rung_is_a_page_of_settings_or_says_what_this_version_lacks(rung: Rung) -> None:
    if missing_of(rung):
        assert rung.preset not in PRESETS or "setting" in missing_of(rung)
    else:
        assert resolve_settings(rung.preset, rung.overrides).protocol == rung.protocol


def test_the_rungs_are_run_in_the_ladders_order() -> None:
    found, missing = available(["default", "published"])
    assert [rung.name for rung in found] == ["published", "default"]
    assert not missing


def test_an_unknown_rung_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="rung 'alinged' is unknown; use some of published, frozen"):
        available(["alinged"])


def test_a_rung_whose_preset_is_absent_is_left_out_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = dataclasses.replace(RUNGS[0], name="odd", preset="nowhere")
    monkeypatch.setattr(rungs_module, "RUNGS", (odd,))
    assert available(["odd"]) == ((), {"odd": "this version has no preset 'nowhere'"})


def test_a_word_whose_every_clip_is_stranger_has_an_auroc_of_one_and_does_not_outrank() -> None:
    found = of_words(["a", "a", "b", "b"], np.array([0.0, 1.0, 2.0, 3.0]), "a")
    assert found == {"b": WordFigures(n=2, auroc=1.0, outranks=False)}
    assert of_words(["a", "b"], np.array([1.0, 0.0]), "a")["b"] == WordFigures(n=1, auroc=0.0, outranks=True)


def test_a_floored_score_ranks_its_clip_and_is_in_no_mean() -> None:
    score, finite = np.array([0.0, 2.0, 1.0, 1e9]), np.array([True, True, True, False])
    found = of_words(["a", "a", "b", "b"], score, "a", is_finite=finite)["b"]
    # 3 of 4 pairs are won; the mean of b's finite clip equals a's mean.
    assert (found.auroc, found.outranks) == (0.75, False)


def test_figures_need_clips_of_the_target_and_of_another_word() -> None:
    with pytest.raises(PipelineError, match="2 of 2 test clips are of 'a'"):
        of_words(["a", "a"], np.zeros(2), "a")


def test_the_worst_well_tested_word_has_ten_clips_or_more() -> None:
    words = {
        "few": WordFigures(n=WELL_TESTED - 1, auroc=0.2, outranks=True),
        "many": WordFigures(n=WELL_TESTED, auroc=0.9, outranks=False),
    }
    found = summary(words)
    assert (found["worst_word"], found["worst_auroc"], found["worst_well_tested_auroc"]) == ("few", 0.2, 0.9)
    assert (found["macro_auroc"], found["words_outranking_target"]) == (pytest.approx(0.55), 1)


def test_protocols_stand_in_tables_of_their_own() -> None:
    figures = [summary({"b": WordFigures(n=20, auroc=value, outranks=False)}) for value in (0.8, 0.9)]
    rows = [
        row(block, block, "a note", seeds=[0, 1], figures=figures, seconds=[3.0, 5.0])
        for block in ("supervised", "one-class", "auxiliary")
    ]
    tables = as_markdown(rows, WELL_TESTED).split("\n\n")
    assert [table[: table.index(":")] for table in tables[::2]] == ["One-class", "Auxiliary", "Supervised"]
    for block, table in zip(("one-class", "auxiliary", "supervised"), tables[1::2], strict=True):
        (line,) = table.splitlines()[2:]
        assert line.startswith(f"| {block} | 2 | 0.850 (0.800 to 0.900) | ")
        assert "| 0 of 1 | 4 | a note |" in line


def test_a_failed_row_shows_its_sentence_and_no_figure() -> None:
    (line,) = as_markdown([row("x", "one-class", "", failed="no | luck")], 10).splitlines()[-1:]
    assert line.startswith("| x | | failed: no \\| luck |")
    (line,) = as_markdown([row("x", "one-class", "", failed="gone", is_absent=True)], 10).splitlines()[-1:]
    assert line.startswith("| x | | gone |")


@pytest.fixture(scope="module")
def climbed(tiny_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two lowest rungs and one that cannot be run, on the tiny corpus."""
    folder = tmp_path_factory.mktemp("ladder")
    status = climb(tiny_corpus, folder, "published", "frozen", "pyod", "--set=model.n_bins=4")
    assert status == 1
    return folder


def climb(corpus: Path, folder: Path, *more: str) -> int:
    rungs = [name for name in more if not name.startswith("--")]
    return ladder.main(
        [
            f"--corpus={corpus}",
            f"--target={TARGET}",
            "--seeds=0",
            f"--runs={folder / 'runs'}",
            f"--out={folder / 'ladder.json'}",
            f"--pyod-python={folder / 'no-python'}",
            *(name for name in more if name.startswith("--")),
            *QUICK,
            "--rungs",
            *rungs,
        ]
    )


def entries(folder: Path) -> dict[str, dict]:
    return {entry["name"]: entry for entry in read_json(folder / "ladder.json")["rows"]}


def test_a_rungs_figures_are_those_of_its_run(climbed: Path) -> None:
    (figures,) = entries(climbed)["frozen"]["figures"]
    (run,) = [path for path in (climbed / "runs").iterdir() if (path / "metrics.json").is_file()]
    metrics = read_json(run / "metrics.json")
    assert metrics["preset"] == "legacy"
    for name in ("macro_auroc", "worst_auroc", "words_outranking_target"):
        assert figures[name] == pytest.approx(metrics[name])
    assert figures["worst_word"] == metrics["worst_word"]
    assert {word: found["n"] for word, found in figures["words"].items()} == {
        word: found["n"] for word, found in metrics["words"].items()
    }


def test_rungs_with_the_same_features_share_them(climbed: Path) -> None:
    stored = {path.stat().st_ino for path in (climbed / "runs").glob("*/features/features.npy")}
    n_runs = len(list((climbed / "runs").glob("*/features")))
    # Two folders of the legacy features, and one that PyOD asked for.
    assert (n_runs, len(stored)) == (3, 2)


def test_live_batch_statistics_change_the_scores(climbed: Path) -> None:
    found = entries(climbed)
    published, frozen = (found[name]["figures"][0]["words"] for name in ("published", "frozen"))
    assert set(published) == set(frozen) == set(FORMANTS) - {TARGET}
    assert published != frozen


def test_what_fails_is_a_row_with_its_reason(climbed: Path) -> None:
    failed = entries(climbed)["pyod"]
    assert failed["failed"].endswith(
        "cannot be started: No such file or directory; name another with --pyod-python"
    )
    assert failed["figures"] == []


def test_a_second_call_runs_nothing_anew(climbed: Path, tiny_corpus: Path) -> None:
    def weights() -> dict[Path, tuple[int, int]]:
        kept = [
            *climbed.rglob("weights.npz"),
            *climbed.rglob("scores.parquet"),
            *climbed.rglob("*-live-*.parquet"),
        ]
        return {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in kept}

    before = weights()
    assert len(before) == 3
    climb(tiny_corpus, climbed, "published", "frozen", "pyod", "--set=model.n_bins=4")
    assert weights() == before


def test_pyods_scores_become_each_words_figures(climbed: Path, tiny_corpus: Path, tmp_path: Path) -> None:
    """A stand-in answers as PyOD's process does: the clips of one word are the strangest."""
    stand_in = tmp_path / "python"
    stand_in.write_text(
        f"#!{sys.executable}\n"
        "import json, sys\n"
        "asked = json.load(sys.stdin)\n"
        "assert all('/zero/' in path for path in asked['train'])\n"
        "score = [float('/one/' in path) for path in asked['test']]\n"
        "json.dump({'score': score, 'seconds': {'fit': 2.5}}, sys.stdout)\n"
    )
    os.chmod(stand_in, 0o755)
    place = Place(
        corpus=str(tiny_corpus), target=TARGET, runs=climbed / "runs", overrides=("features.n_workers=1",)
    )
    words, seconds = pyod(place, str(stand_in))
    assert {word: figures.auroc for word, figures in words.items()} == {"one": 1.0, "two": 0.5, "three": 0.5}
    assert seconds == 2.5


def test_an_interpreter_without_pyod_is_named_as_such(
    climbed: Path, tiny_corpus: Path, tmp_path: Path
) -> None:
    bare = tmp_path / "python"
    bare.write_text(f"#!/bin/sh\ncat > /dev/null\necho '{json.dumps({'absent': 'No module named pyod'})}'\n")
    os.chmod(bare, 0o755)
    place = Place(corpus=str(tiny_corpus), target="one", runs=climbed / "runs")
    with pytest.raises(Absent, match="not installed: make bench installs it"):
        pyod(place, str(bare))
