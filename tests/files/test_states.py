"""Is a file read again where it may be another one, and only there?"""

import os
import shutil
from pathlib import Path

import pytest

from pipeline.files import SeenFiles, sha256_file, states

TEXT = "the same length"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that counts as one that was written long ago; reading it is counted in ``reads``."""
    monkeypatch.setattr(states, "SETTLED_NS", -(10**12))
    (tmp_path / "a").write_text(TEXT)
    return tmp_path / "a"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    found: list[Path] = []
    monkeypatch.setattr(states, "sha256_file", lambda path: found.append(path) or sha256_file(path))
    return found


def seen(file: Path) -> SeenFiles:
    return SeenFiles(file.parent, file.parent / ".seen" / "files.json")


def test_a_file_is_read_once_in_a_call(file: Path, reads: list[Path]) -> None:
    of_call = seen(file)
    assert of_call.sha256("a") == of_call.sha256("a") == sha256_file(file)
    assert len(reads) == 1


def test_a_later_call_reads_it_unless_it_is_content_with_its_state(file: Path, reads: list[Path]) -> None:
    first = seen(file)
    first.sha256("a")
    first.keep()
    assert seen(file).sha256("a", as_before=True) == sha256_file(file)
    assert len(reads) == 1
    seen(file).sha256("a")
    assert len(reads) == 2


@pytest.mark.parametrize("change", ["content", "replaced", "copied"])
def test_a_file_of_the_same_size_and_time_that_is_another_is_read(
    change: str, file: Path, reads: list[Path]
) -> None:
    first = seen(file)
    first.sha256("a")
    first.keep()
    before = file.stat()
    if change == "content":
        file.write_text(TEXT[::-1])
    else:
        other = file.with_name("b")
        other.write_text(TEXT[::-1] if change == "replaced" else TEXT)
        shutil.move(other, file)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert seen(file).sha256("a", as_before=True) == sha256_file(file)
    assert len(reads) == 2


def test_of_a_file_that_was_just_written_nothing_is_known(
    file: Path, reads: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(states, "SETTLED_NS", 10**12)
    of_call = seen(file)
    of_call.sha256("a")
    of_call.sha256("a")
    of_call.keep()
    assert len(reads) == 2
    assert seen(file).sha256("a", as_before=True) == sha256_file(file)
    assert len(reads) == 3


def test_what_was_seen_and_is_damaged_is_as_if_it_were_not_there(file: Path, reads: list[Path]) -> None:
    first = seen(file)
    first.sha256("a")
    first.keep()
    kept = file.parent / ".seen" / "files.json"
    kept.write_text(kept.read_text().replace(sha256_file(file), "0" * 64))
    assert seen(file).sha256("a", as_before=True) == sha256_file(file)
    assert len(reads) == 2
