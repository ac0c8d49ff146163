"""What is a corpus?

Conventions: clips stand in the order of their paths, which are relative to the corpus's root.
"""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["SPLITS", "Clip", "Corpus", "SectionLabels"]

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, kw_only=True)
class SectionLabels:
    """What a recording of a machine says of itself, as task 2 of DCASE has it; ``""`` where it does not.

    Attributes:
        section: of the machine's recordings, two digits.
        domain: ``source`` or ``target``.
        condition: ``normal`` or ``anomaly``.
        attributes: how the machine ran, as ``spd=28V, mic=1``.
    """

    section: str
    domain: str = ""
    condition: str = ""
    attributes: str = ""


@dataclass(frozen=True, kw_only=True)
class Clip:
    r"""One audio file.

    Attributes:
        path: relative to the corpus root, with forward slashes. Valid Unicode always: bytes of a
            file name that are not UTF-8 stand as ``\xNN``, and such a clip has a ``defect``.
        word: the folder, or the group ``word`` of the name pattern.
        speaker: who speaks; clips of one speaker are never in two splits.
        split: ``train``, ``validation`` or ``test``, ``unlabelled`` where nobody says whether a clip to be
            tested is normal; ``fold_0``, ``fold_1`` and so on where the corpus is
            cross-fitted, see ``pipeline.corpora.cross_fitting``.
        recording: which clips were cut from one recording; its own ``path`` where nothing says so. Clips of
            one recording are of one speaker, so what keeps speakers together keeps recordings together.
        defect: why the file cannot even be opened, or ``""``.
        labels: section, domain and so on where the corpus has them.
    """

    path: str
    word: str
    speaker: str
    split: str
    recording: str = ""
    defect: str = ""
    labels: SectionLabels | None = None

    def __post_init__(self) -> None:
        """Let a clip of which nothing is said be a recording of its own."""
        if not self.recording:
            object.__setattr__(self, "recording", self.path)


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """Clips in a fixed order (sorted by path), under one root folder.

    Attributes:
        name: as the user gave it, or the folder's name.
        root: the folder that clip paths are relative to.
        clips: sorted by path.
        has_own_splits: whether lists, a CSV or the corpus itself say who is in which split, and not the hash
            of the speakers' names.
        warnings: sentences for the user, such as a missing source of speakers.
        split_warnings: those of them that are about the splits, and mean nothing where others are made.
    """

    name: str
    root: Path
    clips: tuple[Clip, ...]
    has_own_splits: bool = True
    warnings: tuple[str, ...] = ()
    split_warnings: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The words, sorted."""
        return tuple(sorted({clip.word for clip in self.clips}))
