"""Does a folder in DCASE's layout go from files to official score and tables by one command?"""

import csv
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from pipeline.files import read_table
from tests.command import Ended, call, contents
from tests.dcase_corpus import write_dcase

QUICK = (
    "--preset=sounds",
    "--set=features.n_workers=1",
    "--set=evaluation.n_bootstrap=100",
    "--set=evaluation.sound_baselines=false",
)


def evaluate(corpus: Path, run: Path, target: str = "fan", *more: str) -> Ended:
    return call("evaluate", f"--corpus={corpus}", f"--target={target}", f"--run={run}", *QUICK, *more)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fan with one section that is whole, and one recording of unknown condition."""
    root = write_dcase(tmp_path_factory.mktemp("dcase") / "dev", "fan")
    unknown = next((root / "fan" / "test").glob("*source_test_anomaly*"))
    shutil.copy(unknown, unknown.with_name("section_00_0000.wav"))
    return root


@pytest.fixture(scope="module")
def run(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ended]:
    path = tmp_path_factory.mktemp("run") / "fan"
    return path, evaluate(corpus, path)


def table(run: Path, kind: str) -> dict[str, str]:
    with (run / "dcase" / f"{kind}_fan_section_00_test.csv").open(encoding="utf-8") as file:
        return dict(csv.reader(file))  # type: ignore[arg-type]


def test_the_run_ends_well_and_prints_the_official_score(run: tuple[Path, Ended]):
    path, ended = run
    assert ended.status == 0, ended.err
    metrics = json.loads((path / "metrics.json").read_text("utf-8"))
    assert set(metrics["sections"]) == {"00"}
    assert set(metrics["sections"]["00"]) == {"auc_source", "auc_target", "pauc_0.1"}
    assert f"official score, the harmonic mean: {metrics['official_score']:.3f}" in ended.out


def test_the_figures_follow_from_the_table_of_scores(run: tuple[Path, Ended]):
    path, _ = run
    scores = {name: float(score) for name, score in table(path, "anomaly_score").items()}
    anomalies = [score for name, score in scores.items() if "_anomaly_" in name]
    for domain in ("source", "target"):
        normal = [score for name, score in scores.items() if f"_{domain}_test_normal_" in name]
        won = sum(other > own for other in anomalies for own in normal) / len(anomalies) / len(normal)
        figures = json.loads((path / "metrics.json").read_text("utf-8"))["sections"]["00"]
        assert figures[f"auc_{domain}"] == pytest.approx(won, abs=1e-9)


def test_the_tables_have_a_line_for_each_test_recording(run: tuple[Path, Ended], corpus: Path):
    path, _ = run
    names = {file.name for file in (corpus / "fan" / "test").iterdir()}
    assert set(table(path, "anomaly_score")) == set(table(path, "decision_result")) == names
    assert set(table(path, "decision_result").values()) <= {"0", "1"}


def test_decisions_are_those_of_the_printed_thresholds(run: tuple[Path, Ended]):
    path, ended = run
    told = json.loads((path / "metrics.json").read_text("utf-8"))["section_thresholds"]["00"]
    scores, decisions = table(path, "anomaly_score"), table(path, "decision_result")
    assert set(told) == {"source", "target", "unknown"}
    for domain, threshold in told.items():
        chosen = [name for name in scores if (f"_{domain}_" in name or name == "section_00_0000.wav")]
        chosen = [name for name in chosen if domain == "unknown" or name != "section_00_0000.wav"]
        assert chosen
        for name in chosen:
            assert decisions[name] == str(int(float(scores[name]) > threshold["threshold"]))
        assert f"section 00, {domain}: {threshold['promise']}" in ended.out


def test_twenty_of_a_domain_calibrate_it_and_four_are_pooled(run: tuple[Path, Ended]):
    told = json.loads((run[0] / "metrics.json").read_text("utf-8"))["section_thresholds"]["00"]
    assert (told["source"]["pool"], told["source"]["n_calibration"]) == ("section 00, source", 20)
    assert (told["target"]["pool"], told["target"]["n_own"], told["target"]["n_calibration"]) == (
        "section 00",
        4,
        24,
    )


def test_the_manifest_tells_sections_and_nothing_was_learned_from_the_test_part(run: tuple[Path, Ended]):
    manifest = read_table(run[0] / "manifest.parquet")
    assert list(manifest)[-4:] == ["section", "domain", "condition", "attributes"]
    learned = Counter(
        (path.split("/")[1], condition)
        for path, condition, split in zip(
            manifest["path"], manifest["condition"], manifest["split"], strict=True
        )
        if split in ("train", "validation")
    )
    assert learned == {("train", "normal"): 72}
    # One recording has no line in the list, and no attributes in its name.
    assert sorted(map(len, manifest["attributes"]))[:2] == [0, len("spd=1401, load=70")]


def test_a_recording_of_unknown_condition_is_scored_and_in_no_figure(run: tuple[Path, Ended]):
    metrics = json.loads((run[0] / "metrics.json").read_text("utf-8"))
    assert set(metrics["words"]) == {"fan_anomaly"}
    assert metrics["words"]["fan_anomaly"]["n"] == 12
    assert "fan_unlabelled" in read_table(run[0] / "scores.parquet")["word"]
    assert not [warning for warning in metrics["warnings"] if "unlabelled" in warning]


def test_the_tables_are_watched_as_all_files_of_a_run(run: tuple[Path, Ended], tmp_path: Path):
    path = tmp_path / "run"
    shutil.copytree(run[0], path)
    damaged = path / "dcase" / "decision_result_fan_section_00_test.csv"
    damaged.write_text("section_00_0000.wav,1\n", "utf-8")
    ended = call("verify", f"--run={path}")
    assert ended.status == 4
    assert "decision_result_fan_section_00_test.csv" in ended.error


def test_a_call_again_changes_nothing(run: tuple[Path, Ended], corpus: Path):
    before = contents(run[0])
    assert evaluate(corpus, run[0]).status == 0
    assert contents(run[0]) == before


def test_bad_names_are_set_aside_and_the_rest_is_read(corpus: Path, tmp_path: Path):
    root = tmp_path / "dev"
    shutil.copytree(corpus, root)
    test = root / "fan" / "test"
    known = next(test.glob("*source_test_normal*"))
    shutil.copy(known, test / "section_0_wrong.wav")
    (test / "copy").mkdir()
    shutil.copy(known, test / "copy" / known.name)
    with (root / "fan" / "attributes_00.csv").open("a", encoding="utf-8") as file:
        file.write("fan/train/section_00_source_train_normal_9999.wav,spd,1,load,1\n")
    ended = call("features", f"--corpus={root}", "--target=fan", f"--run={tmp_path / 'run'}", *QUICK)
    assert ended.status == 3, ended.err
    assert "1 of 95 rows of" in ended.err
    assert "3 of 97 clips were set aside" in ended.err
    reasons = read_table(tmp_path / "run" / "manifest.parquet")["reason"]
    assert sum(reason.startswith("same_name: ") for reason in reasons) == 2
    assert sum("is no name of DCASE task 2" in reason for reason in reasons) == 1
