"""What did the training log of its epochs?

Conventions: one value an epoch, mean log-likelihoods in nats; what is missing is NaN.
"""

import csv
import io
import math
from pathlib import Path

import numpy as np

from pipeline.errors import ArtefactError
from pipeline.files import unguarded

__all__ = ["read_history"]


def read_history(run_path: Path) -> dict[str, np.ndarray]:
    """Return the columns of ``history.csv``, and the validation curve that stands beside the model."""
    history = _curves(run_path / "history.csv")
    beside = _curves(run_path / "model" / "validation.csv")
    if not history or "validation" not in beside or "validation" in history:
        return history
    if not np.array_equal(history.get("epoch", []), beside.get("epoch", [])):
        raise ArtefactError(
            f"history.csv has {_n_rows(history)} epochs and model/validation.csv {_n_rows(beside)}; "
            "train again"
        )
    return {**history, "validation": beside["validation"]}


def _n_rows(columns: dict[str, np.ndarray]) -> int:
    return len(next(iter(columns.values()), ()))


def _curves(path: Path) -> dict[str, np.ndarray]:
    try:
        rows = list(csv.reader(io.StringIO(path.read_text("utf-8"))))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, csv.Error) as error:
        raise ArtefactError(f"{path} cannot be read as CSV ({error}); delete it and train again") from error
    if len(rows) < 2:
        return {}
    try:
        columns = [
            [float(cell) if cell else math.nan for cell in column] for column in zip(*rows[1:], strict=True)
        ]
        return {unguarded(title): np.array(column) for title, column in zip(rows[0], columns, strict=True)}
    except ValueError as error:
        raise ArtefactError(f"{path} holds a row that is no row of numbers ({error}); train again") from error
