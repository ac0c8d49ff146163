"""Is a verdict that was kept ever changed, lost or kept twice?"""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.verdicts.store import RefusedRow, VerdictStore
from pipeline.verdicts.verdict import Verdict, new_uid
from tests.command import ROOT

ONE, OTHER = "1" * 64, "2" * 64


@pytest.fixture
def store(tmp_path: Path) -> Iterator[VerdictStore]:
    """Return an empty store."""
    store = VerdictStore(tmp_path / "deep" / "verdicts.sqlite", create=True)
    yield store
    store.close()


def test_a_verdict_comes_back_as_it_was_given(store: VerdictStore) -> None:
    given = store.add(
        sha256=ONE, kind="wrong-label", word="cat", reviewer="Zoë", path="bed/\u202e.wav", label="=1\n"
    )
    assert store.rows() == [given]
    assert (given.word, given.reviewer, given.path, given.label) == ("cat", "Zoë", "bed/\u202e.wav", "=1\n")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE verdict SET kind = 'noise'",
        "DELETE FROM verdict",
        "INSERT OR REPLACE INTO verdict SELECT id, uid, sha256, 'noise', word, reviewer, made, withdraws, "
        "path, label, sound_sha256, note, decides FROM verdict",
        "INSERT OR REPLACE INTO verdict SELECT NULL, uid, sha256, 'noise', word, reviewer, made, withdraws, "
        "path, label, sound_sha256, note, decides FROM verdict",
    ],
)
def test_no_row_can_be_changed_or_deleted(store: VerdictStore, statement: str) -> None:
    given = store.add(sha256=ONE, kind="normal", reviewer="Anna")
    connection = sqlite3.connect(store.path)
    with pytest.raises(sqlite3.IntegrityError, match="only ever added"):
        connection.execute(statement)
    connection.close()
    assert store.rows() == [given]


@pytest.mark.parametrize(
    "wrong",
    [
        {"sha256": "1" * 63},
        {"sha256": "G" * 64},
        {"sha256": "A" * 64},
        {"kind": "great"},
        {"kind": "withdrawal"},
        {"kind": "wrong-label"},
        {"word": "cat"},
        {"reviewer": ""},
        {"reviewer": "Anna "},
        {"reviewer": "An\nna"},
        {"path": "\ud800"},
        {"label": "\0"},
        {"path": "x" * 5_000},
        {"uid": "1"},
    ],
)
def test_a_row_that_says_nothing_is_refused(store: VerdictStore, wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError):
        store.add(**({"sha256": ONE, "kind": "normal", "reviewer": "Anna"} | wrong))
    assert store.rows() == []


def test_the_latest_verdict_of_a_reviewer_stands(store: VerdictStore) -> None:
    store.add(sha256=ONE, kind="normal", reviewer="Anna")
    store.add(sha256=ONE, kind="noise", reviewer="Ben")
    last = store.add(sha256=ONE, kind="anomaly", reviewer="Anna")
    assert {row.reviewer: row.kind for row in store.standing()} == {"Anna": last.kind, "Ben": "noise"}


def test_a_clock_that_goes_back_does_not_bring_an_old_verdict_back(store: VerdictStore) -> None:
    early = store.add(sha256=ONE, kind="normal", reviewer="Anna")
    ahead = replace(early, uid=new_uid(), made="2099-01-01T00:00:00.000000Z")
    store.add_all([ahead])
    last = store.add(sha256=ONE, kind="noise", reviewer="Anna")
    assert last.made > ahead.made
    assert store.standing() == [last]


def test_withdrawing_leaves_the_verdict_before_it(store: VerdictStore) -> None:
    before = store.add(sha256=ONE, kind="normal", reviewer="Anna")
    last = store.add(sha256=ONE, kind="noise", reviewer="Anna")
    assert store.withdraw_last("Anna") == [last]
    assert store.standing() == [before]
    assert [row.kind for row in store.rows()] == ["normal", "noise", "withdrawal"]


def test_withdrawing_keeps_to_the_clips_that_count(store: VerdictStore) -> None:
    wanted = store.add(sha256=ONE, kind="normal", reviewer="Anna")
    store.add(sha256=OTHER, kind="normal", reviewer="Anna")
    assert store.withdraw_last("Anna", among=lambda row: row.clip == ONE) == [wanted]
    assert store.withdraw_last("Anna", among=lambda row: row.clip == ONE) == []


