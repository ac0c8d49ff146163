r"""How fast are the windows of a recording of hours scored, and in how much memory?

The recording is of one embedded machine: its normal test clips of the source domain, one after the other and
again from the beginning, written by blocks. ``score`` is a process of its own, started as a user starts it;
its tree is asked for the resident memory of its largest process every 50 ms.

    python -m benchmarks.detection.long_recordings --run RUN [--machine fan] [--hours 10] [--every 10]
"""

import argparse
import itertools
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import soundfile

from benchmarks.memory import tree_memory
from pipeline.corpora.machines.opening import open_machines

__all__ = ["main", "write_recording"]

SECONDS_BETWEEN_SAMPLES = 0.05


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark and print its line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--run", type=Path, required=True, help="a run of the machine, by --preset sounds")
    parser.add_argument("--machine", default="fan", help="default fan")
    parser.add_argument("--hours", type=float, default=10.0, help="default 10")
    parser.add_argument("--every", type=float, default=10.0, help="seconds between windows (default 10)")
    parser.add_argument("--folder", type=Path, help="where the recording is written for a while")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder, "long.wav")
        write_recording(path, options.machine, options.hours)
        command = [sys.executable, "-m", "pipeline", "score", f"--run={options.run}"]
        command += [f"--every={options.every:g}", str(path)]
        n_lines, seconds, peak = _watched(command, Path(folder, "lines.json"))
    times = options.hours * 3600 / seconds
    print(
        f"{options.hours:g} hours, {n_lines:,} windows: {seconds:.1f} s, {times:,.0f} times real time, "
        f"{peak:,.0f} MB in the largest process"
    )
    return 0


def write_recording(path: Path, machine: str, hours: float) -> None:
    """Write normal test clips of a machine, again and again, until there are so many hours."""
    corpus = open_machines(target=machine)
    clips = [
        corpus.root / clip.path
        for clip in corpus.clips
        if clip.split == "test" and "normal" in clip.path and "source" in clip.path
    ]
    rate = soundfile.info(clips[0]).samplerate
    n_left = round(hours * 3600 * rate)
    with soundfile.SoundFile(path, "w", rate, 1, "PCM_16") as file:
        for clip in itertools.cycle(clips):
            samples, _ = soundfile.read(clip, dtype="int16")
            file.write(samples[:n_left])
            n_left -= len(samples)
            if n_left <= 0:
                return


def _watched(command: list[str], lines_path: Path) -> tuple[int, float, float]:
    """Return the lines that a command printed, its seconds, and its peak in MB."""
    peak, start = 0.0, time.perf_counter()
    with open(lines_path, "w", encoding="utf-8") as lines:
        process = psutil.Popen(command, stdout=lines)
        while process.poll() is None:
            try:
                peak = max(peak, tree_memory(process)[0])
            except psutil.NoSuchProcess:
                break
            time.sleep(SECONDS_BETWEEN_SAMPLES)
        if status := process.wait():
            raise subprocess.CalledProcessError(status, command)
    seconds = time.perf_counter() - start
    with open(lines_path, encoding="utf-8") as lines:
        return sum(1 for _ in lines), seconds, peak


if __name__ == "__main__":
    sys.exit(main())
