"""What does the name of a recording say, and in which split is it?

Names are those of DCASE task 2, ``MACHINE/PART/section_00_DOMAIN_PART_CONDITION_NUMBER_ATTRIBUTES.wav``: the
part is ``train`` or ``test``, the domain ``source`` or ``target``, the condition ``normal`` or ``anomaly``,
the number has four digits. The attributes of a normal recording are ``spd_1480_load_80``, those of a faulty
one ``bearing_small``. The class of a normal recording is its machine, that of a faulty one ``fan_bearing``.

Source: N. Harada et al., ToyADMOS2, 2021, arXiv:2106.02369, and K. Dohi et al., MIMII DG, 2022,
arXiv:2205.13879, for the layout with two domains. Nothing of their sounds is used.
"""

from collections import defaultdict
from collections.abc import Iterable

from pipeline.corpora.dcase import held_out, read_name
from pipeline.corpora.folder import Clip, SectionLabels

__all__ = ["clips_of", "machine_of", "path_of"]


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
        paths: ``MACHINE/PART/NAME``, relative to the corpus.
    """
    readings = {}
    training: defaultdict[object, list[str]] = defaultdict(list)
    for path in sorted(paths):
        machine, part, name = path.split("/")
        reading = read_name(name)
        if reading is None or reading.part != part:
            continue
        readings[path] = machine, part, reading.labels
        if part == "train":
            training[machine, reading.labels.domain].append(path)
    validating = held_out(training)
    return [
        Clip(
            path=path,
            word=_word_of(machine, labels),
            speaker=path,
            split="validation" if path in validating else part,
            labels=labels,
        )
        for path, (machine, part, labels) in readings.items()
    ]


def _word_of(machine: str, labels: SectionLabels) -> str:
    if labels.condition == "normal":
        return machine
    fault, _, _ = labels.attributes.rpartition("_")
    return f"{machine}_{fault}"
