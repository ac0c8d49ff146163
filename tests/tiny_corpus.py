"""What does a corpus of spoken words look like that is made in a second?

Four invented words: two formants that glide over a pulse train, each speaker with a pitch and a size
of their own, in faint noise. Folders and names are those of Speech Commands; splits follow from the
speakers. Everything follows from one seed.
"""

from pathlib import Path

import numpy as np

from pipeline.corpora.folder.splits import split_by_speaker

SAMPLE_RATE = 16_000
TARGET = "zero"
# First and second formant at the start and at the end, in Hz.
FORMANTS = {
    "zero": ((300, 2_200), (500, 900)),
    "one": ((700, 1_100), (300, 2_400)),
    "two": ((300, 800), (320, 850)),
    "three": ((350, 2_600), (300, 2_700)),
}
SPEAKERS_A_SPLIT = {"train": 12, "validation": 4, "test": 4}
CLIPS_A_SPEAKER = 3
N_TARGET = CLIPS_A_SPEAKER * sum(SPEAKERS_A_SPLIT.values())
N_OTHER = 12


def speakers_of(split: str) -> list[str]:
    """Return the names of the speakers whom their hash puts into a split."""
    candidates = [f"{number * 2654435761 % 2**32:08x}" for number in range(200)]
    chosen = split_by_speaker(candidates)
    return [name for name in candidates if chosen[name] == split][: SPEAKERS_A_SPLIT[split]]


def write_corpus(root: Path, *, n_target: int = N_TARGET, n_other: int = N_OTHER, seed: int = 0) -> Path:
    """Write 60 clips of the target and 12 of each of three other words, and return ``root``."""
    speakers = [name for split in ("test", "validation", "train") for name in speakers_of(split)]
    generator = np.random.default_rng(seed)
    for word in FORMANTS:
        n_clips = n_target if word == TARGET else n_other
        for number in range(n_clips):
            speaker = speakers[number % len(speakers)]
            path = root / word / f"{speaker}_nohash_{number // len(speakers)}.wav"
            write_clip(path, spoken(word, int(speaker, 16), generator))
    return root


def spoken(word: str, voice: int, generator: np.random.Generator) -> np.ndarray:
    """Return one second of a word: float64 [16000]."""
    size = np.random.default_rng(voice).uniform(0.9, 1.1)
    pitch = np.random.default_rng(voice + 1).uniform(90, 220)
    n_sounding = int(generator.uniform(0.45, 0.55) * SAMPLE_RATE)
    time = np.arange(n_sounding) / SAMPLE_RATE
    along = time / time[-1]
    sound = np.zeros(n_sounding)
    for first, last in zip(*FORMANTS[word], strict=True):
        hertz = size * (first + (last - first) * along)
        phase = 2 * np.pi * np.cumsum(hertz) / SAMPLE_RATE
        sound += np.sin(phase + generator.uniform(0, 6)) / len(FORMANTS[word])
    sound *= (0.6 + 0.4 * np.sin(2 * np.pi * pitch * time)) * np.sin(np.pi * along) ** 0.5
    second = generator.normal(0, 0.002, SAMPLE_RATE)
    onset = generator.integers(1_000, SAMPLE_RATE - n_sounding - 1_000)
    second[onset : onset + n_sounding] += generator.uniform(0.2, 0.4) * sound
    return second


def write_clip(path: Path, sound: np.ndarray) -> None:
    """Write 16-bit PCM."""
    import soundfile

    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, SAMPLE_RATE, subtype="PCM_16")
