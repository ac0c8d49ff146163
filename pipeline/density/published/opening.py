"""Which reader does a published set have, and which files does it read?

A set is a name and a path: a file, or for HEPMASS the folder of two.
"""

from collections.abc import Callable
from pathlib import Path

from pipeline.density.published.bsds300 import read_bsds300
from pipeline.density.published.hepmass import hepmass_files, read_hepmass
from pipeline.density.published.miniboone import read_miniboone
from pipeline.density.published.power import read_power
from pipeline.density.published.rows import PublishedRows
from pipeline.density.tables import check_regular_file
from pipeline.errors import ConfigurationError

__all__ = ["files_of", "read_published"]

READERS: dict[str, Callable[[Path], PublishedRows]] = {
    "power": read_power,
    "hepmass": read_hepmass,
    "miniboone": read_miniboone,
    "bsds300": read_bsds300,
}


def files_of(name: str, path: Path) -> list[Path]:
    """Return the files that a set is read from.

    Raises:
        ConfigurationError: they are not there.
        PipelineError: one is no regular file.
    """
    if name == "hepmass":
        if not path.is_dir():
            raise ConfigurationError(f"{path} is no folder; HEPMASS is read from the folder of its two files")
        return list(hepmass_files(path))
    check_regular_file(path)
    return [path]


def read_published(name: str, path: Path) -> PublishedRows:
    """Return the rows of a set, prepared and split as in the paper; see the reader of each.

    Raises:
        ConfigurationError: the files are not there.
        PipelineError: they are others, or damaged.
    """
    files_of(name, path)
    return READERS[name](path)
