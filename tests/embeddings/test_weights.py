"""Does the program say in one sentence what is wrong with the weights, and never use others?"""

import hashlib
import importlib.metadata
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.embeddings import weights
from pipeline.embeddings.weights import WEIGHTS, check_weights, read_weights
from pipeline.errors import ArtefactError, PipelineError
from tests.embeddings.extra import needs_weights

NAME = "embedding_model.onnx"
SIZE = WEIGHTS[NAME][0]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of the wheel's, with nothing in it."""
    monkeypatch.setattr(weights, "_folder", lambda: tmp_path)
    return tmp_path


def test_a_missing_file_is_named_with_what_to_install(folder: Path) -> None:
    with pytest.raises(ArtefactError, match=rf"{NAME} are missing; install the wheel again: `pip install"):
        check_weights()


def test_a_cut_file_is_told_by_both_sizes(folder: Path) -> None:
    (folder / NAME).write_bytes(bytes(1_000))
    with pytest.raises(ArtefactError, match=rf"have 1,000 bytes in place of {SIZE:,}; install"):
        read_weights(NAME)


def test_a_changed_file_is_told_by_both_digests(folder: Path) -> None:
    (folder / NAME).write_bytes(bytes(SIZE))
    found = hashlib.sha256(bytes(SIZE)).hexdigest()[:12]
    with pytest.raises(ArtefactError, match=f"begins {found}, and it should begin {WEIGHTS[NAME][1][:12]};"):
        read_weights(NAME)


def test_a_file_that_cannot_be_read_is_told(folder: Path) -> None:
    (folder / NAME).mkdir()
    with pytest.raises(ArtefactError, match="cannot be read"):
        read_weights(NAME)


def test_without_the_wheel_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "LEAST_PYTHON", (3, 0))

    def absent(name: str) -> None:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", absent)
    with pytest.raises(PipelineError, match=r"needs the weights in .* `make evaluate PRESET=pretrained`"):
        check_weights()


@needs_weights
def test_without_what_runs_them_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(PipelineError, match=r"needs onnxruntime .* `make evaluate PRESET=pretrained`"):
        check_weights()


def test_an_earlier_python_is_told_which_one_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "LEAST_PYTHON", (9, 0))
    with pytest.raises(PipelineError, match=r"needs Python 3\.11 or later.* use PRESET=default"):
        check_weights()


@needs_weights
def test_the_code_of_the_wheel_is_never_imported() -> None:
    seen = (
        "import sys; from pipeline.embeddings import SpeechNetwork; SpeechNetwork(76); "
        "print([name for name in sys.modules if name.startswith('livekit')], 'onnxruntime' in sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[] True"
