"""Which rows of a table is a flow fitted to, and in which unit?

As the code of the MAF paper does it, in this order: leave columns out, draw a share of the rows in
random order, drop correlated columns, z-score every column with the mean and deviation of all drawn
rows, and split the last rows off: first the test, then the validation. Log-likelihoods are nats of the
z-scored row; the test rows' part in mean and deviation is a choice of unit that the published figures
share. Rows are float32 [n, D], kept as differences from the table's first row until they are z-scored,
so that a large offset (a date, a pressure) costs no digits. No pass holds more than a batch in float64.
Source: Papamakarios et al. 2017, the published code's ``datasets/gas.py``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.density.settings import RowSettings
from pipeline.density.tables import NumberTable
from pipeline.errors import ConfigurationError, PipelineError, nearest

__all__ = ["PreparedRows", "correlated_columns", "gaussian_log_prob", "prepare_rows"]

BLOCK_ROWS = 65_536
# A deviation below this share of the values' size is rounding, not variation.
CONSTANT_SHARE = 1e-12


@dataclass(frozen=True, kw_only=True)
class PreparedRows:
    """What a flow is fitted to and tested on.

    Attributes:
        columns: names of the D features.
        left_out: columns left out because the settings name them.
        correlated: columns dropped by the rule on correlations, in the order of dropping.
        mean, deviation: float64 [D], of the drawn rows, in the file's unit.
        n_file_rows: rows of the file.
        number: of each drawn row in the file, from 0: those of train, of validation, of test, int64 [n]. Of a
            set of the MAF paper that in its part, as the set's own rules prepare it.
        train, validation, test: float32 [n, D], z-scored.
    """

    columns: tuple[str, ...]
    left_out: tuple[str, ...]
    correlated: tuple[str, ...]
    mean: np.ndarray
    deviation: np.ndarray
    n_file_rows: int
    number: np.ndarray
    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def prepare_rows(table: NumberTable, settings: RowSettings, seed: int) -> PreparedRows:
    """Read a table and make its rows ready; holds the drawn rows, and one batch of the file.

    Args:
        table: the file.
        settings: the numbers.
        seed: of the draw.

    Raises:
        ConfigurationError: a column to leave out is not in the table.
        PipelineError: too few rows, too many for memory, or a constant column, with both numbers.
    """
    kept = _kept_columns(table, settings)
    order = _draw(table, settings, len(kept), seed)
    rows, origin = _read_rows(table, kept, order)
    centre, covariance = _moments(rows)
    deviation = np.sqrt(np.diag(covariance))
    _refuse_constants(table, kept, rows, origin + centre, deviation)
    correlation = covariance / np.outer(deviation, deviation)
    dropped = correlated_columns(correlation, settings.max_correlation)
    chosen = [column for column in range(len(kept)) if column not in dropped]
    names = [table.columns[column] for column in kept]
    # Block by block in place, for a z-scored copy of all columns would double the memory.
    for block in _blocks(rows):
        block[:] = (block - centre) / deviation
    scored = rows if len(chosen) == len(kept) else rows[:, chosen]
    n_test = int(settings.test_share * len(scored))
    n_validation = int(settings.validation_share * (len(scored) - n_test))
    n_train = len(scored) - n_test - n_validation
    if min(n_train, n_validation, n_test) < 2:
        raise PipelineError(
            f"{len(scored):,} rows give {n_train:,} to train, {n_validation:,} to validate and {n_test:,} to "
            "test, and each needs at least 2; change rows.test_share or rows.validation_share"
        )
    return PreparedRows(
        columns=tuple(names[column] for column in chosen),
        left_out=tuple(name for name in table.columns if name in settings.drop),
        correlated=tuple(names[column] for column in dropped),
        mean=(origin + centre)[chosen],
        deviation=deviation[chosen],
        n_file_rows=table.n_rows,
        number=order,
        train=scored[:n_train],
        validation=scored[n_train : n_train + n_validation],
        test=scored[n_train + n_validation :],
    )


def correlated_columns(correlation: np.ndarray, limit: float) -> list[int]:
    """Return the columns to drop, in order: while a pair correlates above ``limit``, the first that does.

    Args:
        correlation: [D, D].
        limit: 1 drops nothing. A correlation near -1 is left, as in the published code.
    """
    left = list(range(len(correlation)))
    dropped: list[int] = []
    while limit < 1:
        linked = (correlation[np.ix_(left, left)] > limit).sum(axis=1) > 1
        if not linked.any():
            break
        dropped.append(left.pop(int(np.argmax(linked))))
    return dropped


def gaussian_log_prob(train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Return the log-density of ``test`` [M, D] under one full-covariance Gaussian of ``train``: nats [M].

    The simplest density, which every flow has to beat.
    """
    centre, covariance = _moments(train)
    size = len(centre)
    # What rounding to float32 may have made of a perfectly dependent column.
    covariance += np.eye(size) * 1e-9 * np.trace(covariance) / size
    whiten = np.linalg.inv(np.linalg.cholesky(covariance))
    log_det = np.log(np.diag(whiten)).sum() - 0.5 * size * np.log(2.0 * np.pi)
    values = [-0.5 * (((block - centre) @ whiten.T) ** 2).sum(axis=1) for block in _blocks(test)]
    return np.concatenate(values) + log_det


