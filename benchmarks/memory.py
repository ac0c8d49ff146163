"""How much memory does each stage of each verb need at its peak, in one process and in all together?

Each verb is a process of its own, started as a user starts it, and a stage is what the program says that it
is at. Every 50 ms or so its whole tree of processes is asked. ``largest_mb`` is the resident memory of the
largest process, shared libraries and mapped files included: what one process must be given. ``all_mb`` is the
sum of proportional set sizes, where a page that n processes share counts an n-th in each, and once in the
sum: what the machine must have. (Another program that uses the same libraries takes its part of that sum,
which is therefore never said to be below ``largest_mb``.) A megabyte is 10^6 bytes.

    python -m benchmarks.memory [--corpus NAME] [--target WORD] [--preset NAME] [--verbs VERB ...]

``features`` and ``train`` share one run folder, and ``evaluate`` begins another from nothing, which the verbs
after it read. ``start`` is what comes before the first stage: imports, and opening the corpus. Writes
``memory.json``: a verb's stages, by their names.
"""

import argparse
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from pipeline.files import artefacts, tables

__all__ = ["main", "tree_costs", "tree_memory", "watched"]

VERBS = ("features", "train", "evaluate", "score", "audit", "compare", "review")
SECONDS_BETWEEN_SAMPLES = 0.05
# Of its time, in which a process waits while its pages are counted, some 20 ms for a large one.
WAITING_SHARE = 0.2
# Clips that ``score`` is given, all of the target's where there are fewer.
MOST_SCORED = 1_000
# Statuses of a verb that did what it was asked; 3 says that some clips were set aside.
DONE = (0, 3)
# Verbs that say at which stage they are, after ``START``.
STAGED = ("features", "train", "evaluate", "audit")
START = "start"
COSTS = ("cpu_seconds", "read_mb", "written_mb")
FIGURES = ("largest_mb", "all_mb", "seconds", *COSTS)

Peaks = dict[str, dict[str, float]]


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark, print its table, and write ``memory.json``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--corpus", default="embedded", help="a corpus's name or folder (default embedded)")
    parser.add_argument("--target", default="zero", help="the word that is normal (default zero)")
    parser.add_argument("--preset", default="default", help="page of settings (default default)")
    parser.add_argument("--set", dest="overrides", action="append", default=[], help="KEY=VALUE, of settings")
    parser.add_argument("--verbs", nargs="+", choices=VERBS, default=list(VERBS), help="default: all")
    parser.add_argument("--out", type=Path, default=Path("runs/bench"), help="folder of memory.json")
    options = parser.parse_args(arguments)
    chosen = [f"--corpus={options.corpus}", f"--target={options.target}", f"--preset={options.preset}"]
    chosen += [f"--set={override}" for override in options.overrides]
    peaks: dict[str, Peaks] = {}
    with tempfile.TemporaryDirectory() as folder:
        for verb in _in_order(options.verbs):
            print(f"measuring {verb}", file=sys.stderr, flush=True)
            found = watched(_command(verb, chosen, Path(folder)), verb)
            if verb in options.verbs:
                peaks[verb] = found
                artefacts.write_json(options.out / "memory.json", peaks)
    _print_table(peaks)
    return 0


def tree_memory(process: psutil.Process) -> tuple[float, float]:
    """Return the resident memory of the largest process of a tree, and the proportional sum, in MB."""
    largest, proportional = 0.0, 0.0
    counted = set()
    for one in [process, *process.children(recursive=True)]:
        try:
            memory = one.memory_full_info()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue  # it ended since the tree was listed
        # Until a child begins its own program it lives in its parent's memory, which would count twice.
        if (memory.rss, memory.vms) in counted:
            continue
        counted.add((memory.rss, memory.vms))
        largest = max(largest, memory.rss / 1e6)
        # Only Linux knows proportional sizes; elsewhere each process's own pages stand for them.
        proportional += getattr(memory, "pss", memory.uss) / 1e6
    return largest, max(proportional, largest)


def tree_costs(process: psutil.Process, known: dict[int, tuple[float, ...]]) -> tuple[float, ...]:
    """Return CPU seconds, and bytes read and written by calls, of a tree and of what ended in it.

    What is read through a mapped file is not counted, and of a process that ended what it did last is lost.

    Args:
        process: the first of the tree.
        known: of each process that was ever seen; what is found now is added.
    """
    for one in [process, *process.children(recursive=True)]:
        try:
            times, counted = one.cpu_times(), one.io_counters()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        # Only Linux counts what the page cache gave; elsewhere what the disk did stands for it.
        n_read = getattr(counted, "read_chars", counted.read_bytes)
        n_written = getattr(counted, "write_chars", counted.write_bytes)
        known[one.pid] = (times.user + times.system, float(n_read), float(n_written))
    return tuple(sum(of_one) for of_one in zip(*known.values(), strict=True)) or (0.0, 0.0, 0.0)


