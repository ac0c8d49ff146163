"""What does ``record.json`` say of a stage, and was it changed since?

The record names what the stage was made from and the SHA-256 of every file that it wrote. It carries its own
digest, and holds neither dates nor seconds: the same made again is the same bytes.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import ArtefactError
from pipeline.files import digest_of, read_json, unsealed, write_sealed_json

__all__ = ["FORMAT", "Record", "read_record", "write_record"]

FORMAT = "audio-anomaly run 1"
RECORD_NAME = "record.json"


@dataclass(frozen=True, kw_only=True)
class Record:
    """What ``record.json`` says of a stage.

    Attributes:
        stage: its folder.
        inputs: what it was made from.
        files: SHA-256 of each file that it wrote, by its path in the run folder.
    """

    stage: str
    inputs: dict[str, Any]
    files: dict[str, str]

    @property
    def digest(self) -> str:
        """The digest of what the stage made: of its files, whatever they were made from."""
        return digest_of(self.files)


def write_record(folder: Path, record: Record) -> None:
    """Write the record of a stage into its folder."""
    content = {"stage": record.stage, "inputs": record.inputs, "files": record.files}
    write_sealed_json(folder / RECORD_NAME, {"format": FORMAT, **content})


def read_record(folder: Path, stage: str) -> Record | None:
    """Return the record in a stage's folder, or ``None`` where the stage never ended.

    Raises:
        ArtefactError: it is not ours, damaged, or was changed.
    """
    path = folder / RECORD_NAME
    if not path.exists():
        return None
    content = read_json(path)
    if not isinstance(content, dict) or content.get("format") != FORMAT or content.get("stage") != stage:
        raise ArtefactError(f"{path} is not a record of {FORMAT!r}; delete {folder} and run again")
    if "sha256" not in content:
        raise ArtefactError(f"{path} is cut, or of an earlier version; delete {folder} and run again")
    try:
        content = unsealed(path, content)
        return Record(stage=stage, inputs=dict(content["inputs"]), files=dict(content["files"]))
    except ArtefactError as error:
        raise ArtefactError(f"{error}; delete {folder} and run again") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ArtefactError(f"{path} lacks {error}; delete {folder} and run again") from error