def _kept_columns(table: NumberTable, settings: RowSettings) -> list[int]:
    unknown = [name for name in settings.drop if name not in table.columns]
    if unknown:
        raise ConfigurationError(
            f"{table.path} has no column {unknown[0]!r} to leave out{nearest(unknown[0], table.columns)}; "
            f"its {len(table.columns)} columns begin {', '.join(table.columns[:4])}; name those to leave out "
            "with --drop, or use --preset table"
        )
    kept = [number for number, name in enumerate(table.columns) if name not in settings.drop]
    if not kept:
        raise ConfigurationError(
            f"all {len(table.columns)} columns of {table.path} are left out, and at least 1 is needed; "
            "name fewer with --drop"
        )
    return kept


def _draw(table: NumberTable, settings: RowSettings, n_columns: int, seed: int) -> np.ndarray:
    """Return the drawn rows of the file in random order, int64 [n]."""
    n = round(settings.share * table.n_rows)
    n = min(n, settings.max_rows or n)
    if n < settings.min_rows:
        raise PipelineError(
            f"{n:,} rows are drawn of the {table.n_rows:,} of {table.path}, and at least "
            f"{settings.min_rows:,} are needed; give more rows, or raise rows.share ({settings.share:g})"
        )
    n_mb = n * n_columns * 4 / 1e6
    if n_mb > settings.memory_limit_mb:
        n_fitting = int(settings.memory_limit_mb * 1e6 / (n_columns * 4))
        raise PipelineError(
            f"{n:,} rows of {n_columns} columns take {n_mb:,.0f} MB, and the limit is "
            f"{settings.memory_limit_mb:,} MB; use --rows {n_fitting} or raise rows.memory_limit_mb"
        )
    return np.random.default_rng(seed).permutation(table.n_rows)[:n]


def _read_rows(table: NumberTable, kept: Sequence[int], order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the drawn rows in their order, less the table's first row, and that first row."""
    place = np.full(table.n_rows, -1, np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    rows = np.empty((len(order), len(kept)), np.float32)
    origin = np.zeros(len(kept))
    n_before = 0
    for batch in table.batches():
        values = batch[:, kept]
        if n_before == 0:
            origin = values[0].copy()
        aims = place[n_before : n_before + len(batch)]
        drawn = aims >= 0
        rows[aims[drawn]] = values[: len(aims)][drawn] - origin
        n_before += len(batch)
    return rows, origin


def _blocks(rows: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(rows), BLOCK_ROWS):
        yield rows[start : start + BLOCK_ROWS]


def _moments(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean [D] and covariance [D, D] of ``rows`` in float64, with n - 1 as pandas has it."""
    centre = sum(block.sum(axis=0, dtype=np.float64) for block in _blocks(rows)) / len(rows)
    products = np.zeros((rows.shape[1], rows.shape[1]))
    for block in _blocks(rows):
        difference = block - centre
        products += difference.T @ difference
    return np.asarray(centre), products / (len(rows) - 1)


def _refuse_constants(
    table: NumberTable, kept: Sequence[int], rows: np.ndarray, mean: np.ndarray, deviation: np.ndarray
) -> None:
    constant = deviation <= CONSTANT_SHARE * np.abs(mean)
    constant |= rows.min(axis=0) == rows.max(axis=0)
    if constant.any():
        column = int(np.argmax(constant))
        name = table.columns[kept[column]]
        raise PipelineError(
            f"{table.path}, column {name!r} is {mean[column]:g} in all {len(rows):,} drawn rows, so it has "
            f"no density; leave it out with --drop {name}"
        )
