"""Are the sets of the MAF paper read and split as its code does it? On look-alikes of their files."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from pipeline.density import experiment
from pipeline.density.fitting import FittedFlow, MeanNats, Moment
from pipeline.density.preprocessing import PreparedRows
from pipeline.density.presets import resolve_density_settings
from pipeline.density.published import PAPER_NATS, PAPER_ROWS, read_published
from pipeline.density.published.rows import recurring_columns
from pipeline.density.published_sets import files_of_set, paper_lines, prepared_set, told_of_paper
from pipeline.errors import ConfigurationError, PipelineError
from tests.command import ROOT, call

POWER_NAMES = (
    "Date;Time;Global_active_power;Global_reactive_power;Voltage;Global_intensity;"
    "Sub_metering_1;Sub_metering_2;Sub_metering_3"
)


def power_file(folder: Path, n: int = 400) -> Path:
    """Every tenth row has a value missing."""
    draw = np.random.default_rng(0)
    lines = [POWER_NAMES]
    for minute in range(n):
        time = f"16/12/2006;{minute // 60 % 24:02d}:{minute % 60:02d}:00"
        if minute % 10 == 9:
            lines.append(f"{time};?;?;?;?;?;?;")
        else:
            lines.append(f"{time};{draw.random():.3f};0.418;{240 + draw.random():.2f};18.4;0.0;1.0;17.0")
    path = folder / "household_power_consumption.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


def hepmass_folder(folder: Path, *, packed: bool = False) -> Path:
    """Three features, the second of five values; the test file has one column more than the training file."""
    draw = np.random.default_rng(1)
    for name, n, extra in (("1000_train.csv", 300, ""), ("1000_test.csv", 200, ",mass")):
        lines = ["# label,f0,f1,f2" + extra]
        for row in range(n):
            values = [float(row % 2), draw.normal(), float(draw.integers(5)), draw.normal()]
            lines.append(",".join(map(repr, values)) + (",1000.0" if extra else ""))
        text = ("\n".join(lines) + "\n").encode()
        if packed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(text))
        else:
            (folder / name).write_bytes(text)
    return folder


def miniboone_file(folder: Path, n_signal: int = 120, n_background: int = 30) -> Path:
    """Two outliers among the signal; the third column is zero in a third of the rows."""
    rows = np.random.default_rng(2).random((n_signal + n_background, 50))
    rows[::3, 2] = 0.0
    rows[:2] = -999.0
    path = folder / "MiniBooNE_PID.txt"
    lines = ["   ".join(f"{value:.6e}" for value in row) for row in rows]
    path.write_text(f" {n_signal} {n_background}\n" + "\n".join(lines) + "\n")
    return path


def bsds300_file(folder: Path, n_pixels: int = 63) -> Path:
    import h5py

    path = folder / "BSDS300.hdf5"
    with h5py.File(path, "w") as file:
        for seed, name in enumerate(("train", "validation", "test")):
            file[name] = np.random.default_rng(seed).random((60 // (seed + 1), n_pixels)).astype(np.float32)
    return path


def test_power_has_six_features_and_no_row_with_a_missing_value(tmp_path: Path) -> None:
    rows = read_published("power", power_file(tmp_path))
    assert rows.columns == (
        "Global_active_power",
        "Voltage",
        "Sub_metering_1",
        "Sub_metering_2",
        "Sub_metering_3",
        "minute",
    )
    assert rows.n_file_rows == 400
    assert [len(part) for part in (rows.train, rows.validation, rows.test)] == [292, 32, 36]
    fitted = np.concatenate([rows.train, rows.validation])
    assert np.allclose(fitted.mean(axis=0), 0.0, atol=1e-5)
    assert np.allclose(fitted.std(axis=0), 1.0, atol=1e-5)


def test_power_adds_the_noise_of_the_papers_code(tmp_path: Path) -> None:
    """The draws, from its generator: shuffle, voltage, active power, meters."""
    draw = np.random.default_rng(0)
    raw = np.column_stack([draw.random((50, 7)), np.arange(50.0)])
    np.save(tmp_path / "data.npy", raw)
    rows = read_published("power", tmp_path / "data.npy")
    generator = np.random.RandomState(42)
    expected = raw.copy()
    generator.shuffle(expected)
    expected = np.delete(expected, [1, 3], axis=1)
    noise = {1: 0.01 * generator.rand(50, 1), 0: 0.001 * generator.rand(50, 1)}
    meters = generator.rand(50, 3)
    for column, value in noise.items():
        expected[:, [column]] += value
    expected[:, 2:5] += meters
    found = np.concatenate([rows.train, rows.validation, rows.test]) * rows.deviation + rows.mean
    assert np.allclose(found, expected, atol=1e-5)


def test_the_minute_of_the_day_of_power_is_jittered_by_at_most_a_minute(tmp_path: Path) -> None:
    rows = read_published("power", power_file(tmp_path))
    parts = np.concatenate([rows.train, rows.validation, rows.test])
    minutes = np.sort(parts[:, 5].astype(np.float64) * rows.deviation[5] + rows.mean[5])
    whole = [minute for minute in range(400) if minute % 10 != 9]
    assert np.all(np.floor(minutes + 1e-3) - whole <= 1)
    assert np.all(minutes - whole > -1e-3)


@pytest.mark.parametrize("packed", [False, True])
def test_hepmass_is_the_signal_without_features_that_recur(tmp_path: Path, packed: bool) -> None:
    rows = read_published("hepmass", hepmass_folder(tmp_path, packed=packed))
    assert (rows.columns, rows.left_out) == (("f0", "f2"), ("f1",))
    assert [len(part) for part in (rows.train, rows.validation, rows.test)] == [135, 15, 100]
    fitted = np.concatenate([rows.train, rows.validation])
    assert np.allclose(fitted.std(axis=0, ddof=1), 1.0, atol=1e-5)
    assert rows.n_file_rows == 500


def test_miniboone_is_the_signal_without_outliers(tmp_path: Path) -> None:
    rows = read_published("miniboone", miniboone_file(tmp_path))
    assert rows.left_out == ("X3",)
    assert rows.train.shape[1] == 49
    assert [len(part) for part in (rows.train, rows.validation, rows.test)] == [97, 10, 11]
    assert rows.n_file_rows == 150


def test_the_authors_array_of_miniboone_gives_the_same_rows(tmp_path: Path) -> None:
    text = miniboone_file(tmp_path)
    signal = np.loadtxt(text, skiprows=1, max_rows=120)[2:]
    np.save(tmp_path / "data.npy", np.delete(signal, 2, axis=1))
    first, second = read_published("miniboone", text), read_published("miniboone", tmp_path / "data.npy")
    assert np.array_equal(first.train, second.train)
    assert np.array_equal(first.test, second.test)


def test_bsds300_is_taken_as_it_is(tmp_path: Path) -> None:
    import h5py

    path = bsds300_file(tmp_path)
    rows = read_published("bsds300", path)
    with h5py.File(path) as file:
        assert np.array_equal(rows.train, file["train"][:])
    assert [len(part) for part in (rows.train, rows.validation, rows.test)] == [60, 30, 20]


def test_what_recurs_is_the_smallest_value() -> None:
    rows = np.arange(20.0)[:, None] * np.ones(3)
    rows[:6, 0] = 0.0  # six at the smallest
    rows[:5, 1] = 0.0  # five
    rows[10:18, 2] = 19.0  # many, but not at the smallest
    assert recurring_columns(rows) == [0]


def test_rows_to_train_are_bounded_and_the_others_stay(tmp_path: Path) -> None:
    settings = resolve_density_settings("bsds300", rows={"max_rows": 7})
    rows = prepared_set(settings, bsds300_file(tmp_path))
    assert [len(part) for part in (rows.train, rows.validation, rows.test)] == [7, 30, 20]
    assert paper_lines("bsds300", rows) == []
    assert "no figure of the paper may be compared" in told_of_paper("bsds300", rows)


@pytest.mark.parametrize(
    ("name", "made", "told"),
    [
        ("power", "one;two\n1;2\n", "household_power_consumption.txt"),
        ("miniboone", "1 2 3\n", "3 numbers, not those of signal and background"),
        ("miniboone", "40 2\n" + "1 2\n" * 42, "40 of 2"),
        ("bsds300", "no HDF5", "HDF5"),
    ],
)
def test_another_file_is_refused_in_a_sentence(tmp_path: Path, name: str, made: str, told: str) -> None:
    path = tmp_path / "file.txt"
    path.write_text(made)
    with pytest.raises(PipelineError, match=told):
        read_published(name, path)


def test_patches_of_another_size_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=r"\(60, 10\), not \(n, 63\)"):
        read_published("bsds300", bsds300_file(tmp_path, n_pixels=10))


def test_a_folder_without_hepmass_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="neither 1000_train.csv nor 1000_train.csv.gz"):
        read_published("hepmass", tmp_path)


def test_a_set_needs_its_file_and_takes_no_columns_to_drop() -> None:
    with pytest.raises(ConfigurationError, match="--preset power needs --data"):
        files_of_set(resolve_density_settings("power"), None)
    with pytest.raises(ConfigurationError, match="--drop X1 does not go with --preset miniboone"):
        files_of_set(resolve_density_settings("miniboone", rows={"drop": ("X1",)}), Path("x"))


def test_the_page_has_the_papers_figures() -> None:
    page = (ROOT / "docs" / "explanation" / "density.md").read_text("utf-8")
    lines = [line for line in page.splitlines() if line.startswith("| ")]
    for model in PAPER_NATS["power"]:
        (line,) = [line for line in lines if line.startswith(f"| {model} |")]
        cells = [cell.strip() for cell in line.split("|")[2:-1]]
        assert cells == ["{:.2f} +- {:.2f}".format(*PAPER_NATS[name][model]) for name in PAPER_ROWS]


def test_a_command_a_set_says_that_the_rows_are_not_the_papers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = Moment(1, 4, 0.0, 0.0, validation=0.0, is_best=True)

    def fit(rows: PreparedRows, *others: object) -> FittedFlow:
        return FittedFlow(
            test=MeanNats(1.0, 0.1, 0),
            validation=MeanNats(1.0, 0.1, 0),
            log_prob=np.zeros(len(rows.number)),
            moments=(moment,),
            arrays={"a": np.zeros(1)},
            seconds=1.0,
        )

    monkeypatch.setattr(experiment, "fit_flow", fit)
    ended = call(
        "density",
        "--preset=miniboone",
        f"--data={miniboone_file(tmp_path)}",
        f"--out={tmp_path / 'out'}",
    )
    assert ended.status == 0, ended.err
    assert "made from: MINIBOONE from MiniBooNE_PID.txt" in ended.out
    assert "the paper has 43 features, 29,556 / 3,284 / 3,648 rows" in ended.err
    assert "as published" not in ended.out
