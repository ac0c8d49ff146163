"""Does the benchmark of the flows do its sums right, and say which peers it did not measure?"""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.flows import __main__ as flows
from benchmarks.flows.known_truth import main as known_truth
from benchmarks.flows.peers.conversation import LibraryFailed, start
from benchmarks.flows.peers.specification import Specification
from benchmarks.flows.rates import summary
from benchmarks.machine import BYTES_OF_ADAM, floor_seconds, n_remaining_weights
from models.flows.layers.masks import layer_masks
from tests.command import ROOT

TINY = Specification(n_features=4, n_layers=2, hidden_units=(8, 8))


@pytest.fixture
def bare_python(tmp_path: Path) -> str:
    """An interpreter that finds no installed package: no peer, and no NumPy either."""
    script = tmp_path / "bare_python"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n')
    script.chmod(0o755)
    return str(script)


def test_the_masks_leave_the_weights_that_the_floor_counts() -> None:
    # By hand: 3 features and 4 units of degrees 1, 2, 2, 2 leave 7 weights before the units and 5 after.
    assert n_remaining_weights(3, 1, [4]) == 7 + 2 * 5


def test_the_floor_counts_every_layer_and_both_outputs() -> None:
    first, second, output = (int(mask.sum()) for mask in layer_masks(257, [512, 512]))
    assert n_remaining_weights(257, 10, [512, 512]) == 10 * (first + second + 2 * output)


def test_about_half_of_the_weights_remain() -> None:
    dense = 10 * (257 * 512 + 512 * 512 + 2 * 512 * 257)
    assert n_remaining_weights(257, 10, [512, 512]) / dense == pytest.approx(0.5, abs=0.02)


def test_the_floor_is_arithmetic_plus_traffic() -> None:
    n_weights, n_biases = 17, 4 + 2 * 3
    seconds = floor_seconds(3, 1, [4], 100, flops_per_second=1e9, bytes_per_second=1e8)
    assert seconds == pytest.approx(
        2 * 3 * n_weights * 100 / 1e9 + BYTES_OF_ADAM * (n_weights + n_biases) / 1e8
    )


def test_a_ratio_is_ours_over_the_fastest_peer() -> None:
    figure = "train_samples_per_second"
    rates = {
        name: {"ours": [30.0, 40.0, 50.0], "zuko": [10.0, 20.0, 30.0], "nflows": [5.0, 9.0, 40.0]}
        for name in (figure, "score_clips_per_second", "draw_samples_per_second")
    }
    assert summary(rates)["ratios"][figure] == {
        "peer": "zuko",
        "median": 2.0,
        "min": pytest.approx(5 / 3, rel=1e-3),
        "max": 3.0,
    }


def test_without_peers_there_is_no_ratio() -> None:
    rates = {
        name: {"ours": [1.0]}
        for name in ("train_samples_per_second", "score_clips_per_second", "draw_samples_per_second")
    }
    assert summary(rates)["ratios"] == {}


def test_a_specification_survives_the_way_through_json() -> None:
    assert Specification.from_json(json.loads(json.dumps(TINY.as_json()))) == TINY


@pytest.mark.parametrize("library", ["zuko", "zuko-compiled", "flowjax"])
def test_a_peer_that_cannot_be_imported_is_absent_with_its_reason(bare_python: str, library: str) -> None:
    with start([library], bare_python) as started:
        assert not started
        assert f"{library} cannot be imported: No module named" in started.absent[library]


def test_a_library_that_fails_names_the_question_and_the_reason(tmp_path: Path) -> None:
    with (
        start(["ours"]) as started,
        pytest.raises(LibraryFailed, match=r"ours failed at the question 'build': FileNotFoundError"),
    ):
        started["ours"].ask("build", specification=TINY.as_json(), rows=str(tmp_path / "none.npy"))


def test_the_benchmark_writes_its_figures_and_names_absent_peers(
    tmp_path: Path, bare_python: str, capfd: pytest.CaptureFixture[str]
) -> None:
    sizes = ["--rounds=2", "--features=4", "--layers=1", "--steps=1", "--bfloat16", "--hidden", "8", "8"]
    assert flows.main([*sizes, f"--out={tmp_path}", f"--peers-python={bare_python}"]) == 0
    facts = json.loads((tmp_path / "flows.json").read_text())
    for figure in (
        "train_samples_per_second",
        "score_clips_per_second",
        "draw_samples_per_second",
        "peak_mb",
    ):
        assert set(facts[figure]) == {"ours"} and facts[figure]["ours"] > 0, figure
    assert facts["floor_train_samples_per_second"] > facts["train_samples_per_second"]["ours"]
    assert len(facts["rounds"]["draw_samples_per_second"]["ours"]) == 2
    assert set(facts["absent"]) == {"zuko", "nflows", "normflows"}
    out = capfd.readouterr().out
    for peer in facts["absent"]:
        assert f"{peer}: absent, not measured: {peer} cannot be imported" in out


def test_the_known_truth_table_has_a_gap_for_every_truth(
    tmp_path: Path, bare_python: str, capfd: pytest.CaptureFixture[str]
) -> None:
    sizes = ["--seeds=1", "--rows=200", "--test-rows=1000", "--epochs=1", "--workers=1"]
    shape = ["--families", "maf", "--layers=1", "--features", "2", "--hidden", "8", "8"]
    assert known_truth([*sizes, *shape, f"--out={tmp_path}", f"--peers-python={bare_python}"]) == 0
    facts = json.loads((tmp_path / "known_truth.json").read_text())
    assert len(facts["cases"]) == 3
    for case in facts["cases"]:
        # Two steps have taught it little: no flow can be better than the truth by more than chance.
        assert np.isfinite(case["gaps"]["ours"][0]) and case["gaps"]["ours"][0] > -0.05, case
    assert "zuko: absent, not measured" in capfd.readouterr().out


def test_the_peers_side_needs_nothing_of_this_project_but_its_own_package() -> None:
    for name in ("answer", "batches", "jax_subject", "specification", "torch_flows", "torch_subject"):
        text = (ROOT / "benchmarks" / "flows" / "peers" / f"{name}.py").read_text("utf-8")
        imported = [line for line in text.splitlines() if line.startswith(("from ", "import "))]
        assert not [line for line in imported if line.split()[1].split(".")[0] in ("models", "pipeline")]
