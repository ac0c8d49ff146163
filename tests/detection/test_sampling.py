"""Is a sample of the target's clips stated, spread over speakers, and the same whoever takes it?"""

from collections import Counter
from itertools import pairwise

import numpy as np

from pipeline.detection import sampled_rows
from pipeline.files import read_json
from pipeline.runs import ClipTable
from tests.conftest import FinishedRun


def table_of(speakers: list[str]) -> ClipTable:
    n = len(speakers)
    same = {name: np.full(n, name, object) for name in ("word", "split", "status", "reason")}
    paths = np.array([f"zero/{speaker}_{row}.wav" for row, speaker in enumerate(speakers)], object)
    return ClipTable(path=paths, speaker=np.array(speakers, object), features=np.zeros((n, 1)), **same)


MANY = table_of(["ann"] * 30 + ["bob"] * 6 + ["cid"] * 3 + ["dee"])
ROWS = np.arange(40)


def test_few_clips_are_all_taken() -> None:
    assert sampled_rows(MANY, ROWS, 40) is ROWS


def test_a_sample_is_spread_over_speakers() -> None:
    assert Counter(MANY.speaker[sampled_rows(MANY, ROWS, 12)]) == {"ann": 4, "bob": 4, "cid": 3, "dee": 1}


def test_a_sample_does_not_depend_on_the_order_of_clips() -> None:
    turned = np.random.default_rng(0).permutation(ROWS)
    chosen = sampled_rows(MANY, turned, 15)
    assert sorted(chosen) == sampled_rows(MANY, ROWS, 15).tolist()
    assert chosen.tolist() == [row for row in turned if row in chosen]


def test_a_sample_is_part_of_a_larger_one() -> None:
    sizes = [set(sampled_rows(MANY, ROWS, most)) for most in range(1, 41)]
    assert all(small < large for small, large in pairwise(sizes))


def test_a_run_learned_from_a_sample_says_so_wherever_it_is_read(own_run: FinishedRun) -> None:
    available = read_json(own_run.path / "metrics.json")["n_train"]
    ended = own_run.call("evaluate", "--set=training.most_clips=20")
    metrics = read_json(own_run.path / "metrics.json")
    assert (metrics["n_train"], metrics["sampled_from"]) == (20, available)
    sentence = f"20 of the {available} training clips of 'zero' are learned from"
    assert sentence in ended.err
    assert any(warning.startswith(sentence) for warning in metrics["warnings"])
    page = (own_run.path / "report" / "index.html").read_text("utf-8")
    assert f"20 of the {available} training clips of" in page


def test_a_run_of_few_clips_names_no_sample(finished_run: FinishedRun) -> None:
    assert "sampled_from" not in read_json(finished_run.path / "metrics.json")
