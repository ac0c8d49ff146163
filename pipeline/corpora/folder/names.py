"""Which word is spoken in a file, by whom, and in which recording, as far as its name tells?

Conventions: the speaker is what stands before ``_nohash_``; else the group ``speaker`` of the
pattern; else the recording, where one is known; else the file is its own speaker. The recording is the
group ``recording`` of the pattern, and ``""`` where the name tells none. The word is the group ``word`` of
the pattern where the pattern has one; else the first folder of the path.
"""

import re
import unicodedata
from typing import NamedTuple

from pipeline.corpora.folder.listing import FoundFile
from pipeline.errors import ConfigurationError, nearest

__all__ = ["NameReading", "compile_name_pattern", "read_name", "speaker_in_name"]

SPEAKER_MARK = "_nohash_"
GROUPS = ("speaker", "recording", "word")


class NameReading(NamedTuple):
    """What a name tells; speaker and recording are ``""`` where it tells none."""

    word: str
    speaker: str
    recording: str
    defect: str


def compile_name_pattern(name_pattern: str) -> re.Pattern[str] | None:
    """Compile the user's pattern; ``""`` gives None.

    Raises:
        ConfigurationError: it does not compile, lacks the groups ``speaker`` and ``recording``, or has
            unknown groups.
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
        if group not in GROUPS:
            raise ConfigurationError(
                f"the name pattern has a group {group!r}, but only speaker, recording and word have a meaning"
                + nearest(group, GROUPS)
            )
    if not {"speaker", "recording"} & set(pattern.groupindex):
        raise ConfigurationError(
            f"the name pattern {name_pattern!r} lacks the group speaker; write it as (?P<speaker>...), or "
            "name the recording that a clip is cut from as (?P<recording>...)"
        )
    return pattern


def read_name(file: FoundFile, pattern: re.Pattern[str] | None) -> NameReading:
    """Read word, speaker and recording; a name that the pattern does not fit gives a defect, never a guess.

    Args:
        file: from ``list_audio``.
        pattern: from ``compile_name_pattern``; searched in the file's name without its folders.
    """
    word, defect = file.folder, file.defect
    before, mark, _ = file.name.partition(SPEAKER_MARK)
    speaker = before if mark else ""
    recording = ""
    asked = set(pattern.groupindex) if pattern else set()
    if pattern and (not speaker or asked - {"speaker"}):
        match = pattern.search(file.name)
        groups = match.groupdict("") if match else {}
        word = groups.get("word", "") if "word" in asked else word
        speaker = speaker or groups.get("speaker", "")
        recording = groups.get("recording", "")
        found = {"word": word, "speaker": speaker, "recording": recording}
        # A word without a group is the folder: where there is none, no pattern is at fault.
        absent = [name for name in ("word", "speaker", "recording") if name in asked and not found[name]]
        if not match:
            defect = defect or "name_pattern: the file name does not match the name pattern"
        elif absent:
            defect = defect or f"name_pattern: the name pattern found no {absent[0]} in the file name"
    # Archives of other systems hold decomposed letters: the same name in other code points.
    word, speaker = (unicodedata.normalize("NFC", name) for name in (word, speaker))
    return NameReading(word, speaker, recording, defect)


def speaker_in_name(name: str, name_pattern: str) -> str:
    """Return the speaker that a file's name tells, ``""`` where it tells none.

    Args:
        name: of the file, without its folders.
        name_pattern: of the corpus, ``""`` for none.
    """
    file = FoundFile(path=name, folder="", name=name, defect="")
    return read_name(file, compile_name_pattern(name_pattern)).speaker
