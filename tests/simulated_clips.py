"""What is a corpus of generated sounds, in the layout of Speech Commands?

Conventions: everything follows from one seed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

WORDS = [
    "bed",
    "bird",
    "cat",
    "dog",
    "down",
    "eight",
    "five",
    "four",
    "go",
    "happy",
    "house",
    "left",
    "marvin",
    "nine",
    "no",
    "off",
    "on",
    "one",
    "right",
    "seven",
    "sheila",
    "six",
    "stop",
    "three",
    "tree",
    "two",
    "up",
    "wow",
    "yes",
    "zero",
]
SAMPLE_RATE = 16_000


@dataclass(frozen=True)
class SimulatedClip:
    """One clip of a simulated corpus."""

    path: str
    word: str
    speaker: str
    split: str


def simulated_clips(words: Sequence[str], target: str, n_target: int, n_other: int) -> list[SimulatedClip]:
    """Return clips in the layout of Speech Commands: the target in three splits, others mostly in test."""
    clips = []
    for word in words:
        n = n_target if word == target else n_other
        for index in range(n):
            speaker = f"{index * 2654435761 % 2**32:08x}"
            split = "test" if word != target else ("train", "train", "validation", "test")[index % 4]
            clips.append(SimulatedClip(f"{word}/{speaker}_nohash_0.wav", word, speaker, split))
    return sorted(clips, key=lambda clip: clip.path)


def write_sounds(root: Path, clips: Sequence[SimulatedClip], seed: int = 0) -> None:
    """Write a second of a gliding harmonic tone in noise for each clip."""
    import soundfile

    rng = np.random.default_rng(seed)
    time = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    for clip in clips:
        pitch = rng.uniform(90, 260) * (1 + rng.uniform(-0.3, 0.3) * time)
        phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE
        centre, width = rng.uniform(0.35, 0.6), rng.uniform(0.08, 0.2)
        envelope = np.exp(-(((time - centre) / width) ** 2))
        voice = sum(np.sin(k * phase) / k ** rng.uniform(0.8, 1.6) for k in range(1, 16))
        sound = 0.2 * envelope * voice + rng.normal(0, 0.003, time.size)
        path = root / clip.path
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, sound, SAMPLE_RATE, format="WAV", subtype="PCM_16")
