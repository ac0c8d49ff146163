"""How does this program write and read its own files so that damage is never read in silence?

Conventions: every file is written under a temporary name in its own folder, flushed, synced and
renamed, so that a reader finds the old file or the new one and never a part. No pickle anywhere.
Digests are lower-case hexadecimal SHA-256. Arrays are stored as ``.npy`` or ``.npz``, tables as Parquet
(``pipeline.files.tables``), everything else as JSON, CSV or TOML in UTF-8.
"""

import hashlib
import io
import json
import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import ArtefactError, PipelineError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = [
    "atomic_path",
    "create_array",
    "digest_of",
    "open_array",
    "read_arrays",
    "read_json",
    "read_toml",
    "sha256_file",
    "sync_folder",
    "write_arrays",
    "write_json",
    "write_text",
    "write_toml",
]


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; on success sync it and rename it to ``path``.

    Raises:
        PipelineError: the folder cannot be written to, or the disk is full.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        raise PipelineError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        # It may be renamed already, or never made: then its folder may be no folder at all.
        with suppress(OSError):
            temporary.unlink()


def sync_folder(folder: Path) -> None:
    """Make renames in a folder outlive a power cut; does nothing where folders cannot be opened."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of a file, reading it in blocks of 1 MiB."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def digest_of(value: Any) -> str:
    """Return the SHA-256 of a value that JSON can hold, independent of the order of its keys."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def write_text(path: Path, text: str) -> None:
    r"""Write UTF-8 text atomically; lone surrogates become ``\udcNN`` escapes."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(text.encode("utf-8", "backslashreplace"))


def write_json(path: Path, value: Any) -> None:
    """Write a value as indented JSON; NaN and infinities are refused, for JSON has none."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False) + "\n")


def read_json(path: Path) -> Any:
    """Read JSON.

    Raises:
        ArtefactError: the file is absent or not JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise ArtefactError(f"{path} cannot be read as JSON ({error}); delete it and run again") from error


def write_toml(path: Path, value: Mapping[str, Any]) -> None:
    """Write a mapping as TOML."""
    import tomli_w

    write_text(path, tomli_w.dumps(value))


def read_toml(path: Path) -> dict[str, Any]:
    """Read TOML.

    Raises:
        ArtefactError: the file is absent or not TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ArtefactError(f"{path} cannot be read as TOML ({error}); delete it and run again") from error


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays as an uncompressed ``.npz``; equal arrays give equal bytes."""
    named: dict[str, Any] = {name: np.asarray(arrays[name]) for name in sorted(arrays)}
    # Opened here, for NumPy adds a suffix to a path; straight into the file, for a copy takes as much again.
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, **named)


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read named arrays written by ``write_arrays``.

    Raises:
        ArtefactError: the file is absent, damaged, or holds pickled objects.
    """
    try:
        # Opened here, for NumPy leaves a file open whose archive it cannot read.
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except Exception as error:  # damaged bytes make zipfile, zlib and NumPy raise almost anything
        raise ArtefactError(f"{path} cannot be read as arrays ({error}); delete it and run again") from error


def create_array(path: Path, shape: tuple[int, ...], dtype: str = "<f4") -> np.memmap:
    """Create a ``.npy`` file of the final size, zero-filled, and map it for writing.

    The space is reserved first: a full disk is an error here, in place of a SIGBUS later.

    Raises:
        PipelineError: the disk is too full, with the size that was needed.
    """
    header = io.BytesIO()
    np.lib.format.write_array_header_2_0(
        header, {"descr": np.dtype(dtype).str, "fortran_order": False, "shape": tuple(shape)}
    )
    n_bytes = header.tell() + int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    try:
        with open(path, "wb") as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, n_bytes)
            else:
                file.truncate(n_bytes)
            file.write(header.getvalue())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise PipelineError(
            f"cannot reserve {n_bytes:,} bytes for {path}: {error.strerror or error}"
        ) from error
    return open_array(path, mode="r+")


def open_array(path: Path, mode: str = "r") -> np.memmap:
    """Map a ``.npy`` file without loading it.

    Raises:
        ArtefactError: the file is absent, cut off or not an array.
    """
    try:
        return np.lib.format.open_memmap(path, mode=mode)
    except Exception as error:  # NumPy parses the header as Python: damage raises even tokenizer errors
        raise ArtefactError(
            f"{path} cannot be read as an array ({error}); delete it and run again"
        ) from error
