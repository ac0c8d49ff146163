"""How are named arrays kept in one file, whole or not at all?

An archive of NumPy's: nothing is pickled. A fit that is kept in one says what it was asked for, and is not
gone on with by a call that asks for something else.
"""

import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

__all__ = ["FileCheckpoint", "read_archive", "write_archive"]

ASKED = "asked"


def write_archive(path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays to one file, in place of an old one when it is whole."""
    aim = Path(path)
    partial = aim.with_name(f".{aim.name}.partial")
    with partial.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
        file.flush()
        os.fsync(file.fileno())
    partial.replace(aim)


def read_archive(path: str | os.PathLike[str], what: str) -> dict[str, np.ndarray]:
    """Return the arrays of a file that ``write_archive`` wrote.

    Args:
        path: of the file.
        what: it should be, for the message.

    Raises:
        FileNotFoundError: there is none.
        ValueError: the file is damaged, or holds something else.
    """
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except FileNotFoundError:
        raise
    except (ValueError, OSError, EOFError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path} is no saved {what}, or damaged ({error}); save the {what} again") from error


@dataclass(frozen=True)
class FileCheckpoint:
    """One fit in one file.

    Args:
        path: of the file; it need not be there.
        asked: what the fit was asked for, each thing by its name.
    """

    path: Path
    asked: Mapping[str, str]

    def load(self) -> Mapping[str, np.ndarray] | None:
        """Return what was saved last, or None where nothing was.

        Raises:
            ValueError: the file is damaged, or of a fit that was asked for something else.
        """
        if not self.path.exists():
            return None
        arrays = read_archive(self.path, "fit")
        found = {
            name.removeprefix(f"{ASKED}/"): arrays.pop(name).tobytes().decode()
            for name in list(arrays)
            if name.startswith(f"{ASKED}/")
        }
        for name, value in self.asked.items():
            if found.get(name) != value:
                raise ValueError(
                    f"{self.path} is of a fit with {name} {found.get(name)}, and this one has {value}; "
                    "fit as before to go on with it, or give another path"
                )
        return arrays

    def save(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Put named arrays in place of what was saved, whole or not at all."""
        asked = {f"{ASKED}/{k}": np.frombuffer(v.encode(), np.uint8) for k, v in self.asked.items()}
        write_archive(self.path, {**arrays, **asked})
