"""What is a corpus, and which source does a name stand for?"""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["SPLITS", "Clip", "Corpus", "open_corpus"]

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, kw_only=True)
class Clip:
    """One audio file.

    Attributes:
        path: relative to the corpus root, with forward slashes. Valid Unicode always: bytes of a
            file name that are not UTF-8 stand as ``\\xNN``, and such a clip has a ``defect``.
        word: the folder, or the group ``word`` of the name pattern.
        speaker: who speaks; clips of one speaker are never in two splits.
        split: ``train``, ``validation`` or ``test``.
        defect: why the file cannot even be opened, or ``""``.
    """

    path: str
    word: str
    speaker: str
    split: str
    defect: str = ""


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """Clips in a fixed order (sorted by path), under one root folder.

    Attributes:
        name: as the user gave it, or the folder's name.
        root: the folder that clip paths are relative to.
        clips: sorted by path.
        warnings: sentences for the user, such as a missing source of speakers.
    """

    name: str
    root: Path
    clips: tuple[Clip, ...]
    warnings: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The words, sorted."""
        return tuple(sorted({clip.word for clip in self.clips}))


def open_corpus(name: str, *, splits: str = "", name_pattern: str = "") -> Corpus:
    """Open a corpus by name or path; renders or downloads it where needed.

    Args:
        name: ``embedded``, ``speech_commands_v0.01``, ``speech_commands_v0.02`` or a folder.
        splits: path of a CSV with columns ``file,split``; ``""`` for none.
        name_pattern: regular expression searched in each file's name; ``""`` for none.

    Raises:
        ConfigurationError: the pattern does not compile or lacks the group ``speaker``.
        PipelineError: no such corpus, or it cannot be fetched.
    """
    raise NotImplementedError
