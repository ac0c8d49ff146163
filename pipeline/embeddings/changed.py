"""What would a clip's mel frames be if something else had been said, by the same voice in the same room?

A background density needs them: what it shares with the target's density (voice, room, microphone) cancels
in their ratio. The loud part is reversed, cut in half, or spoken at another pitch and pace; one of these
for each copy, chosen by the clip's own numbers, so that a clip has the same copies in every run and every
process. Made of the mel frames: a copy costs the network again, and no spectra; made of the sound they
rank no better. Parts in another order, and a turned middle, were tried and rank worse
(docs/lab/pretrained.md).
Conventions: frames are float32 [n_frames, n_bands]; a part is (start, stop) in frames, stop excluded.
"""

import zlib
from collections.abc import Callable

import numpy as np

__all__ = ["CHANGES", "changed_frames"]

QUIET_QUANTILE = 0.05  # of a band's levels over the clip; what stands where nothing is said
KEPT = (0.4, 0.65)  # share of the loud part that a cut leaves
PACES = ((0.55, 0.72), (1.4, 1.8))  # times as long
BANDS_A_TEMPO = 9.0  # bands that a voice moves by for each factor of e: 32 mel bands from 60 to 3,800 Hz


def changed_frames(frames: np.ndarray, part: tuple[int, int], n_copies: int) -> list[np.ndarray]:
    """Return changed copies of a clip's frames, each of another kind as far as there are kinds.

    Args:
        frames: [n_frames, n_bands].
        part: the loud part; it is taken as far as it lies within the frames.
        n_copies: how many.
    """
    generator = np.random.default_rng(zlib.crc32(np.ascontiguousarray(frames).tobytes()))
    start = min(max(part[0], 0), len(frames) - 2)
    stop = min(max(part[1], start + 2), len(frames))
    kinds = generator.permutation(len(CHANGES))
    return [
        np.asarray(CHANGES[kinds[copy % len(kinds)]](frames, start, stop, generator), np.float32)
        for copy in range(n_copies)
    ]


def _reversed(frames: np.ndarray, start: int, stop: int, generator: np.random.Generator) -> np.ndarray:
    changed = frames.copy()
    changed[start:stop] = frames[start:stop][::-1]
    return changed


def _halved(frames: np.ndarray, start: int, stop: int, generator: np.random.Generator) -> np.ndarray:
    word = frames[start:stop]
    n_kept = max(1, int(len(word) * generator.uniform(*KEPT)))
    return _centred(word[:n_kept] if generator.random() < 0.5 else word[-n_kept:], frames)


def _respoken(frames: np.ndarray, start: int, stop: int, generator: np.random.Generator) -> np.ndarray:
    tempo = generator.uniform(*PACES[int(generator.integers(2))])
    word = frames[start:stop]
    n_frames = max(2, round(len(word) * tempo))
    # Played slower, a voice is lower: its bands move down.
    bands = np.arange(frames.shape[1]) + BANDS_A_TEMPO * np.log(tempo)
    return _centred(
        _between(_between(word, np.linspace(0, len(word) - 1, n_frames)).T, bands).T,
        frames,
    )


def _between(rows: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Return rows at positions that lie between them; beyond the ends, the first or last."""
    positions = np.clip(positions, 0, len(rows) - 1)
    below = np.minimum(positions.astype(np.intp), len(rows) - 2)
    weight = (positions - below)[:, None]
    mixed: np.ndarray = (1 - weight) * rows[below] + weight * rows[below + 1]
    return mixed


def _centred(word: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Return as many frames as ``frames`` has, ``word`` in their middle among its quiet."""
    changed = np.tile(np.quantile(frames, QUIET_QUANTILE, axis=0), (len(frames), 1))
    if len(word) > len(frames):
        first = (len(word) - len(frames)) // 2
        word = word[first : first + len(frames)]
    first = (len(frames) - len(word)) // 2
    changed[first : first + len(word)] = word
    return changed


# Another change is another line here.
CHANGES: tuple[Callable[..., np.ndarray], ...] = (_reversed, _halved, _respoken)
