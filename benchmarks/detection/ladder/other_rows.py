"""How do the rows come about that are no rung: PyOD's detector, the baselines, the supervised ceiling?

Each gives, as a rung does, every word's figures; files below ``runs`` keep what was computed, named by the
digest of what it was computed from.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.detection.ladder.figures import WordFigures, of_words
from benchmarks.detection.ladder.runs import ROOT, Absent, Failed, Place, call, features_run
from pipeline.commands.program import STAGES
from pipeline.files.artefacts import digest_of, read_json, write_json
from pipeline.files.tables import read_table
from pipeline.runs.folder import RunFolder

__all__ = ["BASELINES", "CeilingRun", "ask_pyod", "baseline_words", "ceiling", "pyod"]

SPECTRA = "logmel"
BASELINES = {
    "gaussian": "a Gaussian with a full covariance on the same features",
    "knn": "distance to the 5th nearest training clip, same features",
    "ocsvm": "one-class SVM with a radial kernel, same features",
    "gaussian_inputs": "the Gaussian on what the main flow sees (warped clips)",
    "knn_inputs": "the 5th nearest training clip, on what the main flow sees",
    "ocsvm_inputs": "the one-class SVM on what the main flow sees",
}


@dataclass(frozen=True, kw_only=True)
class CeilingRun:
    """The classifier of one seed: every word's figures, and its own card (``ceiling.json``)."""

    words: dict[str, WordFigures]
    card: dict[str, Any]


def pyod(place: Place, python: str) -> tuple[dict[str, WordFigures], float]:
    """Return every word's figures under PyOD's ready-made audio detector, and the seconds of fitting.

    Args:
        place: corpus and target.
        python: an interpreter with PyOD, librosa and soundfile.

    Raises:
        Absent: it is not installed there.
        Failed: it failed.
    """
    run = features_run(place, SPECTRA)
    manifest = read_table(run / "manifest.parquet")
    root = Path(read_json(run / "provenance.json")["corpus"]["root"])
    clips = [
        (str(root / path), word, split)
        for path, word, split, status in zip(
            *(manifest[name] for name in ("path", "word", "split", "status")), strict=True
        )
        if status == "ok"
    ]
    train = [path for path, word, split in clips if word == place.target and split == "train"]
    test = [(path, word) for path, word, split in clips if split == "test"]
    asked = {"train": train, "test": [path for path, _ in test]}
    named = digest_of([manifest["sha256"], asked])[:12]
    out = place.runs / f"pyod-{named}.json"
    if not out.exists():
        write_json(out, ask_pyod(python, asked))
    answer = read_json(out)
    words = of_words([word for _, word in test], np.array(answer["score"]), place.target)
    return words, float(answer["seconds"]["fit"])


def ceiling(place: Place, seed: int) -> CeilingRun:
    """Return every word's figures under a classifier that has heard them all: -log p(target | clip).

    Raises:
        Failed: it could not be trained, or the target is not among its classes.
    """
    run = features_run(place, SPECTRA)
    features = RunFolder(run).check(STAGES["features"]).digest
    out = place.runs / f"ceiling-{features[:12]}-{seed}"
    if not (out / "ceiling.json").exists():
        call(["benchmarks.detection.ceiling", "--run", run, "--seed", str(seed), "--out", out], out)
    card, scores = read_json(out / "ceiling.json"), read_table(out / "scores.parquet")
    column = f"log_prob_{place.target}"
    if column not in scores:
        raise Failed(f"{place.target!r} has too few train clips to be a class of its own; add clips")
    return CeilingRun(words=of_words(scores["word"], -np.array(scores[column]), place.target), card=card)


def baseline_words(run: Path, name: str) -> dict[str, WordFigures]:
    """Return every word's figures under a baseline of ``metrics.json``.

    Raises:
        Failed: the run has no such baseline.
    """
    metrics = read_json(run / "metrics.json")
    if name not in metrics["baselines"]:
        raise Failed(f"{run / 'metrics.json'} has no baseline {name!r}")
    figures = metrics["baselines"][name]
    return {
        word: WordFigures(n=metrics["words"][word]["n"], auroc=auroc, outranks=word in figures["outranking"])
        for word, auroc in figures["words"].items()
    }


def ask_pyod(python: str, question: dict[str, list[str]]) -> dict[str, Any]:
    """Return what ``benchmarks.flows.peers.pyod_scores`` answers in another interpreter.

    Raises:
        Absent: PyOD is not installed there.
        Failed: it cannot be started, or failed.
    """
    # The working folder is another one there; a bare name is looked up on the PATH.
    interpreter = str(Path(python).expanduser().absolute()) if os.sep in python else python
    try:
        ended = subprocess.run(
            [interpreter, "-m", "benchmarks.flows.peers.pyod_scores"],
            cwd=ROOT,
            input=json.dumps(question),
            stdout=subprocess.PIPE,
            stderr=sys.stderr,
            text=True,
            encoding="utf-8",
            check=False,
        )
    except OSError as error:
        raise Failed(
            f"{python} cannot be started: {error.strerror}; name another with --pyod-python"
        ) from error
    try:
        answer: dict[str, Any] = json.loads(ended.stdout)
    except ValueError as error:
        raise Failed(f"PyOD's process ended with status {ended.returncode} and no answer") from error
    if "absent" in answer:
        raise Absent(f"not installed: make bench installs it ({answer['absent']})")
    if "error" in answer:
        raise Failed(f"PyOD failed: {answer['error']}")
    return answer
