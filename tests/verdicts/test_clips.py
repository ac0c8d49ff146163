"""Does a verdict stay with the sound that was judged, whatever became of its file?"""

import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from pipeline.files.tables import read_table
from pipeline.verdicts.clips import JudgedClips
from pipeline.verdicts.store import VerdictStore
from pipeline.verdicts.verdict import Verdict, new_uid
from tests.conftest import FinishedRun
from tests.tiny_corpus import TARGET
from tests.verdicts.test_command import rows_of

CLIPS = JudgedClips(files=["a" * 64, "b" * 64, "c" * 64, ""], sounds=["1" * 64, "1" * 64, "", ""])


def verdict(sha256: str, sound: str = "", kind: str = "normal", second: int = 0) -> Verdict:
    return Verdict(
        uid=new_uid(),
        sha256=sha256 * 64,
        sound_sha256=sound * 64,
        kind=kind,
        reviewer="Anna",
        made=f"2026-01-01T00:00:{second:02d}.000000Z",
    )


def test_a_verdict_is_found_by_its_file_and_by_its_sound() -> None:
    assert CLIPS.name_of(verdict("a")) == "1" * 64
    assert CLIPS.name_of(verdict("f", "1")) == "1" * 64
    assert CLIPS.name_of(verdict("c")) == "c" * 64


def test_a_verdict_on_neither_is_counted_as_one_on_other_clips() -> None:
    found, n_elsewhere = CLIPS.verdicts_on([verdict("f"), verdict("f", "2"), verdict("b")])
    assert n_elsewhere == 2
    assert [row.clip for row in found] == ["1" * 64]


def test_the_latest_verdict_of_a_reviewer_on_a_sound_stands_whichever_file_was_heard() -> None:
    rows = [verdict("f", "1", "noise", second=3), verdict("a", second=1), verdict("b", second=2)]
    found, _ = CLIPS.verdicts_on(rows)
    assert [row.kind for row in found] == ["noise"]


def test_silent_files_are_told_apart_by_their_bytes() -> None:
    clips = JudgedClips(files=["a" * 64, "b" * 64], sounds=["", ""])
    found, n_elsewhere = clips.verdicts_on([verdict("a"), verdict("b", kind="noise")])
    assert (len(found), n_elsewhere) == (2, 0)


def test_a_clip_whose_tags_were_edited_keeps_its_verdict(own_run: FinishedRun, tmp_path: Path) -> None:
    own = replace(own_run, corpus=Path(shutil.copytree(own_run.corpus, tmp_path / "words")))
    row = rows_of(own.path, split="train", is_target=True)[0]
    manifest = read_table(own.path / "manifest.parquet")
    sounds = read_table(own.path / "features" / "quality.parquet")["sound_sha256"]
    with closing(VerdictStore(tmp_path / "verdicts.sqlite", create=True)) as store:
        store.add(sha256=manifest["sha256"][row], sound_sha256=sounds[row], kind="noise", reviewer="Anna")
        store.add(sha256="1" * 64, sound_sha256="2" * 64, kind="noise", reviewer="Anna")
    clip = own.corpus / manifest["path"][row]
    content = clip.read_bytes()
    tag = b"LIST" + (12).to_bytes(4, "little") + b"INFOICMT\0\0\0\0"
    clip.write_bytes(b"RIFF" + (len(content) - 8 + len(tag)).to_bytes(4, "little") + content[8:] + tag)
    ended = own.call("train", f"--verdicts={tmp_path / 'verdicts.sqlite'}")
    assert ended.status == 0, ended.err
    assert read_table(own.path / "manifest.parquet")["sha256"][row] != manifest["sha256"][row]
    assert f"by verdicts, 1 clips of '{TARGET}' are left out of the fit (1 noise)" in ended.err
    assert "1 verdicts are on sounds that this corpus does not hold" in ended.err
