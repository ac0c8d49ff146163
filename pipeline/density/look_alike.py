"""What can stand in for the recording of the gas sensor array, where the real file is absent?

A made-up recording with the same 19 columns in the same text format: time in seconds, two gas
concentrations in ppm that switch between levels, and 16 sensors that answer late, saturate, drift and
are noisy, in pairs of nearly equal ones. It feeds the same path as the real file, and says nothing about
the real one: no figure made from it may be compared with a published one.
The recording: Fonollosa et al. 2015, "Gas sensor array under dynamic gas mixtures", UCI.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pipeline.density.settings import N_SENSORS, LookAlikeSettings
from pipeline.files import atomic_path

__all__ = ["LOOK_ALIKE_NOTE", "look_alike_blocks", "write_look_alike"]

LOOK_ALIKE_NOTE = "look-alike, not the real recording"
HEADER = "Time (seconds), CO conc (ppm), Ethylene conc (ppm), sensor readings (16 channels)\n"
BLOCK_ROWS = 65_536
# Of each pair of columns: the first eight sensors are at the first voltage, the others at the second.
SENSOR_TYPES = np.array([0, 0, 1, 1, 2, 2, 3, 3] * 2)
AT_SECOND_VOLTAGE = np.arange(N_SENSORS) >= 8


def write_look_alike(path: Path, settings: LookAlikeSettings, seed: int) -> None:
    """Write a look-alike of the recording, block by block.

    Args:
        path: of the text file.
        settings: the numbers.
        seed: equal seeds give equal bytes.

    Raises:
        PipelineError: the folder cannot be written to, or the disk is full.
    """
    import pyarrow
    import pyarrow.csv

    options = pyarrow.csv.WriteOptions(include_header=False, delimiter=" ")
    with atomic_path(path) as temporary, open(temporary, "wb") as file:
        file.write(HEADER.encode())
        for rows in look_alike_blocks(settings, seed):
            named = {f"X{number}": rows[:, number - 1] for number in range(1, rows.shape[1] + 1)}
            pyarrow.csv.write_csv(pyarrow.table(named), file, options)


def look_alike_blocks(settings: LookAlikeSettings, seed: int) -> Iterator[np.ndarray]:
    """Yield the rows in order, float64 [n, 19]: seconds, two concentrations in ppm, 16 readings.

    A sensor's response y to the gases g follows dy/dt = (target(g) - y) / lag, its drift is an
    Ornstein-Uhlenbeck process, and its reading is gain (y + drift + noise).
    """
    from scipy.signal import lfilter

    seeds = np.random.SeedSequence(seed).spawn(3)
    schedule, build, weather = (np.random.default_rng(each) for each in seeds)
    switches, levels = _schedule(settings, schedule)
    lag, gains, reading_gain = _sensors(settings, build)
    step = settings.duration_seconds / settings.n_rows
    kept = np.exp(-step / lag)
    drift_kept = np.exp(-step / settings.drift_seconds)
    drift_noise = settings.drift_scale * np.sqrt(1.0 - drift_kept**2)
    response = np.zeros(N_SENSORS)
    drift = settings.drift_scale * weather.standard_normal(N_SENSORS)
    top = np.array([settings.co_ppm, settings.ethylene_ppm])
    bend = np.array(settings.saturation)[SENSOR_TYPES]
    for start in range(0, settings.n_rows, BLOCK_ROWS):
        n = min(BLOCK_ROWS, settings.n_rows - start)
        seconds = step * np.arange(start, start + n)
        gas = levels[np.searchsorted(switches, seconds, side="right") - 1]
        share = (gas / top)[:, :, None]
        target = (np.log1p(bend * share) / np.log1p(bend) * gains).sum(axis=1)
        noise = weather.standard_normal((n, 2, N_SENSORS))
        readings = np.empty((n, N_SENSORS))
        for sensor in range(N_SENSORS):
            a = kept[sensor]
            y, _ = lfilter([1.0 - a], [1.0, -a], target[:, sensor], zi=[a * response[sensor]])
            moved = drift_noise * noise[:, 0, sensor]
            d, _ = lfilter([1.0], [1.0, -drift_kept], moved, zi=[drift_kept * drift[sensor]])
            response[sensor], drift[sensor] = y[-1], d[-1]
            readings[:, sensor] = y + d + settings.noise_scale * noise[:, 1, sensor]
        rows = np.column_stack([seconds, gas, reading_gain * readings])
        yield np.round(rows, settings.decimals) + 0.0  # + 0.0 turns -0.0 into 0


def _schedule(settings: LookAlikeSettings, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return when the gases switch, seconds [n] from 0 on, and to which concentrations, ppm [n, 2]."""
    shortest, longest = settings.dwell_seconds
    n = int(settings.duration_seconds / shortest) + 2
    dwell = generator.uniform(shortest, max(shortest, longest), n)
    switches = np.concatenate([[0.0], np.cumsum(dwell)[:-1]])
    on = generator.random((n, 2)) >= settings.off_share
    levels = on * generator.uniform(0.1, 1.0, (n, 2)) * [settings.co_ppm, settings.ethylene_ppm]
    levels[0] = 0.0  # a recording begins in clean air
    return switches, np.round(levels, 2)


def _sensors(
    settings: LookAlikeSettings, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each sensor's lag in seconds [16], gains for the two gases [2, 16], and reading gain [16]."""
    spread = 1.0 + settings.twin_spread * generator.uniform(-1.0, 1.0, (3, N_SENSORS))
    lag = np.array(settings.lag_seconds)[SENSOR_TYPES] * spread[0]
    lag[AT_SECOND_VOLTAGE] *= settings.second_lag_ratio
    gains = np.array([settings.co_gain, settings.ethylene_gain])[:, SENSOR_TYPES] * spread[1:]
    gains[0, AT_SECOND_VOLTAGE] *= settings.second_co_ratio
    return lag, gains, generator.uniform(*settings.reading_gain, N_SENSORS)
