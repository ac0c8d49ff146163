"""How does the electric power of a household become the set POWER?

``household_power_consumption.txt`` (UCI, "Individual household electric power consumption"): semicolons, one
line a minute, ``?`` where a value is missing. Steps, in the order of the paper's code:

1. Rows with a missing value go, and so do the date, the reactive power and the intensity. Six features stay:
   active power, voltage, three meters, and the time as minutes of the day.
2. The rows are shuffled with ``numpy.random.RandomState(42)``.
3. Uniform noise is added: up to 0.01 to the voltage, 0.001 to the active power, 1 to each meter, from the
   same generator and in that order. The paper speaks of noise on every feature; its code adds zeros to the
   time of an array that was prepared before. From the text file up to 1 minute is added here, by
   ``RandomState(43)``, so that the other draws stay those of the code; from the array nothing.
4. The last tenth is tested on, the last tenth of the rest validates.
5. All are z-scored by mean and deviation (dividing by n) of the rows that are not tested on.

``data.npy``, the array of the paper's authors, has the eight columns of step 1 before any is left out.
"""

from pathlib import Path

import numpy as np

from pipeline.density.published.rows import PublishedRows, divided, load_matrix
from pipeline.errors import PipelineError

__all__ = ["read_power"]

COLUMNS = (
    "Global_active_power",
    "Global_reactive_power",
    "Voltage",
    "Global_intensity",
    "Sub_metering_1",
    "Sub_metering_2",
    "Sub_metering_3",
)
MINUTE = "minute"
LEFT_OUT = ("Global_reactive_power", "Global_intensity")
SEED = 42


def read_power(path: Path) -> PublishedRows:
    """Return POWER from the text file or the authors' array.

    Raises:
        PipelineError: the file is another one, or damaged.
    """
    is_array = path.suffix == ".npy"
    rows = load_matrix(path) if is_array else _read_text(path)
    names = (*COLUMNS, MINUTE)
    if rows.shape[1] != len(names):
        raise PipelineError(
            f"{path} has {rows.shape[1]} columns, and POWER has {len(names)}; is this the published file?"
        )
    n_file_rows = len(rows)
    rows = rows[np.isfinite(rows).all(axis=1)]
    generator = np.random.RandomState(SEED)
    generator.shuffle(rows)
    kept = [number for number, name in enumerate(names) if name not in LEFT_OUT]
    rows = rows[:, kept]
    n = len(rows)
    rows[:, 1] += 0.01 * generator.rand(n)
    rows[:, 0] += 0.001 * generator.rand(n)
    rows[:, 2:5] += generator.rand(n, 3)
    if not is_array:
        rows[:, 5] += np.random.RandomState(SEED + 1).rand(n)
    return divided(
        path,
        rows,
        columns=tuple(names[column] for column in kept),
        left_out=LEFT_OUT if is_array else ("Date", *LEFT_OUT),
        n_file_rows=n_file_rows,
    )


def _read_text(path: Path) -> np.ndarray:
    """Return the seven measured columns and the minute of the day, float64 [n, 8], NaN where missing."""
    import pyarrow
    from pyarrow import csv

    types = {"Time": pyarrow.time32("s"), **dict.fromkeys(COLUMNS, pyarrow.float64())}
    try:
        table = csv.read_csv(
            path,
            parse_options=csv.ParseOptions(delimiter=";"),
            convert_options=csv.ConvertOptions(
                column_types=types, include_columns=[*COLUMNS, "Time"], null_values=["?", ""]
            ),
        )
    except (OSError, KeyError, pyarrow.ArrowException) as error:
        told = " ".join(str(error).split())[:200]
        raise PipelineError(
            f"{path} cannot be read as household_power_consumption.txt ({told}); is this the published file?"
        ) from error
    columns = [table[name].to_numpy().astype(np.float64) for name in COLUMNS]
    seconds = table["Time"].cast(pyarrow.int32()).to_numpy().astype(np.float64)
    return np.column_stack([*columns, seconds // 60])
