"""Is a clip's score that of its strangest channel, and is the channel named?"""

import numpy as np
import pytest

from pipeline.detection.channels import join_channels, most_frequent
from pipeline.runs import EachChannel

ROWS = EachChannel(np.zeros((5, 1)), np.array([0, 1, 1, 1, 2]), np.array([0, 1, 2, 4, 0]))
COLUMNS = {"score": np.array([1.0, 2.0, 9.0, 4.0, 0.5]), "log_prob": np.array([-1.0, -2.0, -3.0, -4.0, -5.0])}


def test_all_figures_of_a_clip_are_of_its_strangest_channel() -> None:
    joined = join_channels(COLUMNS, ROWS, "largest")
    assert [values.tolist() for values in joined.values()] == [[1, 9, 0.5], [-1, -3, -5], [0, 2, 0]]


def test_a_mean_names_no_channel() -> None:
    joined = join_channels(COLUMNS, ROWS, "mean")
    assert [values.tolist() for values in joined.values()] == [[1, 5, 0.5], [-1, -3, -5], [0, 0, 0]]


@pytest.mark.parametrize("rule", ["largest", "mean", "mix"])
def test_clips_of_one_row_keep_their_figures(rule: str) -> None:
    joined = join_channels(COLUMNS, EachChannel.of_clips(np.zeros((5, 1))), rule)
    assert all(joined[name] is values for name, values in COLUMNS.items())


def test_the_channel_of_most_folds_is_named() -> None:
    assert most_frequent(np.array([[3, 0, 2], [3, 0, 1], [1, 0, 2]])).tolist() == [3, 0, 2]
