"""Does the look-alike look like the recording, as far as the experiment can tell?"""

from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from pipeline.density import look_alike
from pipeline.density.look_alike import look_alike_blocks, write_look_alike
from pipeline.density.preprocessing import prepare_rows
from pipeline.density.presets import resolve_density_settings
from pipeline.density.settings import LookAlikeSettings
from pipeline.density.tables.opening import open_number_table

SMALL = LookAlikeSettings(n_rows=4_000)


def made(seed: int = 0, settings: LookAlikeSettings = SMALL) -> np.ndarray:
    return np.vstack(list(look_alike_blocks(settings, seed)))


def test_it_has_the_columns_of_the_recording(tmp_path: Path) -> None:
    path = tmp_path / "look-alike.txt"
    write_look_alike(path, SMALL, seed=0)
    table = open_number_table(path)
    assert (table.columns, table.n_rows) == (tuple(f"X{number}" for number in range(1, 20)), 4_000)


def test_what_is_read_is_what_was_made(tmp_path: Path) -> None:
    write_look_alike(tmp_path / "a.txt", SMALL, seed=3)
    read = np.vstack(list(open_number_table(tmp_path / "a.txt").batches()))
    assert np.array_equal(read, made(3))


def test_equal_seeds_give_equal_bytes_and_others_do_not(tmp_path: Path) -> None:
    contents = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_look_alike(tmp_path / name, SMALL, seed)
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1] != contents[2]


def test_it_does_not_depend_on_the_blocks() -> None:
    whole = made()
    with mock.patch.object(look_alike, "BLOCK_ROWS", 333):
        # The filters add up in another order where a block begins: a last digit may be rounded otherwise.
        np.testing.assert_allclose(made(), whole, rtol=0, atol=0.011)


def test_time_runs_evenly_over_the_whole_recording() -> None:
    seconds = made()[:, 0]
    assert seconds[0] == 0.0
    assert seconds[-1] == pytest.approx(42_082.61, abs=11)  # one step before the end
    assert np.ptp(np.diff(seconds)) <= 0.011


def test_gases_switch_between_levels_and_off() -> None:
    gas = made()[:, 1:3]
    switched = np.any(np.diff(gas, axis=0) != 0, axis=1).sum()
    assert 150 < switched < 400
    assert np.all(gas >= 0) and np.all(gas.max(axis=0) <= [533.33, 20.0])
    assert np.all((gas == 0).mean(axis=0) > 0.2)


def test_sensors_answer_late() -> None:
    """With no noise and no drift, a reading after a switch is still between its old and its new level."""
    quiet = SMALL.model_copy(update={"noise_scale": 0.0, "drift_scale": 0.0, "n_rows": 40_000})
    rows = made(settings=quiet)
    first = int(np.argmax(rows[:, 1:3].sum(axis=1) > 0))
    readings = rows[first : first + 60, 3:]  # 63 s after the first gas, before the next switch
    assert np.all(np.diff(readings, axis=0) >= 0)
    assert np.all(readings[0] < 0.2 * readings[-1])


@pytest.mark.parametrize("seed", range(5))
def test_the_rule_on_correlations_leaves_eight_sensors(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "look-alike.txt"
    write_look_alike(path, LookAlikeSettings(n_rows=10_000), seed)
    prepared = prepare_rows(open_number_table(path), resolve_density_settings("gas").rows, seed)
    assert len(prepared.columns) == 8
    assert prepared.left_out == ("X1", "X2", "X3")
