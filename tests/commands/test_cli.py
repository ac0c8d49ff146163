"""Does the command line keep its promises: verbs, exit statuses, one sentence for each mistake?"""

import importlib.metadata
import json
import sys
from pathlib import Path

import pytest

from tests.command import ROOT, VERBS, call, contents, flip_a_bit, run_command
from tests.conftest import FinishedRun
from tests.tiny_corpus import FORMANTS


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str) -> None:
    ended = call(verb, "--help")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith(f"Usage: audio-anomaly {verb}")


def test_help_lists_every_verb() -> None:
    shown = call("--help").out
    assert all(f"\n  {verb} " in shown for verb in VERBS)


def test_the_module_and_the_console_script_are_one_program() -> None:
    assert 'audio-anomaly = "pipeline.__main__:run"' in (ROOT / "pyproject.toml").read_text("utf-8")
    assert "from pipeline.commands import main" in (ROOT / "pipeline" / "__main__.py").read_text("utf-8")


def test_the_module_runs(tmp_path: Path) -> None:
    ended = run_command("--version", cwd=tmp_path)
    assert (ended.status, ended.err) == (0, "")
    assert importlib.metadata.version("audio-anomaly") in ended.out


def test_doctor_names_python_and_tensorflow() -> None:
    shown = call("doctor").out
    assert f"Python {sys.version.split()[0]}" in shown
    assert f"tensorflow {importlib.metadata.version('tensorflow')}" in shown


def test_doctor_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", absent)
    ended = call("doctor")
    assert ended.status == 1
    assert "tensorflow MISSING: install the locked requirements" in ended.out
    assert ended.out.splitlines()[-1].startswith("not well: tensorflow, ")


def test_doctor_says_memory_disk_cores_accelerators_and_that_all_is_well() -> None:
    ended = call("doctor")
    assert ended.status == 0
    for name in ("memory ", "disk ", "system ", "accelerators ", "embedded corpus:", "browser:"):
        assert f"\n{name}" in ended.out
    assert " cores\n" in ended.out
    assert ended.out.splitlines()[-1] == "all well"


def test_doctor_tells_programs_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.commands.diagnosis.LEAST_DISK", 1e30)
    ended = call("doctor", "--json")
    found = json.loads(ended.out)
    assert (ended.status, found["is_well"]) == (1, False)
    assert [one["name"] for one in found["findings"] if one["status"] == "missing"] == ["disk"]


def test_corpus_prints_the_clips_of_each_split(tiny_corpus: Path) -> None:
    ended = call("corpus", f"--corpus={tiny_corpus}")
    assert ended.status == 0
    rows = {line.split()[0]: line.split()[1:] for line in ended.out.splitlines()}
    assert rows["zero"] == ["36", "12", "12", "20"]
    assert set(FORMANTS) <= set(rows)
    assert "96 clips, 4 words, 20 speakers" in ended.out


def test_verify_says_that_a_whole_run_is_intact(finished_run: FinishedRun) -> None:
    ended = finished_run.call("verify")
    assert ended.status == 0
    first, *others = ended.out.splitlines()
    assert first == "config.toml, provenance.json: intact, and all stages are of one making"
    assert [line.split(":")[0] for line in others] == ["features", "model", "evaluation", "report"]
    assert all(" files intact" in line for line in others)


@pytest.mark.parametrize(
    "name",
    [
        "manifest.parquet",
        "features/features.npy",
        "model/weights.npz",
        "model/calibration.npz",
        "model/fitted.npz",
        "model/model.json",
        "history.csv",
        "scores.parquet",
        "scores.csv",
        "metrics.json",
        "report/index.html",
    ],
)
def test_verify_finds_a_flipped_bit(name: str, own_run: FinishedRun) -> None:
    flip_a_bit(own_run.path / name)
    ended = own_run.call("verify")
    assert ended.status == 4
    assert f"{name} is damaged" in ended.error


def test_verify_changes_nothing(own_run: FinishedRun) -> None:
    before = contents(own_run.path)
    own_run.call("verify")
    assert contents(own_run.path) == before


def test_evaluate_ends_with_verdict_hardest_decisions_report_and_next_step(finished_run: FinishedRun) -> None:
    metrics = json.loads((finished_run.path / "metrics.json").read_text("utf-8"))
    verdict, hardest, decisions, report, following = finished_run.ended.out.splitlines()[-5:]
    assert verdict.startswith(f"verdict: AUROC {metrics['pooled_auroc']:.3f} (95 % interval ")
    assert hardest.startswith(f"hardest: {metrics['worst_word']}, AUROC {metrics['worst_auroc']:.3f}")
    rate = metrics["calibration"]["false_alarm_rate_test"]
    assert decisions.startswith(f"decisions: {rate:.1%} of its {metrics['n_test_target']} test clips")
    assert report == f"report: {finished_run.path / 'report' / 'index.html'}"
    assert following.startswith("next: ")
    assert following.endswith(f"audio-anomaly review --run {finished_run.path}")


def test_caveats_are_counted_and_told_where_more_is_asked_for(own_run: FinishedRun) -> None:
    caveats = json.loads((own_run.path / "metrics.json").read_text("utf-8"))["warnings"]
    counted = "1 caveat stands" if len(caveats) == 1 else f"{len(caveats)} caveats stand"
    assert f"evaluate: {counted} in the report" in own_run.ended.err
    more = own_run.call("evaluate", "--verbose", "--set=evaluation.alpha=0.3").err
    assert all(f"evaluate: {sentence}" in more for sentence in caveats)


def test_evaluate_prints_the_best_simpler_detector_where_more_is_asked_for(finished_run: FinishedRun) -> None:
    baselines = json.loads((finished_run.path / "metrics.json").read_text("utf-8"))["baselines"]
    best = max(baselines, key=lambda name: baselines[name]["macro_auroc"])
    line = f"{best}, the best of {len(baselines)} simpler detectors: macro AUROC "
    shown = finished_run.call("evaluate", "--verbose").out
    assert f"{line}{baselines[best]['macro_auroc']:.3f}" in shown
    gaussian = baselines["gaussian"]["macro_auroc"]
    assert f"Gaussian on the same features: macro AUROC {gaussian:.3f}" in shown


def test_evaluate_prints_a_table_of_the_hardest_words(finished_run: FinishedRun) -> None:
    metrics = json.loads((finished_run.path / "metrics.json").read_text("utf-8"))
    table = finished_run.ended.out.splitlines()[1:4]
    by_auroc = sorted(metrics["words"], key=lambda word: metrics["words"][word]["auroc"])
    assert [line.split()[0] for line in table] == by_auroc
    assert [line.split()[2] for line in table] == [
        f"{metrics['words'][word]['auroc']:.3f}" for word in by_auroc
    ]


def test_a_run_has_a_place_of_its_own_by_default(tiny_corpus: Path) -> None:
    from pipeline.commands.program import default_run_path
    from pipeline.settings.presets import resolve_settings

    settings = resolve_settings("fft", target="zero", corpus={"name": str(tiny_corpus)})
    assert default_run_path(settings) == Path("runs/words-zero-fft")
    assert default_run_path(resolve_settings("default")) == Path("runs/embedded-zero-default")


@pytest.mark.parametrize("name", ["../../x", "a b/ü\n", "..", "C:\\x"])
def test_a_run_never_leaves_the_folder_of_runs(name: str) -> None:
    from pipeline.commands.program import default_run_path
    from pipeline.settings.presets import resolve_settings

    path = default_run_path(resolve_settings("fft", target=name, corpus={"name": name}))
    assert path.parent == Path("runs")
    assert path.name not in ("", ".", "..")