def test_the_same_judgement_is_kept_once(store: VerdictStore) -> None:
    uid = new_uid()
    first = store.add(sha256=ONE, kind="normal", reviewer="Anna", uid=uid)
    assert store.add(sha256=ONE, kind="normal", reviewer="Anna", uid=uid) == first
    with pytest.raises(ValueError, match="already that of another"):
        store.add(sha256=ONE, kind="noise", reviewer="Anna", uid=uid)
    assert store.rows() == [first]


def test_a_withdrawal_needs_a_verdict_of_the_same_reviewer(store: VerdictStore) -> None:
    given = store.add(sha256=ONE, kind="normal", reviewer="Anna")
    foreign = replace(given, uid=new_uid(), kind="withdrawal", withdraws=given.uid, reviewer="Ben")
    with pytest.raises(RefusedRow, match="same reviewer"):
        store.add_all([foreign])
    assert store.rows() == [given]


def test_all_rows_from_elsewhere_are_kept_or_none(store: VerdictStore) -> None:
    good = Verdict(
        uid=new_uid(), sha256=ONE, kind="normal", reviewer="Anna", made="2026-01-01T00:00:00.000000Z"
    )
    orphan = replace(good, uid=new_uid(), kind="withdrawal", withdraws=new_uid())
    with pytest.raises(RefusedRow) as refused:
        store.add_all([good, orphan])
    assert refused.value.row == 1
    assert store.rows() == []


def test_two_open_stores_see_one_another(store: VerdictStore) -> None:
    second = VerdictStore(store.path)
    try:
        store.add(sha256=ONE, kind="normal", reviewer="Anna")
        second.add(sha256=ONE, kind="noise", reviewer="Ben")
        assert len(store.rows()) == len(second.rows()) == 2
    finally:
        second.close()


def test_threads_lose_nothing(store: VerdictStore) -> None:
    def judge(reviewer: str) -> None:
        for number in range(20):
            store.add(sha256=f"{number:064x}", kind="normal", reviewer=reviewer)

    threads = [threading.Thread(target=judge, args=(f"reviewer {k}",)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.standing()) == 80


def test_every_commit_is_synced_to_the_disk(store: VerdictStore) -> None:
    with store._file.reading() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on this system")
def test_a_killed_process_loses_nothing_that_it_had_confirmed(tmp_path: Path) -> None:
    code = (
        "import itertools, pathlib\n"
        "from pipeline.verdicts.store import VerdictStore\n"
        "store = VerdictStore(pathlib.Path('verdicts.sqlite'), create=True)\n"
        "for number in itertools.count():\n"
        "    print(store.add(sha256=f'{number:064x}', kind='normal', reviewer='Anna').uid, flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        confirmed = [process.stdout.readline().strip() for _ in range(30)]
        process.kill()
        confirmed += process.stdout.read().split()
    store = VerdictStore(tmp_path / "verdicts.sqlite")
    try:
        kept = [row.uid for row in store.rows()]
    finally:
        store.close()
    # The last line may have been cut off by the kill; a row may have been kept and not yet confirmed.
    assert kept[: len(confirmed) - 1] == confirmed[:-1]
    assert len(kept) <= len(confirmed) + 1


def test_a_second_verdict_on_the_same_sound_takes_the_place_of_the_first(store: VerdictStore) -> None:
    store.add(sha256=ONE, kind="normal", reviewer="Anna", sound_sha256="3" * 64)
    last = store.add(sha256=OTHER, kind="noise", reviewer="Anna", sound_sha256="3" * 64)
    assert store.standing() == [last]


def test_what_is_said_of_several_clips_at_once_is_taken_back_at_once(store: VerdictStore) -> None:
    alone = store.add(sha256=ONE, kind="anomaly", reviewer="Anna")
    asked = [replace(alone, uid=digit * 32, sha256=digit * 64, kind="noise") for digit in "67"]
    given = store.add_at_once(asked)
    assert len({row.made for row in given}) == 1
    assert store.add_at_once(asked) == given
    assert set(store.withdraw_last("Anna")) == set(given)
    assert store.standing() == [alone]


def test_of_several_verdicts_given_at_once_all_are_kept_or_none(store: VerdictStore) -> None:
    alone = store.add(sha256=ONE, kind="anomaly", reviewer="Anna")
    asked = [replace(alone, uid="6" * 32, kind="noise"), replace(alone, kind="noise")]
    with pytest.raises(ValueError, match="already that of another"):
        store.add_at_once(asked)
    assert store.rows() == [alone]
