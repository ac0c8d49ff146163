"""Does a scored file say what its score is from, where that is asked for?"""

import json

import pytest

from tests.command import call
from tests.conftest import FinishedRun


def test_a_line_tells_its_terms_and_the_largest_as_reason(finished_run: FinishedRun) -> None:
    clips = sorted((finished_run.corpus / "one").glob("*.wav"))[:2]
    ended = call("score", f"--run={finished_run.path}", "--explain", *clips)
    assert ended.status == 0, ended.err
    for line in map(json.loads, ended.out.splitlines()):
        nats = [*line["terms"].values()]
        assert nats == sorted(nats, reverse=True)
        assert sum(nats) == pytest.approx(line["score"], rel=1e-4)  # float32 sums
        assert line["faults"] or line["reason"].startswith(f"{next(iter(line['terms']))} adds most: ")


def test_nothing_is_explained_unasked(finished_run: FinishedRun) -> None:
    clip = sorted((finished_run.corpus / "one").glob("*.wav"))[0]
    line = json.loads(call("score", f"--run={finished_run.path}", clip).out)
    assert not {"terms", "faults", "reason"} & set(line)


def test_windows_are_not_explained(finished_run: FinishedRun) -> None:
    ended = call("score", f"--run={finished_run.path}", "--explain", "--every=1", finished_run.corpus)
    assert ended.status == 2
    assert "give one of the two" in ended.error
