"""Do verdicts reach the model and the figures, and only when they are asked for and change something?"""

import json
from pathlib import Path

import pytest

from pipeline.detection.trained import read_fitted_rows
from pipeline.files.artefacts import read_json
from pipeline.files.tables import read_table
from pipeline.verdicts.store import VerdictStore
from tests.command import call, contents
from tests.conftest import FinishedRun
from tests.tiny_corpus import TARGET


def judge(folder: Path, run: Path, kind: str, *rows: int, word: str = "", reviewer: str = "Anna") -> Path:
    """Judge clips of a run, by their row of the manifest, and return the file of verdicts."""
    manifest = read_table(run / "manifest.parquet")
    store = VerdictStore(folder / "verdicts.sqlite", create=True)
    for row in rows:
        store.add(
            sha256=manifest["sha256"][row],
            kind=kind,
            word=word,
            reviewer=reviewer,
            path=manifest["path"][row],
            label=manifest["word"][row],
        )
    store.close()
    return store.path


def rows_of(run: Path, *, split: str, is_target: bool) -> list[int]:
    manifest = read_table(run / "manifest.parquet")
    rows = enumerate(zip(manifest["word"], manifest["split"], strict=True))
    return [row for row, (word, its) in rows if its == split and (word == TARGET) == is_target]


def test_verdicts_make_the_model_again_once_and_their_figures_stand_in_the_metrics(
    own_run: FinishedRun, tmp_path: Path
) -> None:
    before = read_json(own_run.path / "metrics.json")
    train = rows_of(own_run.path, split="train", is_target=True)
    (test, *_) = rows_of(own_run.path, split="test", is_target=True)
    store = judge(tmp_path, own_run.path, "noise", *train[:2], test)
    judge(tmp_path, own_run.path, "normal", train[2])
    (joining, *_) = rows_of(own_run.path, split="train", is_target=False)
    judge(tmp_path, own_run.path, "wrong-label", joining, word=TARGET)

    ended = own_run.call("evaluate", f"--verdicts={store}")
    assert ended.status == 0, ended.err
    assert "train: running, verdicts changed" in ended.err
    note = (
        f"by verdicts, 2 clips of '{TARGET}' are left out of the fit (2 noise), and 1 of other words join it"
    )
    assert note in ended.err
    metrics = read_json(own_run.path / "metrics.json")
    assert metrics["n_train"] == before["n_train"] - 2 + 1
    # The simpler detectors beside it learn from the same clips.
    assert read_fitted_rows(own_run.path).tolist() == sorted([*train[2:], joining])
    assert metrics["baselines"]["knn"] != before["baselines"]["knn"]
    assert metrics["protocol"] == "one-class, labels reviewed"
    assert metrics["n_test_target"] == before["n_test_target"]
    review = metrics["review"]
    assert (review["n_verdicts"], review["n_clips"], review["reviewers"]) == (5, 5, 1)
    assert review["fit"] == {"n_left_out": 2, "n_joined": 1, "n_disputed": 0}
    everything = review["precision_at"][-1]
    assert (everything["n_judged"], everything["n_bad"], everything["precision"]) == (4, 3, 0.75)

    again = own_run.call("evaluate", f"--verdicts={store}")
    assert ": running" not in again.err

    # A verdict on a test clip changes figures, and never what is learned.
    judge(tmp_path, own_run.path, "noise", rows_of(own_run.path, split="test", is_target=True)[1])
    more = own_run.call("evaluate", f"--verdicts={store}")
    assert "train: skipped" in more.err
    assert "evaluate: running, verdicts changed" in more.err


def test_without_the_option_verdicts_change_nothing(own_run: FinishedRun, tmp_path: Path) -> None:
    judge(tmp_path, own_run.path, "noise", rows_of(own_run.path, split="train", is_target=True)[0])
    before = contents(own_run.path)
    assert ": running" not in own_run.call("evaluate").err
    assert contents(own_run.path) == before
    assert "review" not in read_json(own_run.path / "metrics.json")


def test_verdicts_that_leave_the_fit_as_it_is_do_not_make_the_model_again(
    own_run: FinishedRun, tmp_path: Path
) -> None:
    train = rows_of(own_run.path, split="train", is_target=True)
    store = judge(tmp_path, own_run.path, "normal", *train[:3])
    judge(tmp_path, own_run.path, "noise", train[0], reviewer="Ben")  # disputed
    ended = own_run.call("train", f"--verdicts={store}")
    assert ended.status == 0
    assert "train: skipped" in ended.err


