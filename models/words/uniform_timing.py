"""How does a clip look at its own pace, brought to the template's number of frames and not bent?

Frame j is the mean of an even share of the clip's frames. A warp takes the speaker's timing away, and with
it what told two words of other timing apart; with few voices, whose template is a poor one, it also bends
what should have stayed. Stands where a ``Template`` stands, and has nothing to learn.
Conventions: clips are log-mel frames [N, T, M]; even clips are [N, J, M].
"""

from collections.abc import Mapping

import numpy as np

__all__ = ["UniformTiming"]


class UniformTiming:
    """Means of even shares of the frames.

    Args:
        n_frames: of an even clip, J.
    """

    def __init__(self, n_frames: int) -> None:
        self.n_frames = n_frames

    def fit(self, clips: np.ndarray) -> None:
        """Nothing is learned."""

    def warp(self, clips: np.ndarray) -> np.ndarray:
        """Return clips [N, T, M] at their own pace: float32 [N, J, M]."""
        return self._shares(clips.shape[1]) @ np.asarray(clips, np.float32)

    def weights(self, clips: np.ndarray) -> np.ndarray:
        """Return each clip frame's weight in each even frame: float32 [N, J, T], rows sum to 1."""
        shares = self._shares(clips.shape[1])
        return np.broadcast_to(shares, (len(clips), *shares.shape))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return nothing."""
        return {}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over nothing."""

    def _shares(self, n_times: int) -> np.ndarray:
        """Return how much of each of T frames lies in each of J even parts of them: [J, T]."""
        edges = np.linspace(0, n_times, self.n_frames + 1)
        frames = np.arange(n_times)
        first, last = np.maximum.outer(edges[:-1], frames), np.minimum.outer(edges[1:], frames + 1)
        return np.asarray(np.maximum(last - first, 0) * self.n_frames / n_times, np.float32)
