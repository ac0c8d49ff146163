"""What does the name of a recording say, and which recordings to learn from are held out?

Conventions: names are those of task 2 of DCASE. Since 2021 they are as
``section_00_source_train_normal_0000_spd_28V.wav``, with or without attributes behind the number, and as
``section_00_0000.wav`` or ``section_00_source_test_0000.wav`` where nobody is to know the condition. In 2020
they were as ``normal_id_00_00000000.wav`` and ``id_00_00000000.wav``: the machine's id is the section, and
all is of the source domain.

Source: Y. Koizumi et al., arXiv:2006.05822 (2020); Y. Kawaguchi et al., arXiv:2106.04492 (2021); K. Dohi
et al., arXiv:2206.05876 (2022).
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pipeline.corpora.folder import SectionLabels

__all__ = ["MOST_HELD_OUT", "VALIDATION_SHARE", "NameReading", "held_out", "read_name"]

# A third: half of it calibrates where the other stops a fit, and a rate of 0.05 takes 19 clips.
VALIDATION_SHARE = 1 / 3
# Of each section and domain: a hundred promise a rate of 0.05 to within 0.05, the rest are learned from.
MOST_HELD_OUT = 100

NAMES = (
    re.compile(
        r"section_(?P<section>\d{2,})_(?:(?P<domain>source|target)_(?P<part>train|test)_)?"
        r"(?:(?P<condition>normal|anomaly)_)?\d{4,}(?:_(?P<attributes>.+))?"
    ),
    re.compile(r"(?:(?P<condition>normal|anomaly)_)?id_(?P<section>\d{2,})_\d{4,}"),
)


class NameReading(NamedTuple):
    """What a name tells; ``part`` is ``train``, ``test``, or ``""`` where the name does not say."""

    labels: SectionLabels
    part: str


def read_name(name: str) -> NameReading | None:
    """Return what the name of a file tells, or None where it is no name of the task."""
    stem = name.rpartition(".")[0]
    for pattern in NAMES:
        if found := pattern.fullmatch(stem):
            told = {key: value or "" for key, value in found.groupdict().items()}
            labels = SectionLabels(
                section=told["section"],
                domain=told.get("domain", "source"),
                condition=told["condition"],
                attributes=told.get("attributes", ""),
            )
            return NameReading(labels, told.get("part", ""))
    return None


def held_out(groups: Mapping[object, Sequence[str]]) -> set[str]:
    """Return which recordings to learn from are held out: of each group the third with the lowest SHA-256.

    Args:
        groups: paths of the recordings of each section and domain.
    """
    chosen: set[str] = set()
    for paths in groups.values():
        n_chosen = min(round(len(paths) * VALIDATION_SHARE), MOST_HELD_OUT)
        chosen.update(_by_digest(paths)[:n_chosen])
    return chosen


def _by_digest(paths: Iterable[str]) -> list[str]:
    return sorted(paths, key=lambda path: hashlib.sha256(path.encode()).digest())
