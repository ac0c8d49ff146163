"""What comes of a published table, and which steps do several of them share?

Conventions: rows are [n, D], in the order of the file unless a reader says otherwise. Shares are cut off at
the end, rounded down: first the test rows, then the validation rows of what is left.
Source: the published code of Papamakarios et al. 2017, ``datasets/*.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.errors import PipelineError

__all__ = [
    "PublishedRows",
    "divided",
    "last_share",
    "load_matrix",
    "recurring_columns",
    "scored_parts",
    "without_columns",
]

SHARE = 0.1
# More rows than so many at a feature's smallest value: the feature counts as discrete.
MOST_ALIKE = 5
FEWEST_ROWS = 30


@dataclass(frozen=True, kw_only=True)
class PublishedRows:
    """Rows of a published set, in the unit in which the paper's figures are.

    Attributes:
        columns: names of the D features.
        left_out: names of the columns that were read and left out.
        mean, deviation: float64 [D], what rows were z-scored with; 0 and 1 where they were not.
        n_file_rows: rows that the files hold.
        train, validation, test: float32 [n, D].
    """

    columns: tuple[str, ...]
    left_out: tuple[str, ...]
    mean: np.ndarray
    deviation: np.ndarray
    n_file_rows: int
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def last_share(path: Path, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows without the last tenth, and the last tenth.

    Raises:
        PipelineError: too few rows to split.
    """
    if len(rows) < FEWEST_ROWS:
        raise PipelineError(
            f"{path} leaves {len(rows)} rows, and at least {FEWEST_ROWS} are needed; give the whole file"
        )
    cut = len(rows) - int(SHARE * len(rows))
    return rows[:cut], rows[cut:]


def recurring_columns(rows: np.ndarray) -> list[int]:
    """Return the columns whose smallest value stands in more than five rows.

    The paper speaks of features with too many recurring values; its code sorts the values of a feature and
    looks at how often the first one occurs. So does this, for the paper's number of features follows from it.
    """
    return np.flatnonzero((rows == rows.min(axis=0)).sum(axis=0) > MOST_ALIKE).tolist()


def without_columns(rows: np.ndarray, dropped: Sequence[int]) -> np.ndarray:
    """Return the rows [n, D] without some columns."""
    return np.delete(rows, list(dropped), axis=1)


def scored_parts(
    path: Path, parts: Sequence[np.ndarray], mean: np.ndarray, deviation: np.ndarray
) -> list[np.ndarray]:
    """Return the parts z-scored, float32 each.

    Raises:
        PipelineError: a feature is constant.
    """
    constant = np.flatnonzero(~(deviation > 0))
    if len(constant):
        raise PipelineError(
            f"{path}: feature {constant[0] + 1} of {len(mean)} is {mean[constant[0]]:g} in every row, and "
            "has no density; is this the published file?"
        )
    return [((part - mean) / deviation).astype(np.float32) for part in parts]


def divided(
    path: Path, rows: np.ndarray, *, columns: tuple[str, ...], left_out: tuple[str, ...], n_file_rows: int
) -> PublishedRows:
    """Return rows without their last tenth, and that tenth, twice: z-scored as POWER and MINIBOONE are.

    Args:
        path: of the file, for errors.
        rows: [n, D].
        columns: names of the D features.
        left_out: see ``PublishedRows``, as the last.
        n_file_rows: rows that the files hold.

    Raises:
        PipelineError: too few rows to split, or a feature is constant.
    """
    fitted, test = last_share(path, rows)
    mean, deviation = fitted.mean(axis=0), fitted.std(axis=0)
    train, validation, test = scored_parts(path, [*last_share(path, fitted), test], mean, deviation)
    return PublishedRows(
        columns=columns,
        left_out=left_out,
        mean=mean,
        deviation=deviation,
        n_file_rows=n_file_rows,
        train=train,
        validation=validation,
        test=test,
    )


def load_matrix(path: Path) -> np.ndarray:
    """Return the float64 matrix of a ``.npy`` file, as the paper's authors made them.

    Raises:
        PipelineError: it cannot be read, or holds no matrix of finite numbers.
    """
    try:
        rows = np.load(path, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise PipelineError(f"{path} cannot be read as an array ({error}); copy it again") from error
    if getattr(rows, "ndim", 0) != 2 or rows.dtype.kind not in "fiu":
        kind = f"{rows.dtype} of shape {rows.shape}" if isinstance(rows, np.ndarray) else "several arrays"
        raise PipelineError(f"{path} holds {kind}, not a matrix of numbers; is this the published file?")
    matrix = rows.astype(np.float64)
    if not np.isfinite(matrix).all():
        raise PipelineError(f"{path} holds numbers that are not finite; copy it again")
    return matrix
