"""What does a user who types ``sweep`` see, and what stands in the run afterwards?"""

import csv
import shutil
from pathlib import Path

import pytest

from pipeline.files.artefacts import read_json
from pipeline.files.tables import read_table
from pipeline.processes import working_with
from pipeline.settings import resolve_settings
from tests.command import QUICK, Ended, call, contents, flip_a_bit
from tests.recording_engine import RecordingEngine
from tests.tiny_corpus import FORMANTS, N_OTHER, N_TARGET, TARGET

OPTIONS = (*QUICK, "--set=sweep.least_clips=12", "--set=sweep.n_listed=4", "--set=sweep.n_shown=3")

ENGINE = RecordingEngine()


@pytest.fixture(scope="module")
def corpus(tiny_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny corpus with one more class of two clips, and a clip of the target under another name."""
    root = Path(shutil.copytree(tiny_corpus, tmp_path_factory.mktemp("swept") / "words"))
    (root / "few").mkdir()
    for path in sorted((root / "one").iterdir())[:2]:
        shutil.copy(path, root / "few" / path.name.replace("_nohash_", "_nohash_9"))
    moved = min((root / TARGET).iterdir())
    moved.rename(root / "two" / moved.name.replace("_nohash_", "_nohash_8"))
    return root


@pytest.fixture(scope="module")
def swept(corpus: Path) -> tuple[Path, Ended]:
    """One sweep; never changed by a test."""
    run = corpus.parent / "run"
    with working_with(ENGINE):
        return run, call("sweep", f"--corpus={corpus}", f"--run={run}", *OPTIONS)


def test_a_sweep_ends_well_and_names_page_and_list_last(swept: tuple[Path, Ended]) -> None:
    run, ended = swept
    assert ended.status == 0, ended.err
    page, listed = ended.out.splitlines()[-2:]
    assert page == f"page: {run / 'sweep' / 'index.html'}"
    assert listed == f"sweep: {run / 'sweep' / 'sweep.csv'}"
    assert "when to stop: " in ended.out
    assert "1 of them too small to learn: few" in ended.out


def test_each_fold_is_one_task_of_the_engine(swept: tuple[Path, Ended]) -> None:
    n_folds = resolve_settings("fft").sweep.n_folds
    assert ENGINE.n_batches == {"_extract_rows": 1, "_scores_of": n_folds}


def test_the_list_holds_every_clip_of_every_class_in_order(swept: tuple[Path, Ended]) -> None:
    columns = read_table(swept[0] / "sweep" / "sweep.parquet")
    assert len(set(columns["path"])) == N_TARGET + N_OTHER * (len(FORMANTS) - 1) + 2
    assert set(columns["word"]) == {*FORMANTS, "few"}
    assert columns["rank"] == list(range(1, len(columns["path"]) + 1))
    assert columns["probability_wrong"] == sorted(columns["probability_wrong"], reverse=True)
    shares = columns["expected_precision"]
    assert shares == sorted(shares, reverse=True)
    with open(swept[0] / "sweep" / "sweep.csv", newline="") as file:
        assert [row["path"] for row in csv.DictReader(file)] == columns["path"]


def test_a_clip_under_another_name_stands_before_the_clips_of_that_name(swept: tuple[Path, Ended]) -> None:
    columns = read_table(swept[0] / "sweep" / "sweep.parquet")
    two = [path for path in columns["path"] if path.startswith("two/")]
    assert "_nohash_8" in two[0]


def test_the_figures_name_every_class_and_those_too_small(swept: tuple[Path, Ended]) -> None:
    figures = read_json(swept[0] / "sweep" / "sweep.json")
    assert figures["too_small"] == ["few"]
    assert figures["classes"][-1]["word"] == "few"
    assert figures["classes"][-1]["auroc"] is None
    assert {page["word"] for page in figures["classes"]} == {*FORMANTS, "few"}
    wrong = read_table(swept[0] / "sweep" / "sweep.parquet")["probability_wrong"]
    assert figures["judge_down_to"] == sum(value >= figures["least_precision"] for value in wrong)


def test_the_page_shows_classes_and_clips_and_asks_no_network(swept: tuple[Path, Ended]) -> None:
    page = (swept[0] / "sweep" / "index.html").read_text()
    assert "Which classes are well told apart?" in page
    assert page.count("<audio") <= 3
    assert "http:" not in page
    assert "https:" not in page


def test_a_second_call_only_prints(swept: tuple[Path, Ended], corpus: Path) -> None:
    run, first = swept
    before = contents(run)
    again = call("sweep", f"--corpus={corpus}", f"--run={run}", *OPTIONS)
    assert again.out == first.out
    assert "sweep: skipped" in again.err
    assert contents(run) == before


def test_a_run_alone_is_swept_by_its_own_settings(swept: tuple[Path, Ended]) -> None:
    run, first = swept
    again = call("sweep", f"--run={run}")
    assert again.status == 0, again.err
    assert again.out == first.out


def test_a_killed_sweep_goes_on_with_the_folds_that_are_left_to_the_same_list(
    swept: tuple[Path, Ended], corpus: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from pipeline.sweep import stage

    run = Path(shutil.copytree(swept[0], tmp_path / "run"))
    shutil.rmtree(run / "sweep")
    score, n_calls = stage.score_fold, 0

    def third_is_killed(*given: object) -> object:
        nonlocal n_calls
        n_calls += 1
        if n_calls == 3:
            raise KeyboardInterrupt
        return score(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(stage, "score_fold", third_is_killed)
    options = (f"--corpus={corpus}", f"--run={run}", *OPTIONS)
    assert call("sweep", *options).status == 130
    monkeypatch.setattr(stage, "score_fold", score)
    ended = call("sweep", *options)
    assert ended.status == 0, ended.err
    assert "fold 2 of 5: skipped, it was done before" in ended.err
    assert "fold 3 of 5: done" in ended.err
    for name in ("sweep.csv", "sweep.json"):
        assert (run / "sweep" / name).read_bytes() == (swept[0] / "sweep" / name).read_bytes()
    assert not (run / "sweep_folds").exists()


def test_damage_is_told(swept: tuple[Path, Ended], corpus: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(swept[0], tmp_path / "run"))
    flip_a_bit(run / "sweep" / "sweep.csv")
    ended = call("sweep", f"--corpus={corpus}", f"--run={run}", *OPTIONS)
    assert ended.status == 4
    assert "sweep.csv is damaged" in ended.error


def test_kinds_that_are_never_compared_are_refused() -> None:
    ended = call("sweep", "--corpus=machines")
    assert ended.status == 2
    assert "never compared" in ended.error
