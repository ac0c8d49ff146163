"""How is one rung run for one seed, or found where it was run before?

Every rung has a run folder of its own below ``runs``, made by the program's own stages in a process of its
own: what is up to date there is skipped by the program, so a second call adds only what is missing.
Features are computed once for all rungs, targets and seeds that have the same. What
fails is no error here: the row says so, with the sentence in which the process ended.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.detection.ladder.figures import WordFigures, of_words
from benchmarks.detection.ladder.rungs import AUXILIARY, Rung
from pipeline.commands.program import STAGES
from pipeline.files.artefacts import digest_of, read_json
from pipeline.files.tables import read_table
from pipeline.runs.folder import LOCK_NAME, RunFolder
from pipeline.settings.presets import resolve_settings

__all__ = ["Absent", "Failed", "Place", "RungRun", "call", "features_run", "file_name", "run_rung"]

ROOT = Path(__file__).resolve().parents[3]
DONE = (0, 3)
INTERRUPTED = (130, -2)
# Maps and narrow intervals cost as much as the scores, and nothing here reads them.
UNREAD = ("evaluation.n_explained=0", "evaluation.n_bootstrap=100")


class Failed(RuntimeError):
    """A process ended without what it was started for; the message is its last sentence."""


class Absent(Failed):
    """What should have been measured is not installed."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """What every rung has in common: corpus, target, folder of run folders, and ``--set`` of the call."""

    corpus: str
    target: str
    runs: Path
    splits: str = ""
    name_pattern: str = ""
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RungRun:
    """One rung for one seed: its run folders, each word's figures, and the seconds that training took."""

    paths: tuple[Path, ...]
    words: dict[str, WordFigures]
    seconds: float


def run_rung(place: Place, rung: Rung, seed: int) -> RungRun:
    """Run a rung up to its scores, or find them.

    Raises:
        Failed: its process ended with an error, or its scores lack what the rung reads.
    """
    # What the rung itself says comes last, and counts.
    overrides = (*UNREAD, *place.overrides, *rung.overrides)
    if rung.protocol != AUXILIARY:
        return _read(place, rung, (_evaluated(place, rung, seed, overrides),))
    halves = [(*overrides, f"training.auxiliary_half={half}") for half in "ab"]
    return _read(place, rung, tuple(_evaluated(place, rung, seed, half) for half in halves))


def features_run(place: Place, preset: str, overrides: Sequence[str] = ()) -> Path:
    """Return a run folder with nothing but features: those of a preset and its overrides.

    Raises:
        Failed: they could not be made.
        ConfigurationError: an override is none.
    """
    own = [text for text in (*place.overrides, *overrides) if text.startswith("features.")]
    page = resolve_settings(preset, own).features.model_dump(mode="json")
    path = place.runs / f"features-{page['kind']}-{digest_of(page)[:8]}"
    call([*_command(place, path, preset, 0, own), "--last", "features"], path)
    return path


def file_name(word: str) -> str:
    """Return a word with characters that file names cannot have replaced."""
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in word)


def call(command: Sequence[str | Path], log_beside: Path) -> None:
    """Run ``python -m`` with ``command`` and keep what it says beside ``log_beside``.

    Raises:
        Failed: it ended with an error.
    """
    log_path = log_beside.with_name(f"{log_beside.name}.log")
    log_path.parent.mkdir(parents=True, exist_ok=True)
    before = os.environ.get("PYTHONPATH", "")
    with open(log_path, "w", encoding="utf-8") as log:
        ended = subprocess.run(
            [sys.executable, "-m", *map(str, command)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), before]))},
            stdout=subprocess.DEVNULL,
            stderr=log,
            check=False,
        )
    if ended.returncode in INTERRUPTED:
        raise KeyboardInterrupt
    if ended.returncode not in DONE:
        lines = log_path.read_text("utf-8", "replace").splitlines()
        told = [line for line in lines if line.startswith("error: ")] or lines[-1:]
        reason = told[-1].removeprefix("error: ") if told else "it said nothing"
        raise Failed(f"{reason} (status {ended.returncode}, {log_path})")


def _command(place: Place, path: Path, preset: str, seed: int, overrides: Sequence[str]) -> list[str | Path]:
    command: list[str | Path] = ["benchmarks.detection.ladder.one_run", "--run", path, "--preset", preset]
    command += ["--corpus", place.corpus, "--target", place.target, "--seed", str(seed)]
    command += [f"--splits={place.splits}", f"--name-pattern={place.name_pattern}"]
    return command + [f"--set={override}" for override in overrides]


def _evaluated(place: Place, rung: Rung, seed: int, overrides: Sequence[str]) -> Path:
    changed = f"-{digest_of(list(overrides))[:8]}" if overrides else ""
    path = place.runs / f"{file_name(place.target)}-{rung.preset}{changed}-{seed}"
    if not path.exists():
        _share_features(features_run(place, rung.preset, overrides), path)
    call([*_command(place, path, rung.preset, seed, overrides), "--last", "evaluate"], path)
    return path


def _share_features(source: Path, path: Path) -> None:
    """Begin a run with the features of another, as links: a stage replaces its files and writes into none."""
    with TemporaryDirectory(dir=path.parent) as folder:
        copy = Path(folder) / path.name
        # A lock is of the file that it is on.
        shutil.copytree(source, copy, copy_function=os.link, ignore=shutil.ignore_patterns(LOCK_NAME))
        copy.rename(path)


def _read(place: Place, rung: Rung, paths: tuple[Path, ...]) -> RungRun:
    words: dict[str, WordFigures] = {}
    seconds = 0.0
    for path in paths:
        scores = _live_scores(path) if rung.reads == "live" else read_table(path / "scores.parquet")
        held_out = set(read_json(path / "metrics.json")["words"])
        chosen = [
            i
            for i, (word, split) in enumerate(zip(scores["word"], scores["split"], strict=True))
            if split == "test" and word in held_out | {place.target}
        ]
        words |= of_words(
            [scores["word"][i] for i in chosen],
            _values(scores, rung.reads)[chosen],
            place.target,
            is_finite=np.array(["non_finite" not in scores["tags"][i] for i in chosen]),
        )
        seconds += read_json(path / "provenance.json")["seconds"]["train"]
    return RungRun(paths=paths, words=words, seconds=seconds)


def _values(scores: dict[str, list], reads: str) -> np.ndarray:
    name = "score" if reads == "live" else reads
    if name not in scores:
        has = ", ".join(column for column in scores if column.startswith("term_"))
        raise Failed(f"the scores have no column {name!r}; their terms are {has}")
    values = np.array(scores[name], np.float64)
    return -values if name == "log_prob" else values


def _live_scores(path: Path) -> dict[str, list]:
    """Return the run's test clips scored with live statistics, anew only where the model is another."""
    model = RunFolder(path).check(STAGES["train"]).digest
    out = path.with_name(f"{path.name}-live-{model[:12]}.parquet")
    if not out.exists():
        call(["benchmarks.detection.ladder.live_batches", "--run", path, "--out", out], out)
    return read_table(out)
