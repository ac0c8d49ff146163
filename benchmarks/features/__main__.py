"""How many clips a second become log-mel features, and how many with a plain loop over librosa?

Both start from files and end with log-mel in decibel of the same bands, on the same clips, in turns
(ours, librosa, ours, librosa ...), so that a busy machine slows both; each figure is the median of its
rounds. Where BLAS threads wait for each other, they cost librosa more than they gain: it is measured
with as many as it likes and with one, and the faster counts. Nothing that happens once is counted:
processes are started and warm, librosa has loaded its first clips. Where other programs take the cores,
compare what stands beside the rates of one process: the CPU time of a clip, waiting left out. Beneath:
each preset, one process.

    python -m benchmarks.features.__main__ [--corpus PATH] [--n N] [--out runs/bench]

Without ``--corpus``, seeded bursts of noise are written to a temporary folder. Writes ``features.json``.
"""

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from threadpoolctl import threadpool_limits

from pipeline.features.batches import extract, feature_shape
from pipeline.features.records import OK, Source
from pipeline.files import artefacts
from pipeline.frontend.kinds import KINDS
from pipeline.settings.features import FeatureSettings

__all__ = ["main"]

N_PROCESSES = 2
Rates = dict[str, list[float]]


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
        rates, cpu = _in_turns(paths, options.rounds, Path(folder) / "features.npy")
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


def _ours(paths: list[Path], settings: FeatureSettings) -> int:
    """Compute features in this process and return how many clips were usable."""
    n_usable = 0
    for batch in extract([Source(path) for path in paths], settings):
        n_usable += sum(fact.status == OK for fact in batch.facts)
    return n_usable


def _write_batch(job: tuple[int, list[Path]], settings: FeatureSettings, array_path: Path) -> int:
    """Write one batch's rows as the features stage does, and return how many clips were usable."""
    first, paths = job
    (batch,) = extract([Source(path) for path in paths], settings)
    array = artefacts.open_array(array_path, mode="r+")
    array[first : first + len(paths)] = batch.features
    return sum(fact.status == OK for fact in batch.facts)


def _ours_in(pool: ProcessPoolExecutor, paths: list[Path], settings: FeatureSettings, path: Path) -> int:
    """Compute features in warm processes into an array file and return how many clips were usable."""
    artefacts.create_array(path, (len(paths), *feature_shape(settings)))
    size = settings.batch_size
    jobs = [(first, paths[first : first + size]) for first in range(0, len(paths), size)]
    return sum(pool.map(partial(_write_batch, settings=settings, array_path=path), jobs))


def _librosa(paths: list[Path], settings: FeatureSettings) -> int:
    """Compute the same features as its tutorial does, clip by clip."""
    import librosa

    for path in paths:
        samples, rate = librosa.load(path, sr=settings.sample_rate)
        power = librosa.feature.melspectrogram(
            y=samples,
            sr=rate,
            n_fft=settings.n_fft,
            win_length=settings.mel_frame_length,
            hop_length=settings.frame_step,
            n_mels=settings.n_mels,
            fmin=settings.fmin_hertz,
            fmax=settings.fmax_hertz,
        )
        librosa.power_to_db(power)
    return len(paths)


def _librosa_on_one_thread(paths: list[Path], settings: FeatureSettings) -> int:
    with threadpool_limits(1, user_api="blas"):
        return _librosa(paths, settings)


def _in_turns(paths: list[Path], n_rounds: int, array_path: Path) -> tuple[Rates, Rates]:
    """Return clips a second of each turn, and milliseconds of CPU a clip of those in this process."""
    settings = FeatureSettings(kind="logmel", n_workers=1)
    rates: Rates = {}
    cpu: Rates = {}
    with ProcessPoolExecutor(N_PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        turns: dict[str, Callable[[list[Path]], int]] = {
            "ours": lambda some: _ours_in(pool, some, settings, array_path),
            "ours, one process": lambda some: _ours(some, settings),
            "librosa": lambda some: _librosa(some, settings),
            "librosa, one BLAS thread": lambda some: _librosa_on_one_thread(some, settings),
        }
        for compute in turns.values():
            compute(paths[:256])
        for number in range(n_rounds):
            for name, compute in turns.items():
                started = time.process_time()
                rates.setdefault(name, []).append(_rate(compute, paths))
                # The work of other processes is not in this one's time.
                if name != "ours":
                    cpu.setdefault(name, []).append(1e3 * (time.process_time() - started) / len(paths))
            print(f"round {number + 1} of {n_rounds}", file=sys.stderr, flush=True)
    return rates, cpu


def _each_kind(paths: list[Path]) -> dict[str, float]:
    kinds = {}
    for kind in KINDS:
        settings = FeatureSettings(kind=kind, n_workers=1)
        _ours(paths[:64], settings)
        kinds[kind] = round(median(_rate(partial(_ours, settings=settings), paths) for _ in range(3)), 1)
    return kinds


def _rate(compute: Callable[[list[Path]], int], paths: list[Path]) -> float:
    started = time.perf_counter()
    n_usable = compute(paths)
    seconds = time.perf_counter() - started
    if n_usable < len(paths):
        raise SystemExit(
            f"{len(paths) - n_usable} of {len(paths)} clips cannot be used; give another --corpus"
        )
    return len(paths) / seconds


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
