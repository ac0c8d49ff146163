"""Which recordings stand at a path that somebody gives?"""

import os
import stat
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.recordings.figures import printable_path
from pipeline.terminal import say

__all__ = ["files_of"]


def files_of(path: Path) -> list[tuple[Path, str]]:
    """Return each file and why not to open it; what is left out of a folder is said with its number."""
    from pipeline.corpora import AUDIO_SUFFIXES, list_audio

    try:
        mode = os.stat(path).st_mode
    except OSError as error:
        raise PipelineError(
            f"{printable_path(path)} cannot be scored: {error.strerror}; give audio files or folders"
        ) from error
    if not stat.S_ISDIR(mode):
        return [(path, "")]
    listing = list_audio(path.resolve(), of_words=False)
    left_out = list(listing.left_out)
    if listing.n_other:
        left_out.append(f"{listing.n_other:,} files that are no sound were left out")
    for sentence in left_out:
        say(f"score: {printable_path(path)}: {sentence}")
    # A name of any bytes can be opened; only a corpus must write it into its tables.
    found = [
        (path / file.on_disk, "" if file.defect.startswith("name_bytes") else file.defect)
        for file in listing.files
    ]
    if not found:
        raise PipelineError(
            f"the folder {printable_path(path)} holds 0 audio files; "
            f"give one with {', '.join(AUDIO_SUFFIXES)}"
        )
    return found
