"""What can go wrong for a user, and with which exit status the program then ends.

Every message is one sentence: what was wrong, both numbers where there are numbers, and what to do.
Exit statuses: 0 done; 1 failed; 2 wrong usage or configuration; 3 done, but some clips were set
aside; 4 a damaged or foreign artefact; 130 interrupted.
"""

import difflib
from collections.abc import Iterable

__all__ = ["REFUSALS", "ArtefactError", "ConfigurationError", "PipelineError", "UnusableClip", "nearest"]

# Why a file is not read: the codes are stable, and stand in the manifest and in lines of JSON.
REFUSALS = {
    "empty": "The file has no bytes.",
    "not_regular": "It is a folder, a pipe, a socket or a device.",
    "unreadable": "The file system does not give it: no permission, or a link that leads nowhere.",
    "outside": "It is a link to a file outside of the folder.",
    "changed": "It became shorter while it was read.",
    "not_audio": "It is no kind of audio that is read.",
    "codec": "The container is read, but not what is in it.",
    "several_streams": "It is an Ogg file of several streams.",
    "damaged_header": "What the header says cannot be true.",
    "damaged": "The sound is damaged before its end.",
    "mostly_lost": "The end is missing, and no more than half of the stated sound is there.",
    "no_sound": "There is a header and no sound.",
    "sample_rate": "The sample rate is below 1,000 Hz or above 384,000 Hz.",
    "low_rate": "The sample rate is below the one that the features need.",
    "channels": "There are no channels, or more than 32.",
    "near_channel": "It lacks a channel that `features.channels=near` needs, or the near one is dead.",
    "too_long": "It would be longer than a day.",
    "kills_reader": "Each process that read it ended: it needs too much memory, or a library fails on it.",
    "not_finite": "Samples are NaN or infinite.",
    "too_loud": "Samples are further from full scale than any recording.",
    "name_bytes": "The file name is not UTF-8, and the corpus must name the file in its tables.",
    "name_pattern": "The file name does not fit the name pattern.",
    "splits": "The lists of splits name the file twice, or not at all.",
}


class PipelineError(Exception):
    """The work could not be done (exit status 1)."""

    exit_status = 1


class ConfigurationError(PipelineError):
    """An option, a configuration key or a value is wrong (exit status 2)."""

    exit_status = 2


class ArtefactError(PipelineError):
    """A file of a run is damaged, or was not made by this program (exit status 4)."""

    exit_status = 4


class UnusableClip(ValueError):
    """One audio file cannot be used; the message is the reason that the manifest shows.

    Args:
        code: a key of ``REFUSALS``, which the message begins with.
        sentence: what is wrong, and what to do.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code, sentence)
        self.code = code
        self.sentence = sentence

    def __str__(self) -> str:
        """Return ``code: sentence``."""
        return f"{self.code}: {self.sentence}"


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the known name closest to ``name``, else ``""``."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""
