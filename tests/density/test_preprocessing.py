"""Are a table's rows prepared as the paper's code prepares them, and bad ones refused?"""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from pipeline.density.preprocessing import PreparedRows, correlated_columns, gaussian_log_prob, prepare_rows
from pipeline.density.presets import resolve_density_settings
from pipeline.density.settings import RowSettings
from pipeline.density.tables.number_table import NumberTable
from pipeline.errors import ConfigurationError, PipelineError

ALL_ROWS = RowSettings(share=1.0)


def table_of(rows: np.ndarray, n_batch: int = 64) -> NumberTable:
    batches = [rows[start : start + n_batch] for start in range(0, len(rows), n_batch)]
    names = tuple(f"X{number}" for number in range(1, rows.shape[1] + 1))
    return NumberTable(path=Path("table.csv"), columns=names, n_rows=len(rows), read=lambda: iter(batches))


def independent(n: int = 1_000, size: int = 3, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, size))


def all_rows(prepared: PreparedRows) -> np.ndarray:
    return np.concatenate([prepared.train, prepared.validation, prepared.test])


def in_the_files_unit(prepared: PreparedRows) -> np.ndarray:
    return all_rows(prepared) * prepared.deviation + prepared.mean


def test_the_gas_preset_splits_the_recording_as_the_paper() -> None:
    """852,174 / 94,685 / 105,206 of 4,208,261 rows; one sensor stands for eight, to keep it small."""
    n = 4_208_261
    rows = np.zeros((n, 1))
    rows[:, 0] = np.arange(n) % 1_000
    page = resolve_density_settings("gas").rows.model_copy(update={"drop": ()})
    prepared = prepare_rows(table_of(rows, n_batch=65_536), page, seed=0)
    assert [len(prepared.train), len(prepared.validation), len(prepared.test)] == [852_174, 94_685, 105_206]


def test_the_blog_preset_tests_on_half_of_all_rows() -> None:
    page = resolve_density_settings("blog").rows.model_copy(update={"drop": ()})
    prepared = prepare_rows(table_of(independent(1_000)), page, seed=0)
    assert [len(prepared.train), len(prepared.validation), len(prepared.test)] == [450, 50, 500]


def test_every_column_has_mean_0_and_deviation_1() -> None:
    rows = independent() * [1e-3, 1.0, 1e5] + [0.0, -7.0, 1e6]
    z = all_rows(prepare_rows(table_of(rows), ALL_ROWS, seed=0)).astype(np.float64)
    # float32 rounds a value of a few deviations to about 1e-7.
    np.testing.assert_allclose(z.mean(axis=0), 0.0, atol=1e-6)
    np.testing.assert_allclose(z.std(axis=0, ddof=1), 1.0, atol=1e-6)


def test_a_large_offset_costs_no_digits() -> None:
    """Dates in seconds, a hundredth apart: in float32 alone they would all be one number."""
    seconds = 1.7e9 + 0.01 * np.arange(1_000)
    prepared = prepare_rows(table_of(seconds[:, None]), ALL_ROWS, seed=0)
    # The difference of float64 numbers near 2e9 is exact to 2e-7, and float32 keeps 1e-7 of 10 s.
    np.testing.assert_allclose(np.sort(in_the_files_unit(prepared)[:, 0]), seconds, rtol=0, atol=3e-6)


@given(n_batch=st.integers(1, 300), seed=st.integers(0, 5))
def test_the_rows_do_not_depend_on_the_batches(n_batch: int, seed: int) -> None:
    rows = independent(300)
    whole = prepare_rows(table_of(rows, n_batch=300), ALL_ROWS, seed)
    assert np.array_equal(all_rows(prepare_rows(table_of(rows, n_batch), ALL_ROWS, seed)), all_rows(whole))


def test_no_row_is_drawn_twice_and_none_is_changed() -> None:
    rows = independent(1_000)
    drawn = in_the_files_unit(prepare_rows(table_of(rows), RowSettings(share=0.3), seed=0))
    near = np.abs(drawn[:, None] - rows).max(axis=2)
    assert len(set(near.argmin(axis=1))) == len(drawn) == 300
    assert near.min(axis=1).max() < 1e-5


def test_the_draw_mixes_the_recording() -> None:
    time = np.arange(1_000.0)[:, None]
    test = prepare_rows(table_of(time), ALL_ROWS, seed=0).test
    assert abs(test.mean()) < 0.5  # the last tenth of the time would have a mean of 1.56


