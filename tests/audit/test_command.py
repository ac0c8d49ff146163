"""What does a user who types ``audit`` see, and what stands in the run afterwards?"""

import csv
import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest

from pipeline.audit.listing import ANOTHER_WORD, DAMAGED, LEADING_COLUMNS
from pipeline.commands.audit import audit_table, review_command
from pipeline.files import artefacts, tables
from pipeline.processes import working_with
from pipeline.runs.folder import RunFolder
from pipeline.verdicts.store import VerdictStore
from tests.command import QUICK, Ended, call, contents
from tests.conftest import FinishedRun
from tests.recording_engine import RecordingEngine
from tests.tiny_corpus import N_TARGET, TARGET

AUDIT_QUICK = (f"--target={TARGET}", *QUICK, "--set=audit.n_folds=2", "--set=audit.n_listed=5")


@pytest.fixture(scope="module", autouse=True)
def _fitted_in_this_process() -> Iterator[None]:
    """Fit the folds here: a process each would import TensorFlow each time."""
    with working_with(RecordingEngine()):
        yield


@pytest.fixture(scope="module")
def audited(tiny_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ended]:
    """One audit of the tiny corpus; never changed by a test."""
    run = tmp_path_factory.mktemp("audited") / "run"
    return run, call("audit", f"--corpus={tiny_corpus}", f"--run={run}", *AUDIT_QUICK)


@pytest.fixture(scope="module")
def lonely(tiny_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ended]:
    """An audit of a corpus that has the target alone, and one file that is no audio; fitted once a fold."""
    folder = tmp_path_factory.mktemp("lonely")
    shutil.copytree(tiny_corpus / TARGET, folder / "words" / TARGET)
    min((folder / "words" / TARGET).iterdir()).write_bytes(b"RIFF")
    options = (f"--corpus={folder / 'words'}", f"--run={folder / 'run'}", "--set=audit.trim_share=0")
    return folder / "run", call("audit", *options, *AUDIT_QUICK)


def test_an_audit_names_its_list_and_ends_with_the_command_that_judges_it(
    audited: tuple[Path, Ended],
) -> None:
    run, ended = audited
    assert ended.status == 0, ended.err
    *_, page, listed, judge = ended.out.splitlines()
    assert page == f"page: {run / 'audit' / 'index.html'}"
    assert listed == f"audit: {run / 'audit' / 'audit.csv'}"
    commands = f"audio-anomaly evaluate --run {run} && audio-anomaly review --run {run}"
    assert judge == f"to listen and judge: {commands}"
    assert escape(commands) in (run / "audit" / "index.html").read_text("utf-8")


def test_the_printed_score_is_the_one_that_the_list_is_in_order_of(audited: tuple[Path, Ended]) -> None:
    lines = [line.split() for line in audited[1].out.splitlines() if line.startswith(f"{TARGET}/")]
    scores = [float(line[1]) for line in lines]
    assert scores[:5] == sorted(scores[:5], reverse=True)
    assert scores[5:] == sorted(scores[5:], reverse=True)


