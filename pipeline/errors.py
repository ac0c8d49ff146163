"""What can go wrong for a user, and with which exit status the program then ends.

Every message is one sentence: what was wrong, both numbers where there are numbers, and what to do.
Exit statuses: 0 done; 1 failed; 2 wrong usage or configuration; 3 done, but some clips were set
aside; 4 a damaged or foreign artefact; 130 interrupted.
"""

import difflib
from collections.abc import Iterable

__all__ = ["ArtefactError", "ConfigurationError", "PipelineError", "UnusableClip", "nearest"]


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
    """One audio file cannot be used; the message is the reason that the manifest shows."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the known name closest to ``name``, else ``""``."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""
