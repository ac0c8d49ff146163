"""Do the program's guards hold on a sample of what the benchmarks of reliability try?"""

import subprocess

import pytest

from benchmarks.reliability import archives, disks, file_names


def test_no_archive_writes_outside_its_folder() -> None:
    found = archives.main()
    assert set(found) == {"refused", "inside"} and found.total() == 40


def test_a_name_that_is_not_told_is_lost() -> None:
    assert file_names.lost([b"a.wav", b"b.wav"], '{"path": "a.wav"}') == [b"b.wav"]


@pytest.mark.parametrize(
    ("status", "printed", "ended"),
    [
        (0, "done", "done"),
        (1, "note: x\nerror: cannot write a: No space left on device", "told"),
        (1, "Traceback (most recent call last)", "status 1 without one sentence"),
        (4, "error: a: No space left on device", "status 4"),
    ],
)
def test_a_full_disk_must_be_told_in_one_sentence(status: int, printed: str, ended: str) -> None:
    assert disks.ending(subprocess.CompletedProcess([], status, "", printed)).startswith(ended)
