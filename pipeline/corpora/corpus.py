"""What is a corpus, and which source does a name stand for?"""

import os
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ConfigurationError, PipelineError, nearest

__all__ = ["KNOWN_CORPORA", "SPLITS", "Clip", "Corpus", "open_corpus"]

KNOWN_CORPORA = ("embedded", "speech_commands_v0.01", "speech_commands_v0.02")
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


def open_corpus(name: str, *, splits: str = "", name_pattern: str = "") -> Corpus:
    """Open a corpus by name or path; renders or downloads it where needed.

    ``embedded`` is always the rendered one (``./embedded`` is a folder of that name); a folder that
    is called ``speech_commands_v0.01`` and stands here is opened, and not downloaded again.

    Args:
        name: ``embedded``, ``speech_commands_v0.01``, ``speech_commands_v0.02`` or a folder.
        splits: path of a CSV with columns ``file,split``; ``""`` for none.
        name_pattern: regular expression searched in each file's name; ``""`` for none.

    Raises:
        ConfigurationError: the pattern does not compile or lacks the group ``speaker``.
        PipelineError: no such corpus, or it cannot be fetched.
    """
    # Imported here: the sources need ``Clip`` and ``Corpus`` from this module.
    from pipeline.corpora.folder import open_folder

    if not name:
        raise ConfigurationError("the name of the corpus is empty; give a path, or CORPUS=embedded")
    root = Path(os.path.expanduser(name))
    if name == "embedded":
        from pipeline.corpora.embedded import open_embedded

        return open_embedded(splits=splits, name_pattern=name_pattern)
    if name in KNOWN_CORPORA and not os.path.isdir(root):
        from pipeline.corpora.speech_commands import open_speech_commands

        return open_speech_commands(name, splits=splits, name_pattern=name_pattern)
    if not os.path.exists(root):
        raise PipelineError(
            f"no corpus folder stands at {name!r}{nearest(name, KNOWN_CORPORA) or ';'} "
            "give the path of a folder with one folder a word, or CORPUS=embedded"
        )
    if not os.path.isdir(root):
        raise PipelineError(f"{name!r} is no folder; give the folder that holds one folder a word")
    return open_folder(root, splits=splits, name_pattern=name_pattern)
