"""Do the verbs work on a corpus of one class alone, and say in one sentence what it lacks?"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.files import tables
from tests.command import QUICK, call
from tests.conftest import FinishedRun
from tests.tiny_corpus import TARGET, speakers_of


def test_a_second_call_makes_nothing_again(one_class_run: FinishedRun) -> None:
    ended = one_class_run.call("evaluate")
    assert (ended.status, ended.out) == (0, one_class_run.ended.out)
    assert ended.err.count("skipped, nothing that it depends on has changed") == 4


def test_a_run_of_one_class_is_whole(one_class_run: FinishedRun) -> None:
    ended = call("verify", f"--run={one_class_run.path}")
    assert ended.status == 0, ended.err
    assert [line.split(":")[0] for line in ended.out.splitlines()[1:]] == [
        "features",
        "model",
        "evaluation",
        "report",
    ]


def test_bare_files_get_the_scores_of_the_run(one_class_run: FinishedRun) -> None:
    scores = tables.read_table(one_class_run.path / "scores.parquet")
    files = [str(one_class_run.corpus / path) for path in scores["path"][:3]]
    ended = call("score", f"--run={one_class_run.path}", *files)
    assert ended.status == 0, ended.err
    lines = [json.loads(line) for line in ended.out.splitlines()]
    # The flow is compiled for another number of clips, so the last digits may differ.
    assert [line["score"] for line in lines] == pytest.approx(scores["score"][:3], rel=1e-5)
    assert [line["p_value"] for line in lines] == scores["p_value"][:3]


def test_a_clip_that_cannot_be_used_is_counted(small_corpus: Callable[..., Path], tmp_path: Path) -> None:
    corpus = small_corpus(n_other=0)
    (corpus / TARGET / f"{speakers_of('train')[0]}_nohash_0.wav").write_bytes(b"RIFF")
    ended = call("evaluate", f"--corpus={corpus}", f"--run={tmp_path / 'run'}", *QUICK)
    assert ended.status == 3, ended.err
    assert "done, but 1 clips were set aside" in ended.err
    page = (tmp_path / "run" / "report" / "index.html").read_text("utf-8")
    assert "1 clip could not be used" in page


@pytest.mark.parametrize(
    ("n_train", "n_validation", "n_test", "told"),
    [
        (19, 6, 6, "19 usable train clips, and at least 20 are needed"),
        (20, 1, 6, "1 usable validation clips, and at least 2 are needed"),
        (20, 6, 0, "0 usable test clips, and at least 1 are needed"),
    ],
)
def test_a_class_with_too_few_clips_of_a_split_is_refused(
    n_train: int, n_validation: int, n_test: int, told: str, small_corpus: Callable[..., Path], tmp_path: Path
) -> None:
    n = n_train + n_validation + n_test
    corpus = small_corpus(n_target=n, n_other=0)
    splits = ["train"] * n_train + ["validation"] * n_validation + ["test"] * n_test
    files = sorted(path.name for path in (corpus / TARGET).iterdir())
    rows = [f"{TARGET}/{file},{split}" for file, split in zip(files, splits, strict=True)]
    (tmp_path / "splits.csv").write_text("\n".join(["file,split", *rows]))
    options = (f"--corpus={corpus}", f"--splits={tmp_path / 'splits.csv'}", f"--run={tmp_path / 'run'}")
    ended = call("evaluate", *options, *QUICK)
    assert ended.status == 1
    assert f"'{TARGET}' has {told}; add clips, or give other splits with --splits" in ended.error
    assert not (tmp_path / "run" / "model").exists()
