"""How does each fault of a recording sound, made from one clean clip?"""

from collections.abc import Callable

import numpy as np

from tests.tiny_corpus import SAMPLE_RATE, spoken

__all__ = ["FAULTS", "clean_clip"]

RATE = SAMPLE_RATE


def clean_clip(seed: int = 0, word: str = "zero") -> np.ndarray:
    """Return one second of a word in faint noise: float64 [16000, 1]."""
    return spoken(word, seed, np.random.default_rng(seed))[:, None]


def _sounding(sound: np.ndarray) -> tuple[int, int]:
    loud = np.flatnonzero(np.abs(sound[:, 0]) > 0.05)
    return int(loud[0]), int(loud[-1])


def _cut_at(share: float, *, keep_end: bool) -> Callable[[np.ndarray], np.ndarray]:
    def cut(sound: np.ndarray) -> np.ndarray:
        first, last = _sounding(sound)
        place = round(first + share * (last - first))
        return sound[place:] if keep_end else sound[:place]

    return cut


def _padded(cut: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    def pad(sound: np.ndarray) -> np.ndarray:
        kept = cut(sound)
        return np.concatenate([kept, np.zeros((RATE - len(kept), 1))])

    return pad


def _close_to_end(sound: np.ndarray) -> np.ndarray:
    """End the clip with 20 ms that are 12 dB below the loudest 30 ms: close, and not cut."""
    _, last = _sounding(sound)
    kept = sound[: last - 400].copy()
    power = np.convolve(np.diff(kept[:, 0]) ** 2, np.full(480, 1 / 480), "valid")
    gain = np.sqrt(power.max() / np.mean(np.diff(kept[-321:, 0]) ** 2)) * 10 ** (-12 / 20)
    kept[-640:-320] *= np.linspace(1.0, gain, 320)[:, None]
    kept[-320:] *= gain
    return kept


def _close_to_start(sound: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(_close_to_end(sound[::-1])[::-1])


def _with_dropout(sound: np.ndarray) -> np.ndarray:
    first, last = _sounding(sound)
    lost = sound.copy()
    lost[(first + last) // 2 :][:160] = 0.0
    return lost


def _with_held_sample(sound: np.ndarray) -> np.ndarray:
    first, last = _sounding(sound)
    held = sound.copy()
    held[(first + last) // 2 :][:160] = 0.01
    return held


# For each tag, what is done to a clean clip [n, 1] so that it is given.
FAULTS: dict[str, list[Callable[[np.ndarray], np.ndarray]]] = {
    "silence": [np.zeros_like, lambda sound: np.full_like(sound, 1e-5)],
    "near_silence": [lambda sound: 0.005 * sound],
    "clipping": [lambda sound: np.clip(8 * sound, -1.0, 1.0), lambda sound: np.clip(sound, -0.1, 0.1)],
    "dc_offset": [lambda sound: sound + 0.1, lambda sound: sound - 0.1],
    "dropout": [_with_dropout, _with_held_sample],
    "truncated_end": [_cut_at(0.5, keep_end=False), _padded(_cut_at(0.5, keep_end=False))],
    "truncated_start": [_cut_at(0.5, keep_end=True), _padded(_cut_at(0.5, keep_end=True))],
    "edge_end": [_close_to_end],
    "edge_start": [_close_to_start],
    "too_short": [lambda sound: sound[3_000:9_000]],
    "too_long": [
        lambda sound: np.concatenate(
            [sound, 0.002 * np.random.default_rng(9).standard_normal((RATE * 3 // 2, 1))]
        )
    ],
    "copied_channels": [
        lambda sound: np.concatenate([sound, sound], axis=1),
        lambda sound: np.concatenate([sound, 0.5 * sound], axis=1),
    ],
    "dead_channel": [lambda sound: np.concatenate([sound, np.zeros_like(sound)], axis=1)],
    "opposite_channels": [lambda sound: np.concatenate([sound, -sound], axis=1)],
}