def test_a_run_with_scores_of_its_features_is_reviewed_at_once(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.prepare()
    review = f"audio-anomaly review --run {run.path}"

    def make(stage: str, inputs: dict[str, object]) -> str:
        with run.stage(stage, inputs) as folder:
            (folder.own / "file").write_text(str(inputs))
        return run.check(stage).digest

    make("evaluation", {"features": {"digest": make("features", {})}})
    assert review_command(run) == review
    make("features", {"version": 2})
    assert review_command(run) == f"audio-anomaly evaluate --run {run.path} && {review}"


def test_the_page_shows_both_lists_with_their_sounds(audited: tuple[Path, Ended]) -> None:
    run, _ = audited
    columns = tables.read_table(run / "audit" / "audit.parquet")
    page = (run / "audit" / "index.html").read_text("utf-8")
    assert page.count("<audio") == len(columns["path"])
    order = [page.index(f">{path}<") for of in (ANOTHER_WORD, DAMAGED) for path in _of(columns, of)]
    assert order == sorted(order)


def _of(columns: dict[str, list[str]], name: str) -> list[str]:
    return [path for path, of in zip(columns["path"], columns["list"], strict=True) if of == name]


def test_the_table_shows_the_head_of_both_lists_in_order(audited: tuple[Path, Ended]) -> None:
    run, ended = audited
    columns = tables.read_table(run / "audit" / "audit.parquet")
    parts = {ANOTHER_WORD: list[str](), DAMAGED: list[str]()}
    for path, of in zip(columns["path"], columns["list"], strict=True):
        parts[of].append(path)
    listed = [line.split()[0] for line in ended.out.splitlines() if line.startswith(f"{TARGET}/")]
    assert listed == parts[ANOTHER_WORD][:5] + parts[DAMAGED][:5]


def test_the_list_holds_every_clip_of_the_target_and_no_other(audited: tuple[Path, Ended]) -> None:
    columns = tables.read_table(audited[0] / "audit" / "audit.parquet")
    assert len(set(columns["path"])) == N_TARGET
    assert set(columns["word"]) == {TARGET}
    assert set(columns["split"]) == {"train", "validation", "test"}


def test_both_lists_have_the_promised_columns_and_say_the_same(audited: tuple[Path, Ended]) -> None:
    columns = tables.read_table(audited[0] / "audit" / "audit.parquet")
    assert list(columns)[: len(LEADING_COLUMNS)] == list(LEADING_COLUMNS)
    assert [name for name in columns if name.startswith("term_")]
    with open(audited[0] / "audit" / "audit.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(columns)
    for name in ("path", "score", "p_value", "rank", "list", "sounds_like"):
        assert [row[name] for row in rows] == [str(value) for value in columns[name]]


def test_an_audit_trains_no_model_of_the_run(audited: tuple[Path, Ended]) -> None:
    assert not (audited[0] / "model").exists()


def test_a_second_call_does_nothing_again_but_show(audited: tuple[Path, Ended], tmp_path: Path) -> None:
    run = Path(shutil.copytree(audited[0], tmp_path / "run"))
    before = contents(run)
    ended = call("audit", f"--run={run}", "--set=audit.n_listed=3", *_options(run))
    assert (ended.status, contents(run)) == (0, before)
    assert "audit: skipped, nothing that it depends on has changed" in ended.err
    # Three in each of two lists.
    assert sum(line.startswith(f"{TARGET}/") for line in ended.out.splitlines()) == 6


def test_a_run_alone_is_enough_to_go_on(audited: tuple[Path, Ended], tmp_path: Path) -> None:
    run = Path(shutil.copytree(audited[0], tmp_path / "run"))
    ended = call("audit", f"--run={run}")
    assert ended.status == 0
    assert "audit: skipped" in ended.err


def _options(run: Path) -> list[str]:
    """Return the options that a run was audited with, but for the number of listed clips."""
    corpus = artefacts.read_toml(run / "config.toml")["corpus"]["name"]
    return [f"--corpus={corpus}", *(option for option in AUDIT_QUICK if "n_listed" not in option)]


def test_more_folds_than_speakers_are_refused(audited: tuple[Path, Ended], tmp_path: Path) -> None:
    run = Path(shutil.copytree(audited[0], tmp_path / "run"))
    ended = call("audit", f"--run={run}", *_options(run), "--set=audit.n_folds=21")
    assert ended.status == 1
    assert "n_folds=21 needs clips of at least 21 speakers, got 20; lower audit.n_folds" in ended.error


def test_a_word_without_company_can_be_audited(lonely: tuple[Path, Ended]) -> None:
    assert f"probably not {TARGET}" in lonely[1].out
    assert "order: the score, of models of the target's clips alone (one-class)" in lonely[1].out
    assert artefacts.read_json(lonely[0] / "audit" / "audit.json")["ranked_by"] == "one-class"


def test_too_few_clips_of_other_classes_are_said_where_they_were_asked_for(
    lonely: tuple[Path, Ended],
) -> None:
    assert "(one-class); the corpus has too few clips of other classes to compare with" in lonely[1].out
    assert "too few" not in audit_table(lonely[0] / "audit", 1)


def test_an_order_that_looks_at_other_words_says_so(audited: tuple[Path, Ended]) -> None:
    assert "what a clip sounds like among the corpus's words (auxiliary)" in audited[1].out
    assert artefacts.read_json(audited[0] / "audit" / "audit.json")["ranked_by"] == "auxiliary"


def test_what_was_judged_bad_is_not_listed_again(audited: tuple[Path, Ended], tmp_path: Path) -> None:
    run = Path(shutil.copytree(audited[0], tmp_path / "run"))
    manifest = tables.read_table(run / "manifest.parquet")
    judged = [row for row, word in enumerate(manifest["word"]) if word == TARGET][::20]
    store = VerdictStore(tmp_path / "verdicts.sqlite", create=True)
    for row in judged:
        store.add(
            sha256=manifest["sha256"][row],
            kind="noise",
            reviewer="Anna",
            path=manifest["path"][row],
            label=TARGET,
        )
    store.close()
    ended = call("audit", f"--run={run}", f"--verdicts={store.path}", *_options(run))
    assert ended.status == 0, ended.err
    assert "audit: running, " in ended.err
    listed = tables.read_table(run / "audit" / "audit.parquet")["path"]
    assert len(listed) == N_TARGET - len(judged)
    assert not {manifest["path"][row] for row in judged} & set(listed)


def test_verify_refuses_a_run_whose_audit_is_damaged(
    own_run: FinishedRun, audited: tuple[Path, Ended]
) -> None:
    run = own_run.path
    shutil.copytree(audited[0] / "audit", run / "audit")
    assert "audit: 4 files intact" in call("verify", f"--run={run}").out
    (run / "audit" / "audit.csv").write_text("path\n")
    ended = call("verify", f"--run={run}")
    assert ended.status == 4
    assert "audit.csv is damaged" in ended.error


def test_a_clip_that_was_set_aside_is_counted_and_ends_with_status_three(lonely: tuple[Path, Ended]) -> None:
    summary = artefacts.read_json(lonely[0] / "audit" / "audit.json")
    assert (summary["set_aside"], summary["n_clips"]) == (1, N_TARGET - 1)
    assert lonely[1].status == 3


def test_the_table_cannot_steer_a_terminal(audited: tuple[Path, Ended], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(audited[0] / "audit", tmp_path / "audit"))
    columns = tables.read_table(folder / "audit.parquet")
    columns["path"][0] = "zero/\x1b[31m\u202e.wav"
    tables.write_table(folder / "audit.parquet", columns)
    assert "zero/?[31m?.wav" in audit_table(folder, 1)
