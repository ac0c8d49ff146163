"""Which source does the name of a corpus stand for?

A source is a function of the keywords ``splits`` and ``name_pattern`` that returns a ``Corpus``. A source
that holds several kinds of thing, which are never compared with each other, takes the keyword ``target`` too,
and returns the clips of the target's kind. Whatever is no name of a source is the path of a folder, or the
URL of one: of machines in the layout of task 2 of DCASE, or of words.
"""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from pipeline.corpora.dcase import dcase_machines, is_machine, open_dcase
from pipeline.corpora.embedded import open_embedded
from pipeline.corpora.folder import Corpus, open_folder
from pipeline.corpora.machines import machine_names, open_machines
from pipeline.corpora.mirror import mirrored
from pipeline.corpora.speech_commands import ARCHIVES, open_speech_commands
from pipeline.errors import ConfigurationError, PipelineError, nearest
from pipeline.stores import is_url, refuse_secrets

__all__ = ["OF_ONE_KIND", "RENDERED", "SOURCES", "kinds_of", "open_corpus"]

RENDERED: dict[str, Callable[..., Corpus]] = {"embedded": open_embedded, "machines": open_machines}
# Another corpus is another line here, or one above where it is made on this machine.
SOURCES: dict[str, Callable[..., Corpus]] = {
    **RENDERED,
    **{name: partial(open_speech_commands, name) for name in ARCHIVES},
}
# The sources that are told the target, and the kinds of thing that they hold.
OF_ONE_KIND: dict[str, Callable[[], tuple[str, ...]]] = {"machines": machine_names}


def kinds_of(name: str) -> tuple[str, ...]:
    """Return the targets of a corpus that holds several kinds of thing, or none where it holds one.

    Args:
        name: of a corpus, or a path: the kinds of a folder in DCASE's layout are its machines.
    """
    if name in OF_ONE_KIND:
        return OF_ONE_KIND[name]()
    return dcase_machines(_folder_of(name)) if name and name not in RENDERED else ()


def open_corpus(name: str, *, splits: str = "", name_pattern: str = "", target: str = "") -> Corpus:
    """Open a corpus by name or path; renders or downloads it where needed.

    ``embedded`` and ``machines`` are always the rendered ones (``./embedded`` is a folder of that
    name); a folder that is called ``speech_commands_v0.01`` and stands here is opened, and not
    downloaded again.

    Args:
        name: a name of ``SOURCES``, a folder, or the URL of one in a store, which is mirrored.
        splits: path of a CSV with columns ``file,split``; ``""`` for none.
        name_pattern: regular expression searched in each file's name; ``""`` for none.
        target: the class that is normal; chooses the machine where the corpus is ``machines`` or
            a folder in DCASE's layout.

    Raises:
        ConfigurationError: the pattern does not compile or lacks the group ``speaker``, or the name is a URL
            that may carry a secret.
        PipelineError: no such corpus, or it cannot be fetched.
    """
    if not name:
        raise ConfigurationError("the name of the corpus is empty; give a path, or CORPUS=embedded")
    root = _folder_of(name)
    if name in RENDERED or (name in SOURCES and not os.path.isdir(root)):
        more = {"target": target} if name in OF_ONE_KIND else {}
        return SOURCES[name](splits=splits, name_pattern=name_pattern, **more)
    if not os.path.exists(root):
        raise PipelineError(
            f"no corpus folder stands at {name!r}{nearest(name, SOURCES) or ';'} "
            "give the path of a folder with one folder a word, or CORPUS=embedded"
        )
    if not os.path.isdir(root):
        raise PipelineError(f"{name!r} is no folder; give the folder that holds one folder a word")
    if dcase_machines(root):
        return open_dcase(root, splits=splits, name_pattern=name_pattern, target=target)
    if is_machine(root):
        raise PipelineError(
            f"{name!r} is the folder of one machine in DCASE's layout; give the folder that holds it, "
            f"CORPUS={root.resolve().parent} TARGET={root.resolve().name}"
        )
    return open_folder(root, splits=splits, name_pattern=name_pattern)


def _folder_of(name: str) -> Path:
    """Return the folder of a path, or the mirror of a URL."""
    refuse_secrets(name)
    return mirrored(name) if is_url(name) else Path(os.path.expanduser(name))
