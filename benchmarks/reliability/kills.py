"""Does a run that was killed at any moment end, by the same command again, in the same bytes?

A run is made once without a kill, which gives the span of each stage. Then, in turns over the stages, it is
done again from that stage on: killed (SIGKILL) at a moment spread evenly over the stage's span, and done by
the same command. Features, model, scores and metrics are compared with those of the first run.

    python -m benchmarks.reliability.kills [--corpus embedded] [--target zero] [--clips 500] [--kills 100]

Prints, and writes ``kills.json``: for each stage how many runs were killed in it, how many of them said
what they had kept, and how many ended in other bytes (0 is right).
"""

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.corpora import open_corpus
from pipeline.files import artefacts

__all__ = ["RESULTS", "Killed", "differing", "kill_and_go_on", "main", "sampled"]

# Each stage and its folder in the run, in order.
STAGES = {"features": "features", "train": "model", "evaluate": "evaluation"}
RESULTS = (
    "features/features.npy",
    "features/sketches.npy",
    "manifest.parquet",
    "model/weights.npz",
    "model/calibration.npz",
    "history.csv",
    "scores.csv",
    "scores.parquet",
    "metrics.json",
)
KEPT = ("kept from a call that did not end", "kept from an earlier call")
POLL_SECONDS = 0.005


@dataclass(frozen=True, kw_only=True)
class Killed:
    """What became of a run that was killed.

    Attributes:
        was_killed: False where it had ended before.
        said_kept: the call after it said what it went on from.
        differing: names of results that are not those of the run without a kill.
    """

    was_killed: bool
    said_kept: bool
    differing: tuple[str, ...]


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark, print its table, and write ``kills.json``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--corpus", default="embedded", help="a corpus of words (default embedded)")
    parser.add_argument("--target", default="zero", help="the word to learn (default zero)")
    parser.add_argument("--clips", type=int, default=500, help="to take of it at most (default 500)")
    parser.add_argument("--kills", type=int, default=100, help="over all stages (default 100)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of the run"
    )
    parser.add_argument("--out", type=Path, default=Path("runs/bench"), help="folder of kills.json")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        sampled(options.corpus, options.target, options.clips, folder / "corpus")
        command = [sys.executable, "-m", "pipeline", "evaluate", f"--corpus={folder / 'corpus'}"]
        command += [f"--target={options.target}", *(f"--set={value}" for value in options.set)]
        spans = _first_run(command, folder)
        found: dict[str, list[Killed]] = {stage: [] for stage in STAGES}
        for number in range(options.kills):
            stage = list(STAGES)[number % len(STAGES)]
            n_of_stage = -(-options.kills // len(STAGES))
            share = (number // len(STAGES) + 0.5) / n_of_stage
            found[stage].append(kill_and_go_on(command, folder, stage, share * spans[stage]))
            print(f"{number + 1}/{options.kills} {stage} at {share:.2f}: {found[stage][-1]}", file=sys.stderr)
    figures = {
        stage: {
            "span_seconds": round(spans[stage], 1),
            "killed": sum(one.was_killed for one in some),
            "said_kept": sum(one.said_kept for one in some),
            "other_bytes": sum(bool(one.differing) for one in some),
        }
        for stage, some in found.items()
    }
    artefacts.write_json(options.out / "kills.json", figures)
    for stage, values in figures.items():
        print(stage, *(f"{name}={value}" for name, value in values.items()))
    return int(any(values["other_bytes"] for values in figures.values()))


def sampled(name: str, target: str, n_clips: int, folder: Path) -> None:
    """Copy at most ``n_clips`` of a corpus, half of them of the target, the rest of the words after it."""
    corpus = open_corpus(name, target=target)
    own = [clip for clip in corpus.clips if clip.word == target][: n_clips // 2]
    words = [word for word in corpus.words if word != target][:4]
    n_each = (n_clips - len(own)) // max(len(words), 1)
    others = [clip for word in words for clip in [c for c in corpus.clips if c.word == word][:n_each]]
    for clip in [*own, *others]:
        place = folder / clip.path
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(corpus.root / clip.path, place)


def kill_and_go_on(command: Sequence[str], folder: Path, stage: str, delay_seconds: float) -> Killed:
    """Do a run again from a stage on, kill it a moment after the stage began, do it, and compare.

    Args:
        command: that makes the run; the run folder is added.
        folder: has the run without a kill, ``whole``.
        stage: in which it is killed.
        delay_seconds: after it said that the stage is running.
    """
    whole, run = folder / "whole", folder / "killed"
    shutil.rmtree(run, ignore_errors=True)
    shutil.copytree(whole, run)
    for later in list(STAGES)[list(STAGES).index(stage) :]:
        shutil.rmtree(run / STAGES[later])
    log = folder / "killed.log"
    with (
        open(log, "wb") as errors,
        subprocess.Popen([*command, f"--run={run}"], stdout=subprocess.DEVNULL, stderr=errors) as program,
    ):
        while f"{stage}: running" not in log.read_text("utf-8", "replace") and program.poll() is None:
            time.sleep(POLL_SECONDS)
        try:
            status = program.wait(delay_seconds)
        except subprocess.TimeoutExpired:
            program.kill()
            status = program.wait()
    again = subprocess.run(
        [*command, f"--run={run}"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
    )
    if again.returncode not in (0, 3):
        raise RuntimeError(f"the call after the kill ended with status {again.returncode}: {again.stderr}")
    return Killed(
        was_killed=status == -signal.SIGKILL,
        said_kept=any(kept in again.stderr for kept in KEPT),
        differing=differing(whole, run),
    )


def differing(whole: Path, run: Path) -> tuple[str, ...]:
    """Return the names of results that are not the same bytes in both runs."""
    return tuple(name for name in RESULTS if (whole / name).read_bytes() != (run / name).read_bytes())


def _first_run(command: Sequence[str], folder: Path) -> dict[str, float]:
    """Make the run without a kill; return how long each stage lasts after it said that it is running."""
    began: dict[str, float] = {}
    with subprocess.Popen(
        [*command, f"--run={folder / 'whole'}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        for line in program.stderr or ():
            for stage in (*STAGES, "report"):
                if line.startswith(f"{stage}: running"):
                    began[stage] = time.monotonic()
    if program.returncode not in (0, 3):
        raise RuntimeError(f"the run without a kill ended with status {program.returncode}")
    moments = list(began.values())
    return {stage: moments[number + 1] - moments[number] for number, stage in enumerate(STAGES)}


if __name__ == "__main__":
    raise SystemExit(main())
