"""What do the attribute files of a machine say of its recordings?

Conventions: ``MACHINE/attributes_00.csv`` has the column ``file_name``, as ``fan/train/NAME.wav`` or
``train/NAME.wav``, and then pairs of columns, the name of an attribute (``d1p``) and its value (``d1v``).
"""

import csv
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from pipeline.corpora.folder import text_of
from pipeline.errors import PipelineError

__all__ = ["read_attributes"]


def read_attributes(folder: Path, known: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the attributes of recordings, as ``spd=28V, mic=1``, and sentences about rows that name none.

    Args:
        folder: of the machine.
        known: the path of each recording by its part and name, ``train/NAME.wav``.

    Raises:
        PipelineError: a file cannot be read, or has no column ``file_name``.
    """
    attributes: dict[str, str] = {}
    warnings = []
    for path in sorted(folder.glob("attributes*.csv")):
        rows = list(csv.reader(text_of(path).splitlines()))
        header, *rows = rows or [[]]
        if not header or header[0] != "file_name":
            raise PipelineError(
                f"the first column of {path} is {(header or [''])[0]!r} and must be 'file_name', followed by "
                "d1p, d1v and so on; put that line first"
            )
        strangers = []
        rows = [row for row in rows if row and row[0].strip()]
        for name, *pairs in rows:
            if (found := known.get(_short_path(name.strip()))) is None:
                strangers.append(name)
                continue
            told = zip(pairs[::2], pairs[1::2], strict=False)
            attributes[found] = ", ".join(f"{key}={value}" for key, value in told if key)
        if strangers:
            warnings.append(
                f"{len(strangers):,} of {len(rows):,} rows of {path} name no recording of {folder.name}, the "
                f"first is {strangers[0]!r}; the others were used: correct the names, or add the recordings"
            )
    return attributes, warnings


def _short_path(path: str) -> str:
    """Return the part and the name of a recording, which every year's lists have."""
    return "/".join(PurePosixPath(path.replace("\\", "/")).parts[-2:])
