"""Is a larger run of changed copies judged as any other, and is no copy like another?"""

from pathlib import Path

import numpy as np

from benchmarks import larger_run
from pipeline.files import open_array, read_table
from tests.conftest import FinishedRun


def test_each_copy_is_a_clip_of_its_own_and_all_are_judged(finished_run: FinishedRun, tmp_path: Path) -> None:
    n_clips = len(read_table(finished_run.path / "manifest.parquet")["path"])
    larger = tmp_path / "larger"
    assert larger_run.enlarge(finished_run.path, larger, 2 * n_clips + 1) == 3 * n_clips
    assert len(set(read_table(larger / "manifest.parquet")["path"])) == 3 * n_clips
    features = open_array(larger / "features" / "features.npy")
    original = open_array(finished_run.path / "features" / "features.npy")
    np.testing.assert_array_equal(features[:n_clips], original)
    assert 4.0 < np.std(features[n_clips : 2 * n_clips] - original) < 6.0
    larger_run._judge(larger)
    scores = read_table(larger / "scores.parquet")
    own = read_table(finished_run.path / "scores.parquet")
    assert len(scores["path"]) == 3 * len(own["path"])
    of_path = dict(zip(scores["path"], scores["score"], strict=True))
    assert [of_path[path] for path in own["path"]] == own["score"]
    assert not any("near_duplicate" in tags for tags in scores["tags"][len(own["path"]) :])
