"""Which whole numbers may a discrete feature be, and which are rows of them?

The number k stands for the cell from k - 1/2 to k + 1/2 of a continuous variable.
Conventions: rows [..., D]; (place, least, greatest) of each discrete feature, both ends allowed.
"""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

__all__ = ["Cells"]


class Cells:
    """The discrete features of a row.

    Args:
        event_size: features of a row, D.
        discrete: (place, least, greatest) of each discrete feature.

    Attributes:
        places: of the discrete features, ascending [K].
        others: places of the continuous features, ascending.
        is_discrete: bool [D].
        least, greatest: of each discrete feature in the order of ``places``, float64 [K].
    """

    def __init__(self, event_size: int, discrete: Sequence[tuple[int, int, int]]) -> None:
        stated = np.array(sorted(discrete), np.int64).reshape(-1, 3)
        self.places = stated[:, 0]
        self.is_discrete = np.isin(np.arange(event_size), self.places)
        self.others = np.flatnonzero(~self.is_discrete)
        self.least, self.greatest = stated[:, 1].astype(np.float64), stated[:, 2].astype(np.float64)

    def check(self, x: np.ndarray, what: str = "rows") -> None:
        """Make sure that the discrete features of rows [N, D] are whole numbers of their ranges.

        Raises:
            ValueError: some are not.
        """
        for place, least, greatest in zip(self.places, self.least, self.greatest, strict=True):
            values = np.asarray(x)[:, place]
            is_wrong = ~((values >= least) & (values <= greatest) & (values == np.rint(values)))
            if is_wrong.any():
                raise ValueError(
                    f"feature {place} must be a whole number from {least:g} to {greatest:g}, and "
                    f"{int(is_wrong.sum())} of {len(values)} {what} are not: the first has "
                    f"{values[is_wrong][0]:g}; round it, or widen its range in discrete"
                )

    def contain(self, x: tf.Tensor) -> tf.Tensor:
        """Return whether all discrete features of ``x`` [..., D] are whole numbers of their ranges, [...]."""
        values = tf.gather(x, self.places, axis=-1)
        is_right = (values >= self.least.astype(x.dtype.as_numpy_dtype)) & (
            values <= self.greatest.astype(x.dtype.as_numpy_dtype)
        )
        return tf.reduce_all(is_right & (values == tf.round(values)), axis=-1)

    def nearest(self, x: tf.Tensor) -> tf.Tensor:
        """Return ``x`` [..., D] with each discrete feature at the nearest whole number of its range."""
        low, high = self.ends(-np.inf, np.inf, 0.0)
        number = x.dtype.as_numpy_dtype
        whole = tf.clip_by_value(tf.round(x), low.astype(number), high.astype(number))
        # Rounding makes a zero below zero of what is a little less.
        return tf.where(self.is_discrete, tf.where(whole == 0.0, tf.zeros_like(x), whole), x)

    def ends(self, low: float, high: float, margin: float) -> tuple[np.ndarray, np.ndarray]:
        """Return least - margin and greatest + margin [D], and ``low`` and ``high`` of other features."""
        lows, highs = np.full(len(self.is_discrete), low), np.full(len(self.is_discrete), high)
        lows[self.places], highs[self.places] = self.least - margin, self.greatest + margin
        return lows, highs
