"""Which clips were cut from one recording, and who speaks in it?

Conventions: the recording is what the file's name tells (the group ``recording`` of the name pattern), else
the column ``recording`` of the splits' CSV, else the file itself. A clip whose speaker nobody names is spoken
by its recording. Where clips of one recording name several speakers, these count as one: whatever keeps
speakers together, in splits, folds and halves, keeps recordings together too.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.corpora.folder.groups import groups_of
from pipeline.corpora.folder.listing import FoundFile
from pipeline.corpora.folder.names import NameReading

__all__ = ["Origins", "origins_of"]

N_NAMED = 3  # speakers in the name of those who count as one; more say nothing


@dataclass(frozen=True, kw_only=True)
class Origins:
    """Where clips come from, in the order of the files.

    Attributes:
        speaker: of each clip.
        recording: of each clip.
        n_alone: clips of which neither speaker nor recording is known: each is its own.
        n_joined: recordings with clips of several speakers, who count as one.
    """

    speaker: list[str]
    recording: list[str]
    n_alone: int
    n_joined: int


def origins_of(
    files: Sequence[FoundFile], readings: Sequence[NameReading], listed: Mapping[str, str]
) -> Origins:
    """Return speaker and recording of each file.

    Args:
        files: of the corpus [N].
        readings: what their names tell [N].
        listed: recording of files by path, where a CSV tells it.
    """
    known = [
        reading.recording or listed.get(file.path, "") for file, reading in zip(files, readings, strict=True)
    ]
    alone = [not (reading.speaker or name) for reading, name in zip(readings, known, strict=True)]
    speakers = [
        reading.speaker or name or file.path
        for file, reading, name in zip(files, readings, known, strict=True)
    ]
    shared = _shared(speakers, known)
    joined = _joined(shared)
    return Origins(
        speaker=[joined.get(speaker, speaker) for speaker in speakers],
        recording=[name or file.path for file, name in zip(files, known, strict=True)],
        n_alone=sum(
            is_alone and not reading.defect for is_alone, reading in zip(alone, readings, strict=True)
        ),
        n_joined=len(shared),
    )


def _shared(speakers: Sequence[str], recordings: Sequence[str]) -> list[set[str]]:
    """Return the speakers of each recording that has several."""
    heard: defaultdict[str, set[str]] = defaultdict(set)
    for speaker, recording in zip(speakers, recordings, strict=True):
        if recording:
            heard[recording].add(speaker)
    return [names for names in heard.values() if len(names) > 1]


def _joined(shared: Sequence[set[str]]) -> dict[str, str]:
    """Return the common name of speakers who share a recording, directly or through others."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for name, first in groups_of((name, min(names)) for names in shared for name in names).items():
        groups[first].append(name)
    called: dict[str, str] = {}
    for group in groups.values():
        named, n_more = sorted(group)[:N_NAMED], len(group) - N_NAMED
        name = " + ".join([*named, f"{n_more} more"] if n_more > 0 else named)
        called |= dict.fromkeys(group, name)
    return called
