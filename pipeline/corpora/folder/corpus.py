"""What is a corpus?

Conventions: clips stand in the order of their paths, which are relative to the corpus's root.
"""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["SPLITS", "Clip", "Corpus"]

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, kw_only=True)
class Clip:
    r"""One audio file.

    Attributes:
        path: relative to the corpus root, with forward slashes. Valid Unicode always: bytes of a
            file name that are not UTF-8 stand as ``\xNN``, and such a clip has a ``defect``.
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
