"""How are clips of different lengths changed, or distorted, like clips of one length?

Each clip is stretched to the length of the array, changed there, and brought to a length of its own
again: slower or faster than it was. Copies for the target's density and for the background's go the
same way, so that nothing but the distortion tells them apart.
Conventions: clips [N, T, M + 1] as of ``models.frames.density``, levels in decibel.
"""

from collections.abc import Sequence

import numpy as np

from models.augmentation import augment, distort
from models.frames.density import frame_counts

__all__ = ["copy_frames", "stretch_frames"]

LEAST_FRAMES = 2


def copy_frames(
    clips: np.ndarray,
    generator: np.random.Generator,
    *,
    gain_decibel: float,
    tract_range: float,
    tempo_range: float,
    distortions: Sequence[str] = (),
) -> np.ndarray:
    """Return one copy of each clip with another microphone, vocal tract and tempo, perhaps distorted too.

    Args:
        clips: see the module.
        generator: of the random choices.
        gain_decibel: see ``models.augmentation.mild``.
        tract_range: see ``models.augmentation.mild``.
        tempo_range: words become longer or shorter by up to this share.
        distortions: kinds of ``models.augmentation.distortions``, in equal shares; none leaves the
            word the same.

    Returns:
        float32 [N, T, M + 1], level removed.
    """
    n_clips, n_places, _ = clips.shape
    n_frames = frame_counts(clips)
    whole = stretch_frames(clips[..., :-1], n_frames, np.full(n_clips, n_places), n_places)
    whole = augment(whole, generator, gain_decibel=gain_decibel, tract_range=tract_range)
    if distortions:
        whole = distort(whole, generator, distortions)
    return _at_tempo(whole, n_frames, generator, tempo_range)


def stretch_frames(frames: np.ndarray, before: np.ndarray, after: np.ndarray, n_places: int) -> np.ndarray:
    """Bring each clip to another number of frames, linearly; its first and last frame stay.

    Args:
        frames: [N, T, M].
        before: frames that each clip has, [N]; a clip without any is taken to have one.
        after: frames that it gets, [N].
        n_places: frames of the array that is returned, P, at least the most of ``after``.

    Returns:
        float32 [N, P, M]; what stands after a clip's last frame repeats it.
    """
    last = np.maximum(before - 1, 0)[:, None]
    places = np.minimum(np.arange(n_places)[None, :] / np.maximum(after - 1, 1)[:, None], 1.0) * last
    below = np.floor(places).astype(np.intp)
    above = np.minimum(below + 1, last)
    share = (places - below)[:, :, None]
    lower = np.take_along_axis(frames, below[:, :, None], axis=1)
    upper = np.take_along_axis(frames, above[:, :, None], axis=1)
    return np.asarray(lower + share * (upper - lower), np.float32)


def _at_tempo(
    whole: np.ndarray, n_frames: np.ndarray, generator: np.random.Generator, tempo_range: float
) -> np.ndarray:
    """Return clips of about ``n_frames`` frames, level removed, from those that fill the array."""
    n_clips, n_places, n_bands = whole.shape
    tempo = generator.uniform(1.0 - tempo_range, 1.0 + tempo_range, n_clips)
    after = np.clip(np.rint(n_frames * tempo).astype(int), LEAST_FRAMES, n_places)
    frames = stretch_frames(whole, np.full(n_clips, n_places), after, n_places)
    present = np.arange(n_places)[None, :] < after[:, None]
    copies = np.zeros((n_clips, n_places, n_bands + 1), np.float32)
    copies[..., -1] = present
    level = (frames * present[..., None]).sum(axis=(1, 2), keepdims=True) / (after * n_bands)[:, None, None]
    copies[..., :-1] = (frames - level) * present[..., None]
    return copies
