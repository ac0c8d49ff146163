"""Is every flipped bit of a run told, and is the run whole afterwards?"""

import pytest

from benchmarks.reliability.damage import main
from tests.command import contents
from tests.conftest import FinishedRun


def test_every_flipped_bit_is_told_and_the_run_is_as_before(
    own_run: FinishedRun, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(own_run.path)
    assert main([f"--run={own_run.path}", "--flips=4", "--large=1"]) == 0
    assert capsys.readouterr().out.endswith(" flipped bits, 0 not told\n")
    assert contents(own_run.path) == before


def test_a_flip_in_a_file_that_no_record_names_is_not_told(
    own_run: FinishedRun, capsys: pytest.CaptureFixture[str]
) -> None:
    (own_run.path / "notes.txt").write_text("a reviewer's own", "utf-8")
    assert main([f"--run={own_run.path}", "--flips=1", "--large=0"]) == 1
    assert "not told: notes.txt" in capsys.readouterr().out