def test_another_seed_draws_other_rows() -> None:
    table = table_of(independent())
    first, second = (prepare_rows(table, ALL_ROWS, seed).test for seed in (0, 1))
    assert not np.array_equal(first, second)


def test_a_bound_on_rows_is_kept() -> None:
    prepared = prepare_rows(table_of(independent()), RowSettings(share=0.5, max_rows=200), seed=0)
    assert len(all_rows(prepared)) == 200


def published_rule(correlation: np.ndarray, limit: float) -> list[int]:
    """Drop columns as the published code does, which computes all correlations anew each time."""
    names = list(range(len(correlation)))
    while np.any((counts := (correlation[np.ix_(names, names)] > limit).sum(axis=1)) > 1):
        names.pop(int(np.where(counts > 1)[0][0]))
    return [name for name in range(len(correlation)) if name not in names]


@given(seed=st.integers(0, 200), limit=st.floats(0.2, 0.98))
def test_correlated_columns_are_those_that_the_published_code_drops(seed: int, limit: float) -> None:
    generator = np.random.default_rng(seed)
    rows = generator.standard_normal((50, 3)) @ generator.standard_normal((3, 8))
    correlation = np.corrcoef(rows.T)
    assert correlated_columns(correlation, limit) == published_rule(correlation, limit)


def test_of_a_correlated_pair_the_first_goes() -> None:
    rows = independent(size=4)
    rows[:, 3] = 2.0 * rows[:, 1] + 0.01 * rows[:, 0]
    prepared = prepare_rows(table_of(rows), ALL_ROWS, seed=0)
    assert (prepared.correlated, prepared.columns) == (("X2",), ("X1", "X3", "X4"))


def test_a_limit_of_1_keeps_every_column() -> None:
    rows = np.repeat(independent(size=1), 2, axis=1)
    assert prepare_rows(table_of(rows), RowSettings(share=1.0, max_correlation=1.0), seed=0).columns == (
        "X1",
        "X2",
    )


def test_columns_that_are_left_out_are_not_in_the_correlations() -> None:
    rows = np.repeat(independent(size=1), 2, axis=1)
    prepared = prepare_rows(table_of(rows), RowSettings(share=1.0, drop=("X2",)), seed=0)
    assert (prepared.left_out, prepared.correlated, prepared.columns) == (("X2",), (), ("X1",))


@pytest.mark.parametrize("value", [0.0, 2.5, 1e9 + 0.1])
def test_a_constant_column_is_refused_by_name(value: float) -> None:
    rows = independent()
    rows[:, 1] = value
    with pytest.raises(PipelineError, match="column 'X2' is .* in all 1,000 drawn rows.* --drop X2"):
        prepare_rows(table_of(rows), ALL_ROWS, seed=0)


def test_too_few_rows_are_refused_with_both_numbers() -> None:
    with pytest.raises(
        PipelineError, match="50 rows are drawn of the 200 of .*, and at least 100 are needed"
    ):
        prepare_rows(table_of(independent(200)), RowSettings(share=0.25), seed=0)


def test_a_split_without_rows_is_refused() -> None:
    with pytest.raises(PipelineError, match="give 899 to train, 1 to validate and 100 to test"):
        prepare_rows(table_of(independent()), RowSettings(share=1.0, validation_share=0.002), seed=0)


def test_too_many_rows_for_memory_are_refused_with_both_numbers() -> None:
    table = table_of(np.zeros((1, 100)))
    huge = NumberTable(path=table.path, columns=table.columns, n_rows=10**7, read=table.read)
    with pytest.raises(PipelineError, match="take 4,000 MB, and the limit is 800 MB; use --rows 2000000"):
        prepare_rows(huge, ALL_ROWS, seed=0)


def test_an_unknown_column_to_leave_out_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no column 'X9' to leave out; did you mean"):
        prepare_rows(table_of(independent()), RowSettings(drop=("X9",)), seed=0)


def test_at_least_one_column_must_be_left() -> None:
    with pytest.raises(ConfigurationError, match="all 3 columns of table.csv are left out"):
        prepare_rows(table_of(independent()), RowSettings(drop=("X1", "X2", "X3")), seed=0)


def test_the_gaussian_is_the_one_that_scipy_has() -> None:
    from scipy.stats import multivariate_normal

    train = independent(500) @ independent(3, seed=1)
    test = train[:100] + 1.0
    oracle = multivariate_normal(train.mean(axis=0), np.cov(train.T)).logpdf(test)
    np.testing.assert_allclose(gaussian_log_prob(train, test), oracle, rtol=1e-6)
