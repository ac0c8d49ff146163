"""Does each channel find its clip, in any order of rows?"""

import numpy as np

from pipeline.runs.channels import ChannelRows, spread

KEPT = ChannelRows(
    row=np.array([2, 2, 5, 5, 5]),
    channel=np.array([1, 2, 1, 3, 4]),
    n_channels=np.array([2, 2, 4, 4, 4]),
    features=np.arange(5.0)[:, None],
)


def test_channels_are_found_for_rows_in_any_order() -> None:
    places, clip = KEPT.places(np.array([5, 0, 7]))
    assert (places.tolist(), clip.tolist()) == ([2, 3, 4], [0, 0, 0])


def test_channels_take_the_place_of_their_clip() -> None:
    rows = np.array([5, 0, 2])
    places, clip = KEPT.places(rows)
    each = spread(10.0 * rows[:, None], clip, KEPT.channel[places], KEPT.features[places])
    assert each.features[:, 0].tolist() == [2, 3, 4, 0, 0, 1]
    assert each.clip.tolist() == [0, 0, 0, 1, 2, 2]
    assert each.channel.tolist() == [1, 3, 4, 0, 1, 2]
