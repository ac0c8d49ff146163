"""Is the cost of a file measured?"""

import sys
from pathlib import Path

import pytest

from benchmarks.reliability.costs import cost_of
from tests.audio.containers.made import made


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process is read from /proc")
def test_a_file_has_a_cost(tmp_path: Path) -> None:
    (tmp_path / "sound.flac").write_bytes(made("flac"))
    _, seconds = cost_of(tmp_path / "sound.flac")
    assert seconds > 0
