"""Does the benchmark of sounds keep together what belongs together, and use every row it names?"""

import numpy as np

from benchmarks.detection.sounds import scores_of, split
from pipeline.frontend.statistics import STATISTICS_VIEWS

SIZE = sum(STATISTICS_VIEWS.values())


def test_recordings_of_a_group_stay_on_one_side() -> None:
    groups = np.repeat(np.arange(20).astype(str), 3)
    train = split(groups, 0, np.ones(60, bool)).reshape(20, 3)
    assert (train.all(axis=1) | ~train.any(axis=1)).all()
    assert train.all(axis=1).sum() == 14


def test_every_row_ranks_what_is_far_away_above_what_is_near() -> None:
    generator = np.random.default_rng(0)
    near, far = (generator.standard_normal((20, SIZE)).astype(np.float32) * scale for scale in (1.0, 5.0))
    for name, score in scores_of(generator.standard_normal((30, SIZE)).astype(np.float32), 0).items():
        assert score(far).min() > score(near).max(), name
