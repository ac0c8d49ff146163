"""How do simulated collisions become the set HEPMASS?

A folder with ``1000_train.csv`` and ``1000_test.csv`` (UCI, "HEPMASS"), packed as ``.csv.gz`` or not: a line
of names, the label first. Steps, in the order of the paper's code:

1. As many columns are read as the line of names has; more values in a row are left out. Where the test file
   has one column more than the training file, its last goes.
2. Rows of label 1 stay (signal), and the label goes.
3. Both files are z-scored by mean and deviation (dividing by n - 1) of the training file's rows.
4. Features whose smallest value recurs in the training file go (see ``recurring_columns``).
5. The last tenth of the training file validates; the test file is tested on.
"""

import gzip
from pathlib import Path

import numpy as np

from pipeline.density.published.rows import (
    PublishedRows,
    last_share,
    recurring_columns,
    scored_parts,
    without_columns,
)
from pipeline.errors import ConfigurationError, PipelineError

__all__ = ["hepmass_files", "read_hepmass"]

NAMES = ("1000_train.csv", "1000_test.csv")
SIGNAL = 1


def hepmass_files(folder: Path) -> tuple[Path, Path]:
    """Return the training file and the test file in a folder.

    Raises:
        ConfigurationError: one of them is not there.
    """
    found = []
    for name in NAMES:
        places = [folder / name, folder / f"{name}.gz"]
        there = [place for place in places if place.is_file()]
        if not there:
            raise ConfigurationError(
                f"{folder} has neither {name} nor {name}.gz; give the folder of both files of HEPMASS"
            )
        found.append(there[0])
    return found[0], found[1]


def read_hepmass(folder: Path) -> PublishedRows:
    """Return HEPMASS from a folder.

    Raises:
        ConfigurationError: a file is not there.
        PipelineError: a file is another one, or damaged.
    """
    train_path, test_path = hepmass_files(folder)
    (names, fitted, n_train), (_, test, n_test) = _read(train_path), _read(test_path)
    if test.shape[1] == fitted.shape[1] + 1:
        test = test[:, :-1]
    if test.shape[1] != fitted.shape[1]:
        raise PipelineError(
            f"{train_path.name} has {fitted.shape[1]} features and {test_path.name} {test.shape[1]}; "
            "are these two files of one set?"
        )
    last_share(test_path, test)  # a test file of hardly any rows is told by its name
    train, validation = last_share(train_path, fitted)
    dropped = recurring_columns(fitted)
    kept = [number for number in range(len(names)) if number not in dropped]
    if not kept:
        raise PipelineError(f"every feature of {train_path} recurs; is this the published file?")
    train, validation, fitted, test = (without_columns(x, dropped) for x in (train, validation, fitted, test))
    mean, deviation = fitted.mean(axis=0), fitted.std(axis=0, ddof=1)
    train, validation, test = scored_parts(train_path, [train, validation, test], mean, deviation)
    return PublishedRows(
        columns=tuple(names[number] for number in kept),
        left_out=tuple(names[number] for number in dropped),
        mean=mean,
        deviation=deviation,
        n_file_rows=n_train + n_test,
        train=train,
        validation=validation,
        test=test,
    )


def _read(path: Path) -> tuple[list[str], np.ndarray, int]:
    """Return names of the features, the rows of label 1 [n, D], and the rows of the file."""
    import pyarrow
    from pyarrow import csv

    try:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8") as file:
            names = [name.strip("# \r\n") for name in file.readline().split(",")]
            n_values = len(file.readline().split(","))
        if n_values < len(names) or len(names) < 2:
            raise PipelineError(
                f"{path} names {len(names)} columns, and its first row has {n_values} values; "
                "is this the published file?"
            )
        numbers = [f"{number}" for number in range(n_values)]  # names may stand twice
        table = csv.read_csv(
            path,
            read_options=csv.ReadOptions(skip_rows=1, column_names=numbers),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(numbers, pyarrow.float64()),
                include_columns=numbers[: len(names)],
                null_values=[],
            ),
        )
    except (OSError, EOFError, UnicodeDecodeError, pyarrow.ArrowException) as error:
        told = " ".join(str(error).split())[:200]
        raise PipelineError(f"{path} cannot be read ({told}); is this the published file?") from error
    rows = np.column_stack([column.to_numpy() for column in table.columns])
    if not np.isfinite(rows).all():
        raise PipelineError(f"{path} holds numbers that are not finite; copy it again")
    return names[1:], rows[rows[:, 0] == SIGNAL][:, 1:], len(rows)
