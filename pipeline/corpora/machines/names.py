"""What does the name of a recording say, and in which split is it?

Names are those of DCASE task 2, ``MACHINE/PART/section_00_DOMAIN_PART_CONDITION_NUMBER_ATTRIBUTES.wav``: the
part is ``train`` or ``test``, the domain ``source`` or ``target``, the condition ``normal`` or ``anomaly``,
the number has four digits. The attributes of a normal recording are ``spd_1480_load_80``, those of a faulty
one ``bearing_small``. The class of a normal recording is its machine, that of a faulty one ``fan_bearing``.

Source: N. Harada et al., ToyADMOS2, 2021, arXiv:2106.02369, and K. Dohi et al., MIMII DG, 2022,
arXiv:2205.13879, for the layout with two domains. Nothing of their sounds is used.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable

from pipeline.corpora.folder import Clip

__all__ = ["VALIDATION_SHARE", "clips_of", "machine_of", "path_of"]

# A third: half of it calibrates, and a false-alarm rate of 0.05 takes 19 recordings for that.
VALIDATION_SHARE = 1 / 3

NAME = re.compile(
    r"(?P<machine>[a-z]+)/(?P<part>train|test)/section_00_(?P<domain>source|target)_(?P=part)_"
    r"(?P<condition>normal|anomaly)_\d{4}_(?P<attributes>.+)\.wav"
)


def path_of(*, machine: str, part: str, domain: str, condition: str, number: int, attributes: str) -> str:
    """Return where a recording stands in the corpus."""
    return f"{machine}/{part}/section_00_{domain}_{part}_{condition}_{number:04d}_{attributes}.wav"


def machine_of(word: str) -> str:
    """Return the machine that a class is about: ``fan`` of ``fan`` and of ``fan_bearing``."""
    return word.partition("_")[0]


def clips_of(paths: Iterable[str]) -> list[Clip]:
    """Return the clip of each recording, sorted by path; a file with another name is none.

    The part for training gives ``train`` and ``validation``: of each machine and domain the third whose paths
    have the lowest SHA-256 validates. Each recording is its own draw, and so its own speaker.

    Args:
        paths: relative to the corpus, with forward slashes.
    """
    readings = {path: match for path in sorted(paths) if (match := NAME.fullmatch(path))}
    training: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for path, reading in readings.items():
        if reading["part"] == "train":
            training[reading["machine"], reading["domain"]].append(path)
    validating: set[str] = set()
    for group in training.values():
        group.sort(key=lambda path: hashlib.sha256(path.encode()).digest())
        validating.update(group[: round(len(group) * VALIDATION_SHARE)])
    return [
        Clip(
            path=path,
            word=_word_of(reading),
            speaker=path,
            split="validation" if path in validating else reading["part"],
        )
        for path, reading in readings.items()
    ]


def _word_of(reading: re.Match[str]) -> str:
    if reading["condition"] == "normal":
        return reading["machine"]
    fault, _, _ = reading["attributes"].rpartition("_")
    return f"{reading['machine']}_{fault}"
