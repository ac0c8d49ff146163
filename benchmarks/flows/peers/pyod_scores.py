"""What does PyOD's ready-made audio detector make of clips? Runs in an interpreter that has PyOD.

    python -m benchmarks.flows.peers.pyod_scores < question.json > answer.json

The question: ``{"train": [path, ...], "test": [path, ...]}``. The answer: ``score`` (higher is stranger) of
each test clip, ``versions`` and ``seconds`` of fitting and scoring; or ``absent`` with the reason; or
``error``. The detector is ``EmbeddingOD.for_audio()`` with nothing changed: 74 acoustic statistics of a
clip, and the distance to the neighbours among the training clips. It needs PyOD, librosa and soundfile,
and nothing of this project. Standard output belongs to the answer.
"""

import importlib
import importlib.metadata
import json
import os
import sys
import time
import warnings
from typing import Any

__all__ = ["main"]

LIBRARIES = ("pyod", "librosa", "scikit-learn", "numpy")


def main() -> None:
    """Read the question, answer it; see the module."""
    answer_file = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    with answer_file:
        json.dump(_answer(json.load(sys.stdin)), answer_file)


def _answer(question: dict[str, list[str]]) -> dict[str, Any]:
    # What PyOD and librosa deprecate of one another is not for the reader of a benchmark.
    warnings.simplefilter("ignore")
    try:
        # PyOD itself asks for these two only once it has clips to read.
        for name in ("librosa", "soundfile"):
            importlib.import_module(name)
        embedding = importlib.import_module("pyod.models.embedding")
    except (ImportError, OSError) as error:
        return {"absent": str(error).splitlines()[0]}
    try:
        started = time.perf_counter()
        detector = embedding.EmbeddingOD.for_audio()
        detector.fit(question["train"])
        fitted = time.perf_counter()
        score = detector.decision_function(question["test"])
        seconds = {"fit": fitted - started, "score": time.perf_counter() - fitted}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return {
        "score": [float(value) for value in score],
        "versions": {name: importlib.metadata.version(name) for name in LIBRARIES},
        "seconds": seconds,
    }


if __name__ == "__main__":
    main()
