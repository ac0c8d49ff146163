"""How is one word, spoken fast or slowly, brought to one common timing?

Every clip is warped to a template, the average of the training clips, by dynamic time warping. A clip
of another word that has been bent as far as possible toward the template still does not fit it.
Conventions: clips are log-mel frames [N, T, M]; the warp is found on their cepstra and applied to the
frames: template frame j becomes the mean of the clip frames matched to it. Warping costs about 0.1 ms
a clip.
Source: Sakoe and Chiba 1978, "Dynamic programming algorithm optimization for spoken word recognition".
"""

from collections.abc import Mapping

import numpy as np
import scipy.fft

__all__ = ["Template"]

BLOCK = 1024
_UP, _LEFT = 1, 2


class Template:
    """A sequence of cepstra that clips are warped to.

    Args:
        n_frames: frames of the template, J.
        n_cepstra: leading cepstral coefficients that the warp compares.
        penalty: cost of a step along one axis, in units of the distance between typical frames.
        diagonal_weight: how often a diagonal step counts its cell; 1 favours straight paths, 2 is
            neutral.
        n_rounds: times that clips are warped and averaged again.
    """

    def __init__(
        self,
        *,
        n_frames: int = 24,
        n_cepstra: int = 20,
        penalty: float = 0.3,
        diagonal_weight: float = 1.5,
        n_rounds: int = 4,
    ) -> None:
        self.n_frames = n_frames
        self.n_cepstra = n_cepstra
        self.penalty = penalty
        self.diagonal_weight = diagonal_weight
        self.n_rounds = n_rounds
        self.scale = np.ones(n_cepstra, np.float32)
        self.frames = np.zeros((n_frames, n_cepstra), np.float32)

    def fit(self, clips: np.ndarray) -> None:
        """Learn the template from clips [N, T, M]: start at their mean, then warp and average in rounds."""
        cepstra = self._cepstra(clips, np.ones(self.n_cepstra, np.float32))
        deviation = cepstra.std(axis=(0, 1)) + 1e-6
        # Half-way between equal weights and equal variances: higher coefficients count, and noise less.
        self.scale = np.sqrt(deviation * np.sqrt(np.mean(deviation**2))).astype(np.float32)
        cepstra /= self.scale
        mean = cepstra.mean(axis=0)
        places = np.linspace(0, len(mean) - 1, self.n_frames)
        self.frames = np.stack([np.interp(places, np.arange(len(mean)), column) for column in mean.T], axis=1)
        for _ in range(self.n_rounds):
            warped = np.concatenate([self._weights(block) @ block for block in _blocks(cepstra)])
            self.frames = warped.mean(axis=0)
        self.frames = self.frames.astype(np.float32)

    def warp(self, clips: np.ndarray) -> np.ndarray:
        """Return clips [N, T, M] on the template's timing: float32 [N, J, M]."""
        warped = np.empty((len(clips), self.n_frames, clips.shape[2]), np.float32)
        for start, block in zip(range(0, len(clips), BLOCK), _blocks(clips), strict=True):
            warped[start : start + len(block)] = self.weights(block) @ block
        return warped

    def weights(self, clips: np.ndarray) -> np.ndarray:
        """Return each clip frame's weight in each template frame: float32 [N, J, T], rows sum to 1."""
        return self._weights(self._cepstra(clips, self.scale))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what was learned."""
        return {"template/frames": self.frames, "template/scale": self.scale}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what ``arrays`` returned; ValueError where shapes differ."""
        for key, current in self.arrays().items():
            if key not in arrays or arrays[key].shape != current.shape:
                raise ValueError(f"{key} needs shape {current.shape}")
        self.frames, self.scale = arrays["template/frames"], arrays["template/scale"]

    def _cepstra(self, clips: np.ndarray, scale: np.ndarray) -> np.ndarray:
        cepstra = scipy.fft.dct(clips, axis=-1, norm="ortho")[..., : self.n_cepstra]
        return np.asarray(cepstra, np.float32) / scale

    def _weights(self, cepstra: np.ndarray) -> np.ndarray:
        distance = (cepstra**2).sum(axis=2)[:, :, None] + (self.frames**2).sum(axis=1)[None, None, :]
        distance -= 2.0 * cepstra @ self.frames.T
        np.maximum(distance, 0.0, out=distance)
        distance /= self.n_cepstra
        np.sqrt(distance, out=distance)
        return _trace(_directions(distance, self.penalty, self.diagonal_weight))


def _directions(distance: np.ndarray, penalty: float, diagonal_weight: float) -> np.ndarray:
    """Return the cheapest step into each cell, int8 [T + 1, J + 1, B]: 0 diagonal, _UP in time, or _LEFT."""
    n_clips, n_times, n_frames = distance.shape
    # Clips last: what is computed at once lies side by side.
    distance = np.ascontiguousarray(distance.transpose(1, 2, 0))
    total = np.full((n_frames + 1, n_clips), np.float32(1e9))
    total[0] = 0.0
    steps = np.zeros((n_times + 1, n_frames + 1, n_clips), np.int8)
    for here, into in zip(distance, steps[1:], strict=True):
        diagonal = total[:-1] + (diagonal_weight - 1.0) * here
        up = total[1:] + penalty
        best = np.minimum(diagonal, up)
        total[0] = np.float32(1e9)
        for j in range(n_frames):
            np.add(total[j], penalty, out=total[j + 1])
            np.minimum(total[j + 1], best[j], out=total[j + 1])
            total[j + 1] += here[j]
        into[1:] = np.where(total[:-1] + penalty < best, _LEFT, np.where(up < diagonal, _UP, 0))
    return steps


def _trace(steps: np.ndarray) -> np.ndarray:
    """Follow the steps back from the last cell and return the matches as row-normalised weights [B, J, T]."""
    n_times, n_frames, n_clips = steps.shape[0] - 1, steps.shape[1] - 1, steps.shape[2]
    weights = np.zeros((n_clips, n_frames, n_times), np.float32)
    clip = np.arange(n_clips)
    i, j = np.full(n_clips, n_times), np.full(n_clips, n_frames)
    while True:
        inside = (i > 0) & (j > 0)
        if not inside.any():
            break
        weights[clip[inside], j[inside] - 1, i[inside] - 1] = 1.0
        step = steps[i, j, clip]
        i = np.where(inside & (step != _LEFT), i - 1, i)
        j = np.where(inside & (step != _UP), j - 1, j)
    return weights / weights.sum(axis=2, keepdims=True)


def _blocks(clips: np.ndarray) -> list[np.ndarray]:
    return [clips[start : start + BLOCK] for start in range(0, len(clips), BLOCK)]