def test_verdicts_that_are_not_there_are_an_error_and_change_nothing(
    own_run: FinishedRun, tmp_path: Path
) -> None:
    before = contents(own_run.path)
    ended = own_run.call("train", f"--verdicts={tmp_path / 'gone.sqlite'}")
    assert ended.status == 1
    assert "no verdicts stand at" in ended.error
    assert contents(own_run.path) == before
    assert not (tmp_path / "gone.sqlite").exists()


def test_damaged_verdicts_end_with_status_4(own_run: FinishedRun, tmp_path: Path) -> None:
    (tmp_path / "verdicts.sqlite").write_bytes(b"damaged " * 1_000)
    ended = own_run.call("train", f"--verdicts={tmp_path / 'verdicts.sqlite'}")
    assert ended.status == 4
    assert "holds no verdicts that can be read" in ended.error


# The verb.


@pytest.fixture
def store_path(tmp_path: Path) -> Path:
    """Return a file with two verdicts that stand, of two reviewers on one clip, and a withdrawn one."""
    store = VerdictStore(tmp_path / "verdicts.sqlite", create=True)
    store.add(sha256="1" * 64, kind="normal", reviewer="Anna", path="bed/\x1b[31m1.wav", label="bed")
    store.add(sha256="2" * 64, kind="noise", reviewer="Anna")
    store.withdraw_last("Anna")
    store.add(sha256="1" * 64, kind="wrong-label", word="cat", reviewer="Ben", path="bed/1.wav")
    store.close()
    return store.path


def test_the_list_shows_what_stands_and_how_reviewers_agree(store_path: Path) -> None:
    ended = call("verdicts", "list", store_path)
    assert (ended.status, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert len(lines) == 5
    assert "2 verdicts on 1 clips: 1 normal, 1 wrong-label" in lines[3]
    assert (
        lines[4]
        == "Anna and Ben agree on 0% of 1 clips that both judged, kappa 0.00 (95 % interval 0.00 to 0.79)"
    )


def test_the_list_cannot_steer_a_terminal(store_path: Path) -> None:
    assert "\x1b" not in call("verdicts", "list", store_path).out


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_what_is_exported_can_be_imported_elsewhere(store_path: Path, tmp_path: Path, kind: str) -> None:
    file, other = tmp_path / f"out.{kind}", tmp_path / "other" / "verdicts.sqlite"
    assert call("verdicts", "export", file, f"--verdicts={store_path}").out == f"{file}: 4 rows\n"
    for added, known in ((4, 0), (0, 4)):
        ended = call("verdicts", "import", file, f"--verdicts={other}")
        assert ended.out == f"{other}: {added} rows added, {known} were known\n"
    assert call("verdicts", "list", other).out == call("verdicts", "list", store_path).out


def test_an_export_replaces_a_file_only_by_force(store_path: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    file.write_text("notes of an afternoon", "utf-8")
    ended = call("verdicts", "export", file, f"--verdicts={store_path}")
    assert ended.status == 1
    assert "exists" in ended.error and "--force" in ended.error
    assert file.read_text("utf-8") == "notes of an afternoon"
    assert call("verdicts", "export", file, f"--verdicts={store_path}", "--force").out == f"{file}: 4 rows\n"
    assert file.read_text("utf-8") != "notes of an afternoon"


def test_a_damaged_line_ends_with_its_number(store_path: Path, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("\n{}\n" + json.dumps({}), "utf-8")
    ended = call("verdicts", "import", tmp_path / "in.jsonl", f"--verdicts={store_path}")
    assert ended.status == 1
    assert "in.jsonl, line 2: 'uid' is missing" in ended.error


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("export", "out.xlsx"), 2),
        (("import", "gone.csv"), 2),
        (("list", "gone.sqlite"), 1),
        (("export",), 2),
        (("forget",), 2),
    ],
)
def test_wrong_usage_is_an_error_in_words(
    arguments: tuple[str, ...], status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = call("verdicts", *arguments)
    assert ended.status == status
    assert ended.error
    assert not list(tmp_path.iterdir())
