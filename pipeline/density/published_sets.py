"""How does a set of the MAF paper enter the experiment, and what stands beside its figures?

The set's own room reads, prepares and splits it; of the settings only ``rows.max_rows`` counts, for the
training rows. The paper's figures stand beside one's own where rows and features are as many as in the paper.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pipeline.density.preprocessing import PreparedRows
from pipeline.density.published import PAPER_NATS, PAPER_ROWS, files_of, read_published
from pipeline.density.settings import DensitySettings
from pipeline.errors import ConfigurationError

__all__ = ["files_of_set", "paper_lines", "prepared_set", "told_of_paper"]

# Where each set is from, for someone who has not got it.
SOURCES: Mapping[str, str] = {
    "power": "household_power_consumption.txt of the UCI repository",
    "hepmass": "the folder with 1000_train.csv and 1000_test.csv of the UCI repository",
    "miniboone": "MiniBooNE_PID.txt of the UCI repository",
    "bsds300": "BSDS300.hdf5 of the paper's authors",
}


def files_of_set(settings: DensitySettings, path: Path | None) -> list[Path]:
    """Return the files that the set of the settings is read from.

    Raises:
        ConfigurationError: no path was given, or not that of the set; or an option does not go with a set.
        PipelineError: one is no regular file.
    """
    name = settings.rows.published
    if path is None:
        raise ConfigurationError(
            f"--preset {name} needs --data PATH: {SOURCES[name]}; only the gas recording has a look-alike"
        )
    if settings.rows.drop:
        raise ConfigurationError(
            f"--drop {settings.rows.drop[0]} does not go with --preset {name}, which says itself what is "
            "left out; take --preset table for other columns"
        )
    return files_of(name, path)


def prepared_set(settings: DensitySettings, path: Path) -> PreparedRows:
    """Return the rows of the set.

    Raises:
        PipelineError: the files are others, or damaged.
    """
    rows = read_published(settings.rows.published, path)
    train, drawn = rows.train, np.arange(len(rows.train))
    if 0 < settings.rows.max_rows < len(train):
        drawn = np.random.default_rng(settings.seed).permutation(len(train))[: settings.rows.max_rows]
        train = train[drawn]
    return PreparedRows(
        columns=rows.columns,
        left_out=rows.left_out,
        correlated=(),
        mean=rows.mean,
        deviation=rows.deviation,
        n_file_rows=rows.n_file_rows,
        number=np.concatenate([drawn, np.arange(len(rows.validation)), np.arange(len(rows.test))]),
        train=train,
        validation=rows.validation,
        test=rows.test,
    )


def _is_papers(name: str, rows: PreparedRows) -> bool:
    found = (len(rows.columns), len(rows.train), len(rows.validation), len(rows.test))
    return PAPER_ROWS.get(name) == found


def told_of_paper(name: str, rows: PreparedRows) -> str:
    """Return a sentence on whether rows and features are as many as in the paper."""
    found = (len(rows.columns), len(rows.train), len(rows.validation), len(rows.test))
    wanted = "{} features, {:,} / {:,} / {:,} rows".format(*PAPER_ROWS[name])
    if _is_papers(name, rows):
        return f"as in the paper: {wanted} to train, validate and test"
    return "the paper has {}, and here are {} features, {:,} / {:,} / {:,}".format(wanted, *found) + (
        ": no figure of the paper may be compared with these"
    )


def paper_lines(name: str, rows: PreparedRows) -> list[list[str]]:
    """Return lines of the paper's figures for the table of test nats; none where the rows are others."""
    if not _is_papers(name, rows):
        return []
    return [
        [f"{model}, as published", f"{nats:.2f} +- {error:.2f}", "", ""]
        for model, (nats, error) in PAPER_NATS[name].items()
    ]
