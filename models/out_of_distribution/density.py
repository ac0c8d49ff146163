"""How is any density asked for the log-likelihoods of many rows, and what is a score of rows?

Conventions: rows [N, D] of any real dtype; log-likelihoods are in nats, float64 [N], minus infinity where a
row is infinitely strange and never NaN; a score is higher for stranger rows.
"""

from typing import Any, Protocol

import numpy as np

from models.flows import evaluate

__all__ = ["Density", "Score", "checked_rows", "log_likelihood", "reference_log_likelihood"]


class Density(Protocol):
    """What every score asks: a flow, a Gaussian, or a few lines around something else."""

    def log_prob(self, x: Any) -> Any:
        """Return the log-density of rows [N, D] in nats, [N]."""


class Score(Protocol):
    """What every class of this room offers."""

    def score(self, x: np.ndarray) -> np.ndarray:
        """Return how strange each of the rows ``x`` [N, D] is, float64 [N], higher for stranger."""


def checked_rows(x: Any, least: int = 0, name: str = "rows") -> np.ndarray:
    """Return rows as an array [N, D].

    Raises:
        ValueError: they have another rank, or are fewer than ``least``.
    """
    rows = np.asarray(x)
    if rows.ndim != 2:
        raise ValueError(f"{name} have shape {rows.shape} and need (N, D); give one row as x[None]")
    if len(rows) < least:
        raise ValueError(f"at least {least} {name} are needed, got {len(rows)}")
    return rows


def log_likelihood(density: Density, x: Any) -> np.ndarray:
    """Return the log-density of each row, float64 [N] in nats.

    A flow is asked by its compiled function, in batches of one size: a row's value does not depend on its
    company.

    Raises:
        ValueError: ``x`` is not of rank 2, or the density does not give one number a row.
    """
    rows = checked_rows(x)
    compiled = getattr(density, "compiled_log_prob", None)
    if compiled is None:
        found = np.asarray(density.log_prob(rows), np.float64)
    else:
        found = evaluate(compiled, rows, dtype=density.dtype.as_numpy_dtype)  # type: ignore[attr-defined]
    if found.shape != (len(rows),):
        raise ValueError(f"log_prob gave shape {found.shape} for {len(rows)} rows; it needs ({len(rows)},)")
    values = found.astype(np.float64)
    values[np.isnan(values)] = -np.inf
    return values


def reference_log_likelihood(density: Density, reference: Any) -> np.ndarray:
    """Return the log-density of each reference row, all of them finite: float64 [M] in nats.

    Raises:
        ValueError: fewer than 2 rows, or a density that holds some of them for impossible.
    """
    values = log_likelihood(density, checked_rows(reference, 2, "reference rows"))
    n_impossible = int(np.sum(~np.isfinite(values)))
    if n_impossible:
        raise ValueError(
            f"{n_impossible} of {len(values)} reference rows have no finite log-density; leave them out, "
            "or fit the density to rows of the same kind"
        )
    return values
