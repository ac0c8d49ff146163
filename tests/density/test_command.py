"""Does `audio-anomaly density` keep its promises: files, progress, switches, and where figures come from?"""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.density import experiment
from pipeline.density.ablations import ABLATIONS
from pipeline.density.fitting import FittedFlow, MeanNats, Moment
from pipeline.density.preprocessing import PreparedRows
from pipeline.density.presets import resolve_density_settings
from pipeline.files.artefacts import read_arrays
from pipeline.files.tables import read_table
from tests.command import Ended, call, contents

TINY = (
    "--rows=600",
    "--epochs=2",
    "--set=flow.n_layers=1",
    "--set=flow.hidden_units=[16]",
    "--set=training.report_every=2",
    "--set=training.n_followed=40",
)
LOOK_ALIKE = "look-alike, not the real recording"


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three columns of 600 rows, the third made from the first; never changed by a test."""
    rows = np.random.default_rng(0).standard_normal((600, 3))
    rows[:, 2] += rows[:, 0] ** 2
    path = tmp_path_factory.mktemp("table") / "numbers.csv"
    path.write_text("a,b,c\n" + "".join(",".join(map(repr, row)) + "\n" for row in rows.tolist()))
    return path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ended]:
    """One outcome from a look-alike; never changed by a test."""
    out = tmp_path_factory.mktemp("density") / "out"
    ended = call("density", *TINY, f"--out={out}")
    assert ended.status == 0, ended.err
    return out, ended


@pytest.fixture(scope="module")
def from_table(table: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ended]:
    """One outcome from a file; never changed by a test."""
    out = tmp_path_factory.mktemp("density") / "table"
    ended = call("density", "--preset=table", f"--data={table}", *TINY, f"--out={out}")
    assert ended.status == 0, ended.err
    return out, ended


def result_of(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "result.json").read_text("utf-8"))
    return found


def test_every_output_says_that_it_is_a_look_alike(finished: tuple[Path, Ended]) -> None:
    out, ended = finished
    assert LOOK_ALIKE in ended.out
    assert LOOK_ALIKE in ended.err
    assert LOOK_ALIKE in result_of(out)["source"]["note"]


def test_the_outcome_of_a_file_names_the_file_and_no_look_alike(from_table: tuple[Path, Ended]) -> None:
    out, ended = from_table
    assert result_of(out)["source"]["file"] == "numbers.csv"
    assert "look-alike" not in ended.out + ended.err
    assert "made from: the file numbers.csv" in ended.out


def test_it_leaves_its_files_and_no_look_alike(finished: tuple[Path, Ended]) -> None:
    assert set(contents(finished[0])) == {
        "config.toml",
        "flow.npz",
        "history.csv",
        "progress.csv",
        "result.json",
        "scores.parquet",
    }


def test_each_row_has_a_score_whose_mean_is_the_figure(table: Path, from_table: tuple[Path, Ended]) -> None:
    out = from_table[0]
    scores = {name: np.array(values) for name, values in read_table(out / "scores.parquet").items()}
    assert sorted(scores["row"].tolist()) == list(range(600))
    of_test = scores["split"] == "test"
    assert scores["log_prob"][of_test].mean() == pytest.approx(
        result_of(out)["models"][0]["test"]["mean"], abs=1e-5
    )
    # A row's score is its own: the strangest row is the furthest out of this table.
    numbers = np.loadtxt(table, delimiter=",", skiprows=1)
    furthest = np.abs(numbers - numbers.mean(axis=0)).max(axis=1)[scores["row"]]
    assert np.corrcoef(furthest, scores["score"])[0, 1] > 0.5


def test_lines_of_progress_come_every_so_many_batches(finished: tuple[Path, Ended]) -> None:
    with open(finished[0] / "progress.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    # 486 training rows are 4 batches of 100; the end of an epoch follows its last batch.
    assert [(row["epoch"], row["step"]) for row in rows] == [(e, s) for e in "12" for s in ("2", "4", "4")]
    line = next(line for line in finished[1].err.splitlines() if line.startswith("epoch 2, batch 2 of 4:"))
    assert line.endswith(
        f"batch average {float(rows[3]['batch']):.3f}, test {float(rows[3]['test']):.3f} nats"
    )


def test_the_size_of_the_followed_sample_is_stated(finished: tuple[Path, Ended]) -> None:
    assert "the same 40 test rows each time" in finished[1].err


def test_history_has_one_row_an_epoch(finished: tuple[Path, Ended]) -> None:
    with open(finished[0] / "history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert all(np.isfinite(float(row[name])) for row in rows for name in ("batch", "validation", "test"))


def test_the_printed_value_is_the_one_in_the_result(finished: tuple[Path, Ended]) -> None:
    test = result_of(finished[0])["models"][0]["test"]
    assert f"{test['mean']:.3f} +- {test['two_standard_errors']:.3f}" in finished[1].out


def test_the_saved_flow_scores_as_the_result_says(table: Path, from_table: tuple[Path, Ended]) -> None:
    from models.flows.flow import Flow
    from pipeline.density.preprocessing import prepare_rows
    from pipeline.density.tables.opening import open_number_table

    flow = Flow.from_arrays(read_arrays(from_table[0] / "flow.npz"))
    rows = prepare_rows(open_number_table(table), resolve_density_settings("table").rows, seed=0)
    mean = MeanNats.of(flow.log_prob(rows.test).numpy()).value
    # Compiled or not, float32 rounds a value of some nats to about 1e-6.
    assert mean == pytest.approx(result_of(from_table[0])["models"][0]["test"]["mean"], abs=1e-4)


def test_the_same_call_gives_the_same_figures(finished: tuple[Path, Ended], tmp_path: Path) -> None:
    call("density", *TINY, f"--out={tmp_path / 'out'}")
    files = [contents(folder) for folder in (finished[0], tmp_path / "out")]
    assert files[0]["flow.npz"] == files[1]["flow.npz"]
    assert files[0]["progress.csv"] == files[1]["progress.csv"]


def test_ablations_print_one_table_of_five_models(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = iter([5.0, 4.0, 3.0, 2.0, 1.0])

    def fit(was_killed: str, function: object, rows: PreparedRows, *others: object) -> FittedFlow:
        mean = MeanNats(next(values), 0.1, 0)
        moment = Moment(1, 4, 0.0, 0.0, validation=0.0, is_best=True)
        return FittedFlow(
            test=mean,
            validation=mean,
            log_prob=np.zeros(len(rows.number)),
            moments=(moment,),
            arrays={"a": np.zeros(1)},
            seconds=1.0,
        )

    monkeypatch.setattr(experiment, "call_isolated", fit)
    ended = call("density", "--preset=table", f"--data={table}", "--ablations", f"--out={tmp_path / 'out'}")
    assert ended.status == 0, ended.err
    for number, (name, title, _) in enumerate(ABLATIONS):
        assert ended.out.splitlines()[1 + number].split() == [
            *title.split(),
            f"{5 - number}.000",
            "+-",
            "0.100",
            "1",
            "1",
        ]
        model = result_of(tmp_path / "out")["models"][number]
        assert (model["folder"], model["test"]["mean"]) == (name, 5 - number)
        assert (tmp_path / "out" / name / "flow.npz").is_file()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--set=flow.n_layer=3",), "did you mean 'flow.n_layers'?"),
        (("--set=flow.n_layers=0",), "flow.n_layers=0 cannot be used"),
        (("--set=n_layers",), "has no '='"),
        (("--preset=gaz",), "'gaz' is not one of"),
        (("--data=absent.csv",), "absent.csv does not exist"),
        (("--drop=Time",), "has no column 'Time' to leave out"),
    ],
)
def test_wrong_usage_is_one_sentence_and_status_2(
    options: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    ended = call("density", "--rows=400", *options, f"--out={tmp_path / 'out'}")
    assert ended.status == 2
    assert said in ended.error


def test_a_bad_table_is_one_sentence_and_status_1(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n" + "1,2\n" * 150 + "3\n")
    ended = call("density", "--preset=table", f"--data={tmp_path / 'a.csv'}", f"--out={tmp_path / 'out'}")
    assert ended.status == 1
    assert "row 151 has 1 values, but there are 2 columns" in ended.error


def test_the_folder_of_an_audio_run_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('target = "zero"\n')
    before = contents(tmp_path)
    ended = call("density", *TINY, f"--out={tmp_path}")
    assert ended.status == 4
    assert "another kind of run" in ended.error
    assert contents(tmp_path) == before


def test_only_writing_a_look_alike_writes_so_many_rows(tmp_path: Path) -> None:
    path = tmp_path / "made.txt"
    ended = call("density", "--rows=50", f"--write-look-alike={path}")
    assert ended.status == 0
    assert len(path.read_text().splitlines()) == 51
    assert LOOK_ALIKE in ended.out


def test_a_mean_over_an_impossible_row_is_minus_infinity_and_counted() -> None:
    mean = MeanNats.of(np.array([1.0, 3.0, -np.inf]))
    assert (mean.value, mean.n_impossible) == (-np.inf, 1)
    assert str(mean) == "-inf (1 rows impossible)"


def test_two_standard_errors_are_those_of_the_mean() -> None:
    mean = MeanNats.of(np.array([1.0, 2.0, 3.0, 4.0]))
    assert mean.value == 2.5
    assert mean.error == pytest.approx(2 * np.sqrt(5 / 3) / 2)
