"""How does a file that stands in no record tell that it is whole, and as it was written?

It carries the SHA-256 of its own content: a TOML file in a comment in its last line, which is the first to
go where a file is cut off; a JSON object under the key ``sha256``.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import ArtefactError
from pipeline.files.artefacts import digest_of, read_json, read_toml, write_json, write_text

__all__ = ["read_sealed_json", "read_sealed_toml", "unsealed", "write_sealed_json", "write_sealed_toml"]

_SEAL = "# SHA-256 of the lines above: "
_KEY = "sha256"


def write_sealed_toml(path: Path, value: Mapping[str, Any]) -> None:
    """Write a mapping as TOML with its seal."""
    import tomli_w

    text = tomli_w.dumps(value)
    write_text(path, f"{text}{_SEAL}{hashlib.sha256(text.encode()).hexdigest()}\n")


def read_sealed_toml(path: Path) -> dict[str, Any]:
    """Read TOML that ``write_sealed_toml`` wrote.

    Raises:
        ArtefactError: the file is absent, cut off, or was changed.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ArtefactError(f"{path} cannot be read: {error.strerror or error}") from error
    above, seal, digest = content.rpartition(_SEAL.encode())
    if not seal:
        raise ArtefactError(
            f"{path} is cut off, or of an earlier version: its last line, the SHA-256 of the others, is "
            "missing"
        )
    if digest.decode("ascii", "replace") != f"{hashlib.sha256(above).hexdigest()}\n":
        raise ArtefactError(f"{path} was changed after it was written: its SHA-256 is another one")
    return read_toml(path)


def write_sealed_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write an object as JSON with its seal."""
    write_json(path, {**value, _KEY: digest_of(dict(value))})


def read_sealed_json(path: Path) -> dict[str, Any]:
    """Read an object that ``write_sealed_json`` wrote.

    Raises:
        ArtefactError: the file is absent, damaged, or was changed.
    """
    return unsealed(path, read_json(path))


def unsealed(path: Path, value: Any) -> dict[str, Any]:
    """Return the content of what was read from a file that ``write_sealed_json`` wrote.

    Raises:
        ArtefactError: it was changed.
    """
    content = dict(value) if isinstance(value, dict) else {}
    seal = content.pop(_KEY, None)
    if seal is None or seal != digest_of(content):
        raise ArtefactError(f"{path} was changed after it was written: its SHA-256 is another one")
    return content
