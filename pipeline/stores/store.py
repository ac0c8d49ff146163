"""What stands in a store, and how is one object of it read, written or removed?

Conventions: names are relative to the URL of a folder, with forward slashes. A version is a text that changes
when the object does: its ETag or checksum where the store has one, else its time of change.
"""

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.errors import ConfigurationError, PipelineError
from pipeline.stores.addresses import protocol_of

__all__ = ["Store", "Stored", "open_store"]

INSTALL = "install what reads S3 with `pip install 'audio-anomaly[remote]'`, or the package of another store"
# In this order: what changes with the content comes before what changes with a copy.
VERSIONS = ("ETag", "etag", "md5Hash", "md5", "content_md5", "sha256", "checksum", "crc32c")
TIMES = ("LastModified", "last_modified", "updated", "mtime", "created")
MOST_LETTERS = 200


class Stored(NamedTuple):
    """One object of a store: bytes, -1 where the store does not say, and a text that changes when it does."""

    n_bytes: int
    version: str


class Store:
    """A folder in a store; see ``open_store``."""

    def __init__(self, url: str, system: Any, root: str) -> None:
        self.url = url
        self._system, self._root = system, root.rstrip("/")

    def listing(self) -> dict[str, Stored]:
        """Return every object below the URL, by name, in the order of names; none where none stands there.

        Raises:
            PipelineError: no such bucket, or the store refuses or cannot be reached.
        """
        with _as_sentence(self.url):
            self._system.invalidate_cache()
            found: Mapping[str, Any] = self._system.find(self._root, detail=True)
        listed: dict[str, Stored] = {}
        for path, told in sorted(found.items()):
            name = path[len(self._root) :].lstrip("/")
            if name and not name.endswith("/") and told.get("type", "file") == "file":
                listed[name] = Stored(_size(told), _version(told))
        return listed

    def fetch(self, name: str, place: Path) -> None:
        """Copy one object to a file.

        Raises:
            PipelineError: it vanished, or the store refuses or cannot be reached.
        """
        with _as_sentence(self._address(name)):
            self._system.get_file(f"{self._root}/{name}", str(place))

    def send(self, path: Path, name: str) -> None:
        """Copy a file to an object.

        Raises:
            PipelineError: the store refuses or cannot be reached.
        """
        with _as_sentence(self._address(name), "written"):
            self._system.put_file(str(path), f"{self._root}/{name}")

    def remove(self, name: str) -> None:
        """Remove one object.

        Raises:
            PipelineError: the store refuses or cannot be reached.
        """
        with _as_sentence(self._address(name), "removed"):
            self._system.rm_file(f"{self._root}/{name}")

    def _address(self, name: str) -> str:
        return f"{self.url.rstrip('/')}/{name}"


def open_store(url: str) -> Store:
    """Return the folder of a URL; credentials are those of the environment.

    Raises:
        ConfigurationError: the package for this protocol is not installed, or nothing reads it.
    """
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise ConfigurationError(f"{url} needs the package fsspec; {INSTALL}") from error
    try:
        is_local = protocol_of(url) in ("file", "local")
        system, root = url_to_fs(url, **({"auto_mkdir": True} if is_local else {}))
    except ImportError as error:
        raise ConfigurationError(f"{url} needs another package ({error}); {INSTALL}") from error
    except ValueError as error:
        raise ConfigurationError(
            f"{protocol_of(url)}:// is no store that fsspec knows; use s3, gs, az or https, or give a path"
        ) from error
    return Store(url, system, root)


@contextmanager
def _as_sentence(what: str, done: str = "read") -> Iterator[None]:
    """Turn what a store raises into one sentence about ``what``; a full disk stays what it is."""
    try:
        yield
    except FileNotFoundError as error:
        raise PipelineError(
            f"nothing stands at {what}, or no longer; look at the URL and call again"
        ) from error
    except PermissionError as error:
        raise PipelineError(
            f"{what} must not be {done} with the credentials of this environment; set those of somebody who "
            "may"
        ) from error
    except Exception as error:  # each store has its own family of errors
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise  # the disk here, and not the store
        lines = str(error).strip().splitlines()
        told = f"{type(error).__name__}: {lines[0][:MOST_LETTERS]}" if lines else type(error).__name__
        raise PipelineError(
            f"{what} could not be {done} ({told}); call again, and what has arrived is kept"
        ) from error


def _size(told: Mapping[str, Any]) -> int:
    size = told.get("size")
    return -1 if size is None else int(size)


def _version(told: Mapping[str, Any]) -> str:
    for key in (*VERSIONS, *TIMES):
        if told.get(key) is not None:
            return str(told[key])
    return ""
