"""How do events in a neutrino detector become the set MINIBOONE?

``MiniBooNE_PID.txt`` (UCI, "MiniBooNE particle identification"): a line with the numbers of signal and
background events, then 50 numbers an event, the signal first. Steps:

1. The signal stays: the paper's number of rows is that of the signal events less 11 outliers.
2. Outliers go: events with a first number below -100.
3. Features whose smallest value recurs go (see ``recurring_columns``).
4. The last tenth is tested on, the last tenth of the rest validates; nothing is shuffled.
5. All are z-scored by mean and deviation (dividing by n) of the rows that are not tested on.

``data.npy``, the array of the paper's authors, is what step 3 gives.
"""

from pathlib import Path

import numpy as np

from pipeline.density.published.rows import (
    PublishedRows,
    divided,
    last_share,
    load_matrix,
    recurring_columns,
    without_columns,
)
from pipeline.errors import PipelineError

__all__ = ["read_miniboone"]

N_COLUMNS = 50
LEAST = -100.0


def read_miniboone(path: Path) -> PublishedRows:
    """Return MINIBOONE from the text file or the authors' array.

    Raises:
        PipelineError: the file is another one, or damaged.
    """
    dropped: list[int] = []
    if path.suffix == ".npy":
        rows = load_matrix(path)
        n_file_rows, names = len(rows), [f"feature {number + 1}" for number in range(rows.shape[1])]
    else:
        rows, n_file_rows = _read_text(path)
        rows = rows[rows[:, 0] >= LEAST]
        last_share(path, rows)  # a count of recurring values means nothing in a handful of rows
        dropped = recurring_columns(rows)
        rows = without_columns(rows, dropped)
        names = [f"X{number + 1}" for number in range(N_COLUMNS) if number not in dropped]
    if not rows.shape[1]:
        raise PipelineError(f"every feature of {path} recurs; is this the published file?")
    return divided(
        path,
        rows,
        columns=tuple(names),
        left_out=tuple(f"X{number + 1}" for number in dropped),
        n_file_rows=n_file_rows,
    )


def _read_text(path: Path) -> tuple[np.ndarray, int]:
    """Return the signal events [n, 50] and the number of all events."""
    try:
        with open(path, encoding="utf-8") as file:
            counts = [int(count) for count in file.readline().split()]
            if len(counts) != 2:
                raise ValueError(
                    f"its first line has {len(counts)} numbers, not those of signal and background"
                )
            rows = np.loadtxt(file, max_rows=counts[0], ndmin=2)
    except (OSError, ValueError) as error:
        told = " ".join(str(error).split())[:200]
        raise PipelineError(
            f"{path} cannot be read as MiniBooNE_PID.txt ({told}); is this the published file?"
        ) from error
    if rows.shape != (counts[0], N_COLUMNS):
        raise PipelineError(
            f"{path} announces {counts[0]:,} signal events of {N_COLUMNS} numbers and holds "
            f"{rows.shape[0]:,} of {rows.shape[1]}; copy it again"
        )
    return rows, sum(counts)
