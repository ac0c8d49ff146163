"""How does a corpus of many clips come from the few of the embedded one, no two of them alike?

Each clip is an embedded one at another rate, and so at another pitch and length, through a room of its own
(a dozen random taps), with a loudness that rises and falls, and with a little noise. A variant's voice is a
speaker of its own, so that splits hold speakers apart. About 1 ms a clip and process, most of it writing.
"""

import hashlib
import io
import wave
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.audio import read_clip
from pipeline.corpora import Clip, open_corpus
from pipeline.processes import available_cores, map_batches
from pipeline.terminal import Progress

__all__ = ["make_many_clips", "varied"]

SAMPLE_RATE, N_SAMPLES = 16_000, 16_000
SLOWEST, FASTEST = 0.78, 1.28
N_TAPS, TAP_SPREAD = 12, 0.6
SWAY_DEPTH = 0.5
NOISE_SHARE = 0.01
CLIPS_AT_ONCE = 200


@dataclass(frozen=True)
class _Variant:
    """A clip to be made: where it is from, which of its variants it is, and where it goes."""

    source: Path
    number: int
    path: Path


def make_many_clips(folder: Path, n_clips: int, target: str, target_share: float, *, first: int = 0) -> None:
    """Write clips ``first`` to ``n_clips`` of the corpus into ``folder``, one folder a word.

    Args:
        folder: of the corpus; what stands there stays.
        n_clips: of the whole corpus; clips of a smaller one are among those of a larger one of its kind.
        target: the word that is learned.
        target_share: of the clips, which bear the target's name.
        first: clips that stand there already.
    """
    variants = _variants(folder, n_clips, target, target_share)[first:]
    for parent in sorted({variant.path.parent for variant in variants}):
        parent.mkdir(parents=True, exist_ok=True)
    blocks = [variants[start : start + CLIPS_AT_ONCE] for start in range(0, len(variants), CLIPS_AT_ONCE)]
    with Progress("make clips", len(variants), "clips") as progress:
        for n_made in map_batches(_make, blocks, n_workers=min(available_cores(), len(blocks))):
            progress.advance(n_made)


def varied(samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return a clip at another rate, in another room, swaying and noisy: float32 [N_SAMPLES]."""
    rate = float(np.exp(generator.uniform(np.log(SLOWEST), np.log(FASTEST))))
    centre, n_samples = 0.5 * (len(samples) - 1), np.arange(N_SAMPLES) - 0.5 * (N_SAMPLES - 1)
    sound = np.interp(centre + rate * n_samples, np.arange(len(samples)), samples, left=0.0, right=0.0)
    taps = TAP_SPREAD * generator.standard_normal(N_TAPS) * 0.8 ** np.arange(N_TAPS)
    taps[0] = 1.0
    sound = np.convolve(sound, taps)[:N_SAMPLES]
    hertz, phase = generator.uniform(1.5, 6.0), generator.uniform(0.0, 2 * np.pi)
    sound *= 1.0 + SWAY_DEPTH * np.sin(2 * np.pi * hertz * n_samples / SAMPLE_RATE + phase)
    sound += NOISE_SHARE * np.sqrt(np.mean(sound**2)) * generator.standard_normal(N_SAMPLES)
    return np.asarray(0.7 * sound / max(float(np.abs(sound).max()), 1e-6), np.float32)


def _variants(folder: Path, n_clips: int, target: str, target_share: float) -> list[_Variant]:
    """Return all clips of a corpus, variants of the embedded ones in turn, so that speakers come whole."""
    corpus = open_corpus("embedded")
    own = [clip for clip in corpus.clips if clip.word == target]
    others = [clip for clip in corpus.clips if clip.word != target]
    every = round(1 / target_share)
    found: list[_Variant] = []
    n_taken: defaultdict[int, int] = defaultdict(int)
    for number in range(n_clips):
        clips = others if number % every else own
        turn, place = divmod(n_taken[id(clips)], len(clips))
        n_taken[id(clips)] += 1
        found.append(_variant(corpus.root, clips[place], turn, folder))
    return found


def _variant(root: Path, clip: Clip, turn: int, folder: Path) -> _Variant:
    stem = Path(clip.path).stem.rpartition("_nohash_")
    return _Variant(root / clip.path, turn, folder / clip.word / f"{stem[0]}v{turn:05d}_nohash_{stem[2]}.wav")


def _make(variants: Sequence[_Variant]) -> int:
    for variant in variants:
        if variant.path.exists():
            continue
        name = f"{variant.source.parent.name}/{variant.path.name}"
        seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
        samples = read_clip(variant.source).samples
        sound = varied(samples.reshape(-1), np.random.default_rng(seed))
        content = io.BytesIO()
        with wave.open(content, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes((sound * 32_767).astype("<i2").tobytes())
        variant.path.write_bytes(content.getvalue())
    return len(variants)
