"""What of a stage that did not end may the next call go on from?

A stage that is killed, or interrupted, leaves what it finished in ``RUN/.<stage>.partial/kept``, beside a
digest of everything that it depends on: its inputs, the code and the libraries. A later call with the same
digest goes on from there; any other begins anew. What is in the folder is the stage's own affair, and the
stage checks it: a power cut can leave a file of zeros.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import ArtefactError
from pipeline.files import digest_of, read_json, write_json
from pipeline.runs.versions import code_version, library_versions

__all__ = ["kept_folder", "leave_kept", "making_key"]

KEY_NAME = "kept_for.json"


def making_key(inputs: Mapping[str, Any]) -> str:
    """Return a digest of inputs, the code and the libraries: where it is the same, so is what is made."""
    return digest_of({"inputs": inputs, "code": code_version(), "libraries": library_versions()})


def kept_folder(work: Path, inputs: Mapping[str, Any]) -> Path:
    """Make a stage's folder of work anew, but for what one with the same inputs left; return where that is.

    Args:
        work: the folder of work.
        inputs: of the stage.
    """
    key = making_key(inputs)
    kept = work / "kept"
    if _key_of(work) != key:
        shutil.rmtree(work, ignore_errors=True)
    _remove_all_but_kept(work)
    kept.mkdir(parents=True, exist_ok=True)
    write_json(work / KEY_NAME, key)
    return kept


def leave_kept(work: Path, *, is_done: bool) -> None:
    """Remove a stage's folder of work; but where the stage is not done, leave what it kept."""
    kept = work / "kept"
    if is_done or not kept.is_dir() or not any(kept.iterdir()):
        shutil.rmtree(work, ignore_errors=True)
    else:
        _remove_all_but_kept(work)


def _remove_all_but_kept(work: Path) -> None:
    for entry in work.iterdir() if work.is_dir() else ():
        if entry.name not in ("kept", KEY_NAME):
            shutil.rmtree(entry, ignore_errors=True)


def _key_of(work: Path) -> Any:
    try:
        return read_json(work / KEY_NAME)
    except ArtefactError:
        return None
