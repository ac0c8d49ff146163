"""Does a second call do only what changed, and say why it skips the rest?"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.runs import CONFIG_NAME
from pipeline.settings import read_settings
from tests.command import ROOT, call, contents
from tests.conftest import FinishedRun


def stages_run(err: str) -> dict[str, str]:
    """Return for each stage why it ran; a skipped one is not in it."""
    lines = [line.split(": running, ", 1) for line in err.splitlines() if ": running, " in line]
    return dict(lines)


def test_a_second_call_skips_every_stage_and_says_why(own_run: FinishedRun) -> None:
    before = contents(own_run.path)
    ended = own_run.call("evaluate")
    assert ended.status == 0
    lines = ended.err.splitlines()
    assert [line.split(": ")[0] for line in lines] == ["features", "train", "evaluate", "report"]
    assert all("skipped, nothing that it depends on has changed (" in line for line in lines)
    assert contents(own_run.path) == before


def test_a_second_call_prints_the_same_table(own_run: FinishedRun) -> None:
    again, first = (out.splitlines() for out in (own_run.call("evaluate").out, own_run.ended.out))
    assert len(first) > 8
    # The last two lines name the run folder, which is a copy here.
    assert again[:-2] == first[:-2]


def test_a_second_call_imports_no_tensorflow(own_run: FinishedRun, tmp_path: Path) -> None:
    (tmp_path / "tensorflow.py").write_text("raise ZeroDivisionError('TensorFlow was imported')\n")
    script = "import sys; sys.path.insert(0, sys.argv.pop(1)); from pipeline.commands.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), "evaluate", *own_run.options, f"--run={own_run.path}"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("override", "reasons"),
    [
        ("report.n_strangest=3", {"report": "report.n_strangest changed from 100 to 3"}),
        (
            "evaluation.alpha=0.3",
            {"evaluate": "evaluation.alpha changed from 0.2 to 0.3", "report": "evaluation changed"},
        ),
        (
            "training.max_epochs=3",
            {
                "train": "training.max_epochs changed from 2 to 3",
                "evaluate": "model changed",
                "report": "model changed",
            },
        ),
        (
            "features.n_bands=16",
            {
                "features": "features.n_bands changed from 32 to 16",
                "train": "features changed",
                "evaluate": "features changed",
                "report": "features changed",
            },
        ),
        ("features.n_workers=2", {}),
        ("features.batch_size=50", {}),
    ],
)
def test_a_changed_number_redoes_only_what_depends_on_it(
    override: str, reasons: dict[str, str], own_run: FinishedRun
) -> None:
    ended = own_run.call("evaluate", f"--set={override}")
    assert ended.status == 0, ended.err
    assert stages_run(ended.err) == reasons


def test_a_number_that_is_changed_back_gives_the_same_scores(own_run: FinishedRun) -> None:
    before = (own_run.path / "scores.csv").read_bytes()
    own_run.call("evaluate", "--set=evaluation.alpha=0.3")
    changed = (own_run.path / "scores.csv").read_bytes()
    own_run.call("evaluate")
    assert changed != before
    assert (own_run.path / "scores.csv").read_bytes() == before


def test_a_touched_clip_redoes_the_features_and_nothing_after_them(
    own_run: FinishedRun, tmp_path: Path
) -> None:
    moved = FinishedRun(
        own_run.path, Path(shutil.copytree(own_run.corpus, tmp_path / "words")), own_run.ended
    )
    clip = next(moved.corpus.rglob("*.wav"))
    os.utime(clip, ns=(0, clip.stat().st_mtime_ns + 1_000_000_000))
    ended = moved.call("evaluate")
    assert ended.status == 0
    assert stages_run(ended.err) == {"features": "corpus changed"}


def test_a_corpus_that_was_moved_is_the_same_corpus(own_run: FinishedRun, tmp_path: Path) -> None:
    moved = FinishedRun(
        own_run.path, Path(shutil.copytree(own_run.corpus, tmp_path / "words")), own_run.ended
    )
    assert stages_run(moved.call("evaluate").err) == {}


def test_a_missing_artefact_is_made_again(own_run: FinishedRun) -> None:
    before = (own_run.path / "scores.csv").read_bytes()
    (own_run.path / "scores.csv").unlink()
    ended = own_run.call("evaluate")
    assert ended.status == 0
    assert stages_run(ended.err) == {"evaluate": "scores.csv is missing"}
    assert (own_run.path / "scores.csv").read_bytes() == before


def test_the_verb_train_stops_before_scoring(own_run: FinishedRun) -> None:
    shutil.rmtree(own_run.path / "evaluation")
    ended = own_run.call("train")
    assert stages_run(ended.err) == {}
    assert ended.out == f"{own_run.path / 'model'}\n"


def test_beside_a_run_what_is_not_typed_is_the_runs_own(own_run: FinishedRun) -> None:
    before = read_settings(own_run.path / CONFIG_NAME)
    ended = call("evaluate", f"--run={own_run.path}", "--set=evaluation.alpha=0.3")
    assert ended.status == 0
    assert stages_run(ended.err) == {
        "evaluate": "evaluation.alpha changed from 0.2 to 0.3",
        "report": "evaluation changed",
    }
    after = read_settings(own_run.path / CONFIG_NAME)
    evaluation = before.evaluation.model_copy(update={"alpha": 0.3})
    assert after == before.model_copy(update={"evaluation": evaluation})


def test_another_seed_or_preset_is_of_the_runs_own_corpus_and_target(own_run: FinishedRun) -> None:
    before = read_settings(own_run.path / CONFIG_NAME)
    assert call("train", f"--run={own_run.path}", "--seed=1").status == 0
    assert read_settings(own_run.path / CONFIG_NAME) == before.model_copy(update={"seed": 1})
    assert (
        call("features", f"--run={own_run.path}", "--preset=logmel", "--set=features.n_workers=1").status == 0
    )
    after = read_settings(own_run.path / CONFIG_NAME)
    assert (after.corpus, after.target, after.preset, after.seed) == (
        before.corpus,
        before.target,
        "logmel",
        1,
    )
    assert after.model.n_layers == 3  # of the preset's page; the run's own had 1
