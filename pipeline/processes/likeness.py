"""Is a worker enough like this program that it makes the same bytes?

It must have the same code, the same Python but for its last number, the same versions of the libraries that
outcomes depend on, and see the same folders under the same paths.
"""

import hashlib
import importlib.metadata
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pipeline.errors import PipelineError

__all__ = ["PROGRAM", "Terms", "UnlikeWorker", "refused", "versions_of"]

PROGRAM = "audio-anomaly"
PYTHON = "python"
NONE = "none"
PACKAGES = ("pipeline", "models")


class UnlikeWorker(PipelineError):
    """A worker would make something else, or cannot work at all."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a worker must have.

    Attributes:
        folder: where this program was called, which paths are relative to.
        versions: by name, as ``versions_of`` gives them here.
        folders: that it must see, absolute.
    """

    folder: str
    versions: Mapping[str, str]
    folders: tuple[str, ...] = ()


def versions_of(names: Sequence[str]) -> dict[str, str]:
    """Return the version of each in this process: of a distribution, of ``python``, of this program.

    What is not installed is of version ``none``; this program's names the bytes of its code, too.
    """
    return {name: _version(name) for name in names}


def refused(terms: Terms) -> str:
    """Return why this process must not work under some terms, ``""`` where it may; cheap but for once."""
    found = versions_of(tuple(terms.versions))
    for name, version in terms.versions.items():
        if found[name] != version:
            return (
                f"it has {name} {found[name]}, and this program has {version}; install the same in both, "
                "from the same lock file"
            )
    for folder in (terms.folder, *terms.folders):
        if not os.path.isdir(folder):
            return (
                f"it sees no folder {folder}; workers need the corpus and the run under the same paths as "
                "here, on a disk that all machines share"
            )
    return ""


@lru_cache(maxsize=64)
def _version(name: str) -> str:
    if name == PYTHON:
        return ".".join(platform.python_version_tuple()[:2])
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        version = NONE
    return f"{version} (code {_digest_of_code()})" if name == PROGRAM else version


def _digest_of_code() -> str:
    """Return the beginning of a digest of every module of this program."""
    root = Path(__file__).resolve().parents[2]
    digest = hashlib.sha256()
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
