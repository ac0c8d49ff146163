"""Does the benchmark of few recordings compare a split with folds on the same draws?"""

import numpy as np

from benchmarks.detection.few_recordings import by_splits, cross_fitted
from pipeline.frontend.statistics import STATISTICS_VIEWS

SIZE = sum(STATISTICS_VIEWS.values())


def draw(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Thirty recordings, forty fresh ones and twenty of another class that lies far away."""
    generator = np.random.default_rng(seed)
    clips = generator.standard_normal((90, SIZE)).astype(np.float32)
    clips[70:] += 3.0
    return clips[:30], clips[30:70], clips[70:]


def test_a_split_of_a_tenth_flags_nothing_and_folds_flag_what_is_strange() -> None:
    own, fresh, other = draw(0)
    divided, folded = by_splits(own, fresh, other, seed=0), cross_fitted(own, fresh, other, seed=0)
    # Three recordings calibrate: no p-value is below 1/4.
    assert divided["other"] == divided["0.05"] == 0.0
    assert folded["other"] == folded["printed"] == folded["fresh"] == 1.0
    assert 0.0 <= folded["0.05"] <= folded["0.1"] <= folded["0.2"] < 0.5
