"""What was noticed about the clips of a run, taken together?

``features/notes.json``: sentences, in the order in which a person should read them.
"""

from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import ArtefactError
from pipeline.files import read_json, write_json

__all__ = ["NOTES_NAME", "read_notes", "write_notes"]

NOTES_NAME = "notes.json"


def write_notes(folder: Path, sentences: Sequence[str]) -> None:
    """Write the sentences beside the features in ``folder``."""
    write_json(folder / NOTES_NAME, {"notes": list(sentences)})


def read_notes(run_path: Path) -> list[str]:
    """Return the sentences of a run.

    Raises:
        ArtefactError: they are absent or damaged.
    """
    path = run_path / "features" / NOTES_NAME
    notes = read_json(path).get("notes")
    if not isinstance(notes, list):
        raise ArtefactError(f"{path} has no list 'notes'; delete features/ and run again")
    return [str(sentence) for sentence in notes]
