"""How many clips a second become log-mel features, and how many with a plain loop over librosa?

Both start from files and end with log-mel in decibel of the same bands, on the same clips, in turns
(ours, librosa, ours, librosa ...), so that a busy machine slows both; each figure is the median of its
rounds. Where BLAS threads wait for each other, they cost librosa more than they gain: it is measured
with as many as it likes and with one, and the faster counts. Nothing that happens once is counted:
processes are started and warm, librosa has loaded its first clips. Where other programs take the cores,
compare what stands beside the rates of one process: the CPU time of a clip, waiting left out. Beneath:
each preset, one process.

    python -m benchmarks.features [--corpus PATH] [--n N] [--out runs/bench]

Without ``--corpus``, seeded bursts of noise are written to a temporary folder. Writes ``features.json``.
"""

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.features.turns import N_PROCESSES, in_turns, ours, rate
from pipeline.errors import PipelineError
from pipeline.files import artefacts
from pipeline.frontend.kinds import KINDS
from pipeline.settings.features import FeatureSettings

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark, print its tables, and write ``features.json``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--corpus", type=Path, help="a folder of WAV files; noise bursts without it")
    parser.add_argument("--n", type=int, default=2_000, help="clips (default 2000)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each (default 5, at least 3)")
    parser.add_argument("--out", type=Path, default=Path("runs/bench"), help="folder of features.json")
    options = parser.parse_args(arguments)
    if options.n < 64 or options.rounds < 3:
        parser.error(
            f"--n {options.n} and --rounds {options.rounds}: at least 64 clips and 3 rounds are needed"
        )
    with tempfile.TemporaryDirectory() as folder:
        corpus = options.corpus or _write_noise_bursts(Path(folder), options.n)
        paths = sorted(corpus.rglob("*.wav"))[: options.n]
        if not paths:
            parser.error(f"no WAV file in {corpus}")
        rates, cpu = in_turns(paths, options.rounds, Path(folder) / "features.npy")
        kinds = _each_kind(paths[:1_000])
    medians = {name: round(median(values), 1) for name, values in rates.items()}
    milliseconds = {name: round(median(values), 3) for name, values in cpu.items()}
    librosa_rate = max(medians["librosa"], medians["librosa, one BLAS thread"])
    ratio = round(medians["ours"] / librosa_rate, 2)
    _print_tables(medians, milliseconds, kinds, ratio, len(paths), options.rounds)
    artefacts.write_json(
        options.out / "features.json",
        {
            "clips_per_second": {"ours": medians["ours"], "librosa": librosa_rate},
            "clips_per_second_one_process": medians["ours, one process"],
            "ratio": ratio,
            "cpu_milliseconds_a_clip": milliseconds,
            "rounds": {name: [round(value, 1) for value in values] for name, values in rates.items()},
            "clips_per_second_by_kind_one_process": kinds,
            "n_clips": len(paths),
            "n_processes": N_PROCESSES,
        },
    )
    return 0


def _write_noise_bursts(folder: Path, n_clips: int) -> Path:
    """Write one-second WAVs of faint noise with one louder burst each; the same for every run."""
    import soundfile

    generator = np.random.default_rng(0)
    for number in range(n_clips):
        clip = 0.002 * generator.standard_normal(16_000)
        onset, length = generator.integers(1_000, 7_000), generator.integers(3_000, 8_000)
        clip[onset : onset + length] += 0.1 * generator.standard_normal(length)
        soundfile.write(folder / f"{number:06}.wav", clip, 16_000, subtype="PCM_16")
    return folder


def _each_kind(paths: list[Path]) -> dict[str, float]:
    kinds = {}
    for kind in KINDS:
        # Recordings of any length are taken at their own rate; here as at that of the other kinds.
        settings = FeatureSettings(kind=kind, n_workers=1, recording_rate=FeatureSettings().sample_rate)
        try:
            ours(paths[:64], settings)
        except PipelineError as error:
            print(f"{kind} is not measured: {error}", file=sys.stderr)
            continue
        kinds[kind] = round(median(rate(partial(ours, settings=settings), paths) for _ in range(3)), 1)
    return kinds


def _print_tables(
    medians: dict[str, float],
    milliseconds: dict[str, float],
    kinds: dict[str, float],
    ratio: float,
    n_clips: int,
    n_rounds: int,
) -> None:
    print(f"log-mel from files, {n_clips:,} clips, median of {n_rounds} rounds in turns\n")
    print(f"{'':26}{'clips a second':>16}{'ms of CPU a clip':>18}")
    names = {"ours": f"ours, {N_PROCESSES} processes", "librosa": "librosa, plain loop"}
    for name, value in medians.items():
        cost = f"{milliseconds[name]:>18.2f}" if name in milliseconds else ""
        print(f"{names.get(name, name):26}{value:>16,.0f}{cost}")
    print(f"{'ours / faster librosa':26}{ratio:>16.1f}\n")
    print(f"{'ours, one process':26}{'clips a second':>16}")
    for kind, value in kinds.items():
        print(f"{kind:26}{value:>16,.0f}")


if __name__ == "__main__":
    raise SystemExit(main())
