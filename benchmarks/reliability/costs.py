"""How much memory and time does one audio file take?

    python -m benchmarks.reliability.costs [SECONDS]

Each file of noise is made, read and measured in a process of its own. Printed: MB above what the process held
before, and seconds for a minute of sound.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from pipeline.features import Source, extract
from pipeline.settings import FeatureSettings

__all__ = ["FILES", "cost_of", "main"]

# Format, subtype, rate in Hz, channels.
FILES = (
    ("WAV", "PCM_16", 16_000, 1),
    ("WAV", "PCM_16", 192_000, 2),
    ("WAV", "PCM_16", 16_000, 32),
    ("WAV", "FLOAT", 48_000, 8),
    ("W64", "PCM_24", 48_000, 2),
    ("AIFF", "PCM_24", 96_000, 2),
    ("CAF", "PCM_16", 48_000, 2),
    ("AU", "PCM_16", 48_000, 2),
    ("FLAC", "PCM_16", 16_000, 1),
    ("FLAC", "PCM_24", 192_000, 2),
    ("OGG", "VORBIS", 48_000, 2),
    ("OGG", "OPUS", 48_000, 2),
    ("MP3", "MPEG_LAYER_III", 44_100, 2),
)


def cost_of(path: Path) -> tuple[float, float]:
    """Return (MB above the base, seconds) of one file; the first of a process alone is measured truly."""
    warm = path.with_suffix(".warm.wav")
    soundfile.write(warm, np.full(16_000, 0.1), 16_000)
    settings = FeatureSettings(n_workers=1)
    list(extract([Source(warm)], settings))
    base, start = _kilobytes("VmRSS"), time.perf_counter()
    list(extract([Source(path)], settings))
    seconds = time.perf_counter() - start
    return (_kilobytes("VmHWM") - base) / 1024, seconds


def _kilobytes(name: str) -> int:
    """Return a figure of this process as Linux gives it; the peak is that since the program was loaded."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


def main(seconds: float = 120.0) -> None:
    """Print one line a file."""
    with tempfile.TemporaryDirectory() as folder:
        for form, subtype, rate, n_channels in FILES:
            path = Path(folder) / f"sound.{form.lower()}"
            with soundfile.SoundFile(path, "w", rate, n_channels, subtype, format=form) as file:
                for _ in range(round(seconds)):
                    file.write(0.1 * np.random.default_rng(0).standard_normal((rate, n_channels)))
            command = [sys.executable, "-m", "benchmarks.reliability.costs", "--one", str(path)]
            ended = subprocess.run(command, check=True, capture_output=True, text=True)
            megabytes, spent = map(float, ended.stdout.split())
            print(
                f"{form:5} {subtype:15} {rate:7,} Hz {n_channels:2} channels: {megabytes:6.0f} MB, "
                f"{60 * spent / seconds:5.2f} s a minute",
                flush=True,
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(*cost_of(Path(sys.argv[2])))
    else:
        main(*map(float, sys.argv[1:2]))
