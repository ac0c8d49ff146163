"""Who speaks in the embedded corpus, and how often does each of them say each word?

160 speakers, half of them with higher voices: an accent, a variant of the voice, pitch, intonation,
speed and length of the vocal tract each. A speaker says each word once to three times, and each
word is said 240 times: 192 in ``train``, 24 in ``validation``, 24 in ``test``. Everything follows
from a speaker's number, a word's number and a take's number through seeded generators.
"""

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

__all__ = ["N_SPEAKERS", "SEED", "WORDS", "Speaker", "Take", "n_takes", "speaker_of", "takes_of"]

SEED = 20_170_803  # the day on which Speech Commands v0.01 appeared
N_SPEAKERS = 160

WORDS = (
    "bed", "bird", "cat", "dog", "down", "eight", "five", "four", "go", "happy",
    "house", "left", "marvin", "nine", "no", "off", "on", "one", "right", "seven",
    "sheila", "six", "stop", "three", "tree", "two", "up", "wow", "yes", "zero",
)  # fmt: skip

# Accents of espeak-ng with their shares; Americans prevail in Speech Commands, too.
ACCENTS = {
    "gmw/en-US": 0.40,
    "gmw/en": 0.15,
    "gmw/en-US-nyc": 0.10,
    "gmw/en-GB-x-rp": 0.10,
    "gmw/en-GB-scotland": 0.10,
    "gmw/en-029": 0.05,
    "gmw/en-GB-x-gbclan": 0.05,
    "gmw/en-GB-x-gbcwmd": 0.05,
}

# Variants that sound like persons: no robots, no whisper, none that clips or rushes.
HIGHER_VARIANTS = (
    "Annie", "aunty", "belinda", "f1", "f2", "f3", "f4", "f5", "grandma", "linda", "shelby", "steph",
    "steph2",
)  # fmt: skip
LOWER_VARIANTS = (
    "Alex", "Denis", "Diogo", "Gene2", "Henrique", "Hugo", "Lee", "Mike", "Nguyen", "Reed", "RicishayMax",
    "adam", "boris", "david", "edward", "grandpa", "iven3", "iven4", "kaukovalta", "klatt", "klatt3",
    "klatt4", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "max", "michel", "miguel", "mike2", "norbert",
    "travis", "victor",
)  # fmt: skip

# Takes of a word by eight speakers in a row, shifted from word to word: 12 for 8, so 240 for 160.
TAKES = (1, 2, 1, 2, 1, 1, 3, 1)


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """One voice.

    Attributes:
        number: 0 to 159.
        name: eight hexadecimal digits, as in Speech Commands.
        split: ``train``, ``validation`` or ``test``.
        accent, variant: names of espeak-ng.
        pitch, intonation: 0 to 99.
        words_per_minute: speed.
        tract: formants and pitch are multiplied by it, as by a shorter vocal tract.
    """

    number: int
    name: str
    split: str
    accent: str
    variant: str
    pitch: int
    intonation: int
    words_per_minute: int
    tract: float


class Take(NamedTuple):
    """One utterance: what is said, and what espeak-ng is asked for."""

    word: str
    number: int
    request: dict[str, str | int]

    def path_by(self, speaker: Speaker) -> str:
        """Return where the clip stands in the corpus."""
        return f"{self.word}/{speaker.name}_nohash_{self.number}.wav"


def speaker_of(number: int) -> Speaker:
    """Return the speaker of a number from 0 to 159."""
    rng = np.random.default_rng([SEED, number])
    # Even speakers have higher voices; each group walks through its variants, so that all are used.
    variants = LOWER_VARIANTS if number % 2 else HIGHER_VARIANTS
    n_train, n_validation = N_SPEAKERS * 8 // 10, N_SPEAKERS // 10
    return Speaker(
        number=number,
        name=hashlib.sha256(f"embedded {number}".encode()).hexdigest()[:8],
        split="train" if number < n_train else "validation" if number < n_train + n_validation else "test",
        variant=variants[number // 2 * 5 % len(variants)],
        accent=str(rng.choice(list(ACCENTS), p=list(ACCENTS.values()))),
        pitch=int(rng.integers(20, 81)),
        intonation=int(rng.integers(30, 81)),
        words_per_minute=int(rng.integers(124, 163)),
        tract=float(rng.uniform(0.93, 1.08)),
    )


def n_takes(speaker: Speaker, word_number: int) -> int:
    """Return how often a speaker says the word of a number from 0 to 29."""
    return TAKES[(speaker.number + word_number) % len(TAKES)]


def takes_of(speaker: Speaker) -> list[Take]:
    """Return all that a speaker says, in the order in which it must be rendered."""
    takes = []
    for word_number, word in enumerate(WORDS):
        for number in range(n_takes(speaker, word_number)):
            rng = np.random.default_rng([SEED, speaker.number, word_number, number])
            request: dict[str, str | int] = {
                "text": word,
                "voice": speaker.accent,
                "variant": speaker.variant,
                "rate": round(speaker.words_per_minute * rng.uniform(0.93, 1.07)),
                "pitch": int(np.clip(speaker.pitch + rng.integers(-6, 7), 0, 99)),
                "range": int(np.clip(speaker.intonation + rng.integers(-12, 13), 0, 99)),
            }
            takes.append(Take(word, number, request))
    return takes