def watched(command: Sequence[str], verb: str, marks: Mapping[str, str] | None = None) -> Peaks:
    """Run a verb and return the peak of each of its stages, in the order in which they ran.

    ``seconds``, ``cpu_seconds``, ``read_mb`` and ``written_mb`` of each stand beside its peak.

    Args:
        command: what to run.
        verb: its name, which stands for the stage of one that tells no stages.
        marks: regular expressions of lines after which another stage begins, and its name.

    Raises:
        SystemExit: it failed; its last lines are said.
    """
    peaks: Peaks = {}
    stage = START if verb in STAGED else verb
    last_lines: deque[str] = deque(maxlen=5)
    known: dict[int, tuple[float, ...]] = {}
    spent: tuple[float, ...] = (0.0, 0.0, 0.0)
    last = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as started:
        ended = threading.Event()

        def sample() -> None:
            nonlocal spent, last
            seconds = 0.0
            while not ended.wait(max(SECONDS_BETWEEN_SAMPLES, seconds / WAITING_SHARE)):
                began = time.perf_counter()
                try:
                    largest, together = tree_memory(psutil.Process(started.pid))
                    costs = tree_costs(psutil.Process(started.pid), known)
                except psutil.NoSuchProcess:
                    return
                seconds = time.perf_counter() - began
                peak = peaks.setdefault(stage, dict.fromkeys(FIGURES, 0.0))
                peak["largest_mb"] = max(peak["largest_mb"], round(largest, 1))
                peak["all_mb"] = max(peak["all_mb"], round(together, 1))
                now = time.perf_counter()
                for name, amount in zip(COSTS, costs, strict=True):
                    peak[name] += (amount - spent[COSTS.index(name)]) / (1e6 if name.endswith("mb") else 1)
                peak["seconds"] += now - last
                spent, last = costs, now

        sampling = threading.Thread(target=sample, daemon=True)
        sampling.start()
        for line in started.stdout or ():
            last_lines.append(line)
            if begins := re.match(r"(\w+): running", line):
                stage = begins[1]
            for mark, name in (marks or {}).items():
                if re.match(mark, line):
                    stage = name
            if serves := re.match(r"The review is at (http\S+)", line):
                urllib.request.urlopen(serves[1]).read()
                started.send_signal(signal.SIGINT)
        status = started.wait()
        ended.set()
        sampling.join()
    if status not in DONE:
        raise SystemExit(f"error: {verb} ended with status {status}:\n{''.join(last_lines)}")
    return peaks


def _in_order(verbs: Sequence[str]) -> list[str]:
    """Return the verbs as they must run, and the one whose run they need where it was not asked for."""
    needed = {"evaluate"} if {"score", "compare", "review"} & set(verbs) else set()
    return [verb for verb in VERBS if verb in needed.union(verbs)]


def _command(verb: str, chosen: Sequence[str], folder: Path) -> list[str]:
    """Return the command of a verb, over the run folders in ``folder``."""
    program, run = [sys.executable, "-m", "pipeline", verb], folder / "run"
    if verb == "score":
        manifest = tables.read_table(run / "manifest.parquet")
        target = artefacts.read_toml(run / "config.toml")["target"]
        root = Path(artefacts.read_json(run / "provenance.json")["corpus"]["root"])
        clips = zip(manifest["path"], manifest["word"], strict=True)
        paths = [str(root / path) for path, word in clips if word == target]
        return [*program, f"--run={run}", *paths[:MOST_SCORED]]
    if verb == "compare":
        shutil.copytree(run, folder / "again")
        return [*program, str(run), str(folder / "again"), f"--out={folder / 'compared.html'}"]
    if verb == "review":
        return [*program, f"--run={run}", "--no-browser", f"--verdicts={folder / 'verdicts.sqlite'}"]
    # From nothing: these two would find nothing to do where ``evaluate`` has been.
    return [*program, *chosen, f"--run={folder / 'trained' if verb in ('features', 'train') else run}"]


def _print_table(peaks: dict[str, Peaks]) -> None:
    print(f"{'peak memory, MB':24}{'largest process':>18}{'all together':>16}")
    for verb, stages in peaks.items():
        for stage, peak in stages.items():
            name = verb if stage == verb else f"{verb}, {stage}"
            print(f"{name:24}{peak['largest_mb']:>18,.0f}{peak['all_mb']:>16,.0f}")


if __name__ == "__main__":
    raise SystemExit(main())
