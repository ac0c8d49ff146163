"""Which word is spoken in a file, and by whom, as far as its name tells?

Conventions: the speaker is what stands before ``_nohash_``; else the group ``speaker`` of the
pattern; else the file is its own speaker. The word is the group ``word`` of the pattern where the
pattern has one; else the first folder of the path.
"""

import re
from typing import NamedTuple

from pipeline.corpora.folder.listing import FoundFile
from pipeline.errors import ConfigurationError, nearest

__all__ = ["NameReading", "compile_name_pattern", "read_name"]

SPEAKER_MARK = "_nohash_"


class NameReading(NamedTuple):
    """What a name tells; ``alone`` where the file had to count as its own speaker."""

    word: str
    speaker: str
    defect: str
    alone: bool


def compile_name_pattern(name_pattern: str) -> re.Pattern[str] | None:
    """Compile the user's pattern; ``""`` gives None.

    Raises:
        ConfigurationError: it does not compile, lacks the group ``speaker``, or has unknown groups.
    """
    if not name_pattern:
        return None
    try:
        pattern = re.compile(name_pattern)
    except re.error as error:
        raise ConfigurationError(
            f"the name pattern {name_pattern!r} is not a regular expression: {error}"
        ) from error
    for group in pattern.groupindex:
        if group not in ("speaker", "word"):
            raise ConfigurationError(
                f"the name pattern has a group {group!r}, but only speaker and word have a meaning"
                + nearest(group, ("speaker", "word"))
            )
    if "speaker" not in pattern.groupindex:
        raise ConfigurationError(
            f"the name pattern {name_pattern!r} lacks the group speaker; write it as (?P<speaker>...)"
        )
    return pattern


def read_name(file: FoundFile, pattern: re.Pattern[str] | None) -> NameReading:
    """Read word and speaker; a name that the pattern does not fit gives a defect, never a guess.

    Args:
        file: from ``list_audio``.
        pattern: from ``compile_name_pattern``; searched in the file's name without its folders.
    """
    word, defect = file.folder, file.defect
    before, mark, _ = file.name.partition(SPEAKER_MARK)
    speaker = before if mark else ""
    if pattern and (not speaker or "word" in pattern.groupindex):
        groups = match.groupdict("") if (match := pattern.search(file.name)) else {}
        word = groups.get("word", "") if "word" in pattern.groupindex else word
        speaker = speaker or groups.get("speaker", "")
        if not match:
            defect = defect or "the file name does not match the name pattern"
        elif not word or not speaker:
            defect = defect or f"the name pattern found no {'speaker' if word else 'word'} in the file name"
    return NameReading(word, speaker or file.path, defect, alone=not speaker and not defect)
