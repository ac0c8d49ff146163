"""Is freed memory given back in large pieces and kept in small ones, and is the environment obeyed?"""

import subprocess
import sys

import pytest

from pipeline.processes.allocation import _OF_GLIBC, settle_allocation

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="glibc alone is told")

# Three arrays of 2 MB one after another: the third is where the second was, or somewhere new.
SCRIPT = """
import resource
import numpy as np
from pipeline.processes import settle_allocation
settle_allocation()
def faults(size):
    for _ in range(3):
        np.ones(size, np.uint8)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        np.ones(size, np.uint8)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
print(faults(2 << 20), faults(8 << 20))
"""


def told(monkeypatch: pytest.MonkeyPatch, **environment: str) -> list[tuple[int, int]]:
    """Return what glibc is told under an environment."""
    calls: list[tuple[int, int]] = []

    class Library:
        def mallopt(self, number: int, value: int) -> None:
            calls.append((number, value))

    for name in _OF_GLIBC:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("ctypes.CDLL", lambda name: Library())
    settle_allocation()
    return calls


def test_what_the_environment_says_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch) == list(_OF_GLIBC.values())
    assert told(monkeypatch, MALLOC_ARENA_MAX="8") == list(_OF_GLIBC.values())[:2]


@pytest.mark.parametrize("first", ["", "import pyarrow; pyarrow.array([1])"])
def test_arrow_takes_the_systems_allocator_whoever_imports_it_first(
    first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ARROW_DEFAULT_MEMORY_POOL", raising=False)
    script = f"""
{first}
from pipeline.processes import settle_allocation
settle_allocation()
import pyarrow
print(pyarrow.default_memory_pool().backend_name)
"""
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "system"


def test_small_arrays_come_from_what_was_freed_and_large_ones_anew() -> None:
    found = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    of_small, of_large = map(int, found.stdout.split())
    # A page is 4 kB: all 20 arrays anew are 10,240 faults and more, or 40 of huge pages.
    assert of_small < of_large
