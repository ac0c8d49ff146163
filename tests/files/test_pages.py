"""Does a mapped file stay the same, and leave the process, when its pages are given back?"""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from pipeline.files import create_array, gathered, open_array, release_pages


def mapped(path: Path) -> np.memmap:
    array = create_array(path, (1_000, 512))
    array[:] = np.arange(512)
    array.flush()
    return open_array(path)


def resident_kilobytes(path: Path) -> int:
    parts = re.split(r"\n(?=[0-9a-f]+-)", Path("/proc/self/smaps").read_text())
    sizes = [re.search(r"^Rss: +(\d+) kB", part, re.M) for part in parts if str(path) in part.split("\n")[0]]
    return sum(int(size[1]) for size in sizes if size)


def test_what_is_read_again_is_the_same(tmp_path: Path) -> None:
    array = mapped(tmp_path / "x.npy")
    before = array.copy()
    release_pages(array[:, 7:])
    np.testing.assert_array_equal(array, before)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_pages_that_were_read_leave_the_process(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    array = mapped(path)
    assert array.sum() > 0
    assert resident_kilobytes(path) >= 1_000
    release_pages(array)
    assert resident_kilobytes(path) == 0


def test_an_array_that_may_have_been_changed_is_left_alone(tmp_path: Path) -> None:
    mapped(tmp_path / "x.npy")
    own = np.load(tmp_path / "x.npy", mmap_mode="c")
    own[0, 0] = 7
    release_pages(own)
    assert own[0, 0] == 7


def test_an_array_in_memory_is_left_alone() -> None:
    array = np.ones(3)
    release_pages(array)
    assert array.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    "rows", [[3, 1, 3], np.arange(0, 1_000, 7), np.arange(1_000) % 3 == 0, [-1, -1_000], np.array([], int)]
)
def test_rows_are_gathered_as_by_their_numbers(tmp_path: Path, rows: object) -> None:
    array = create_array(tmp_path / "x.npy", (1_000, 512))
    array[:] = np.arange(1_000)[:, None]
    array.flush()
    found = gathered(open_array(tmp_path / "x.npy"), rows)  # type: ignore[arg-type]
    np.testing.assert_array_equal(found[:, 5], np.arange(1_000)[rows])  # type: ignore[index]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_rows_that_were_gathered_leave_the_process(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    array = mapped(path)
    assert gathered(array, np.arange(0, 1_000, 10)).shape == (100, 512)
    assert resident_kilobytes(path) == 0
