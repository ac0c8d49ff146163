"""What would the same recording look like if the word were another one?

Distorted copies of the target's own clips stand in for the words that a one-class detector may not
see: same voice, room and microphone, other content. A second density is fitted to them, and the ratio
of the two leaves the word and cancels what they share. Clips are log-mel frames in decibel [N, T, M].
Source: Ren et al. 2019, "Likelihood Ratios for Out-of-Distribution Detection", section 3, for the
ratio against a background of perturbed inputs.
"""

from collections.abc import Callable, Sequence

import numpy as np
import scipy.fft

__all__ = ["DISTORTIONS", "distort"]

Distortion = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def _reverse(clips: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Play backwards: the same sounds in the opposite order."""
    return clips[:, ::-1]


def _rotate(clips: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Begin in the middle and go on with the start: order changed once."""
    n_clips, n_frames, _ = clips.shape
    shift = generator.integers(n_frames // 4, 3 * n_frames // 4, n_clips)
    return _frames(clips, (np.arange(n_frames)[None, :] + shift[:, None]) % n_frames)


def _shuffle(clips: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Cut into four pieces and join them in another order."""
    n_clips, n_frames, _ = clips.shape
    order = np.argsort(generator.random((n_clips, 4)), axis=1)
    is_same = (order == np.arange(4)).all(axis=1)
    order[is_same] = [2, 3, 0, 1]
    length = n_frames // 4
    places = (order[:, :, None] * length + np.arange(length)).reshape(n_clips, -1)
    rest = np.broadcast_to(np.arange(4 * length, n_frames), (n_clips, n_frames - 4 * length))
    return _frames(clips, np.concatenate([places, rest], axis=1))


def _crop(clips: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Keep 30 to 70 % and stretch it to the whole: a part is missing."""
    n_clips, n_frames, _ = clips.shape
    length = generator.uniform(0.3, 0.7, n_clips) * (n_frames - 1)
    start = generator.random(n_clips) * (n_frames - 1 - length)
    places = start[:, None] + length[:, None] * np.linspace(0, 1, n_frames)[None, :]
    return _frames(clips, np.rint(places).astype(np.int64))


def _formants(clips: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Stretch frequencies beyond any vocal tract: other vowels."""
    n_clips, _, n_mels = clips.shape
    factor = np.where(
        generator.random(n_clips) < 0.5,
        generator.uniform(0.55, 0.8, n_clips),
        generator.uniform(1.25, 1.8, n_clips),
    )
    bands = np.rint(np.clip(np.arange(n_mels)[None, :] * factor[:, None], 0, n_mels - 1)).astype(np.int64)
    return np.take_along_axis(clips, bands[:, None, :], axis=2)


def _vowel(clips: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Stretch frequencies in 25 to 60 % of the clip alone: one sound of the word is another."""
    n_clips, n_frames, _ = clips.shape
    length = generator.uniform(0.25, 0.6, n_clips) * n_frames
    inside = _segment(length, generator.random(n_clips) * (n_frames - length), n_frames)
    return np.where(inside[:, :, None], _formants(clips, generator), clips)


def _flatten(clips: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Fade toward the clip's own mean spectrum, or toward nothing: a drawl, a hum, noise."""
    share = generator.uniform(0.0, 0.5, len(clips))[:, None, None]
    steady = clips.mean(axis=1, keepdims=True) * generator.uniform(0.0, 1.0, (len(clips), 1, 1))
    return share * clips + (1.0 - share) * steady


def _patch(clips: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Replace 25 to 55 % by a piece of another clip from another place: one sound is wrong."""
    n_clips, n_frames, _ = clips.shape
    shift = generator.integers(n_frames // 4, 3 * n_frames // 4, n_clips)
    donors = clips[generator.permutation(n_clips)]
    donors = _frames(donors, (np.arange(n_frames)[None, :] + shift[:, None]) % n_frames)
    length = generator.uniform(0.25, 0.55, n_clips) * n_frames
    inside = _segment(length, generator.random(n_clips) * (n_frames - length), n_frames)
    return np.where(inside[:, :, None], donors, clips)


def _field(clips: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Add a smooth random pattern over time and frequency: every sound is a little wrong."""
    n_clips, n_frames, n_mels = clips.shape
    coefficients = np.zeros((n_clips, n_frames, n_mels))
    coefficients[:, :6, :10] = generator.standard_normal((n_clips, 6, 10))
    pattern = scipy.fft.idctn(coefficients, axes=(1, 2), norm="ortho") * np.sqrt(n_frames * n_mels / 60)
    deviation = clips.std(axis=0).mean()
    return clips + pattern * deviation * generator.uniform(0.5, 1.5, (n_clips, 1, 1))


def _exaggerate(clips: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Move away from another clip of the target: the differences between speakers, overdone."""
    # Each clip's neighbour in a random ring: no clip is its own other, as in a plain permutation.
    ring = generator.permutation(len(clips))
    others = np.empty_like(clips)
    others[ring] = clips[np.roll(ring, 1)]
    return clips + generator.uniform(0.5, 1.5, (len(clips), 1, 1)) * (clips - others)


DISTORTIONS: dict[str, Distortion] = {
    "reverse": _reverse,
    "rotate": _rotate,
    "shuffle": _shuffle,
    "crop": _crop,
    "formants": _formants,
    "vowel": _vowel,
    "flatten": _flatten,
    "patch": _patch,
    "field": _field,
    "exaggerate": _exaggerate,
}


def distort(clips: np.ndarray, generator: np.random.Generator, kinds: Sequence[str]) -> np.ndarray:
    """Return one distorted copy of each clip, of kinds in equal shares.

    Args:
        clips: log-mel frames in decibel [N, T, M].
        generator: of the random choices.
        kinds: names of ``DISTORTIONS``.

    Returns:
        float32 [N, T, M], level removed.

    Raises:
        ValueError: an unknown kind.
    """
    unknown = [kind for kind in kinds if kind not in DISTORTIONS]
    if unknown or not kinds:
        named = f"distortion {unknown[0]!r} is unknown" if unknown else "no distortion is named"
        raise ValueError(f"{named}; use some of {sorted(DISTORTIONS)}")
    copies = np.empty(clips.shape, np.float32)
    chosen = generator.permutation(len(clips)) % len(kinds)
    for number, kind in enumerate(kinds):
        rows = np.flatnonzero(chosen == number)
        if len(rows):
            copies[rows] = DISTORTIONS[kind](clips[rows], generator)
    copies -= copies.mean(axis=(1, 2), keepdims=True)
    return copies


def _segment(length: np.ndarray, start: np.ndarray, n_frames: int) -> np.ndarray:
    """Return which frames lie within each clip's segment: bool [N, T]."""
    places = np.arange(n_frames)[None, :]
    return (places >= start[:, None]) & (places < (start + length)[:, None])


def _frames(clips: np.ndarray, places: np.ndarray) -> np.ndarray:
    return np.take_along_axis(clips, places[:, :, None], axis=1)
