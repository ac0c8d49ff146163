"""How are our features and a plain loop over librosa timed, in turns?

A module of its own, and not the benchmark's ``__main__``: spawned workers cannot import from a package's
``__main__``.
"""

import multiprocessing
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from threadpoolctl import threadpool_limits

from pipeline.features.batches import extract, feature_shape
from pipeline.features.records import OK, Source
from pipeline.files import artefacts
from pipeline.settings.features import FeatureSettings

__all__ = ["N_PROCESSES", "Rates", "in_turns", "ours", "rate"]

N_PROCESSES = 2
Rates = dict[str, list[float]]


def in_turns(paths: list[Path], n_rounds: int, array_path: Path) -> tuple[Rates, Rates]:
    """Return clips a second of each turn, and milliseconds of CPU a clip of those in this process."""
    settings = FeatureSettings(kind="logmel", n_workers=1)
    rates: Rates = {}
    cpu: Rates = {}
    with ProcessPoolExecutor(N_PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        turns: dict[str, Callable[[list[Path]], int]] = {
            "ours": lambda some: _ours_in(pool, some, settings, array_path),
            "ours, one process": lambda some: ours(some, settings),
            "librosa": lambda some: _librosa(some, settings),
            "librosa, one BLAS thread": lambda some: _librosa_on_one_thread(some, settings),
        }
        for compute in turns.values():
            compute(paths[:256])
        for number in range(n_rounds):
            for name, compute in turns.items():
                started = time.process_time()
                rates.setdefault(name, []).append(rate(compute, paths))
                # The work of other processes is not in this one's time.
                if name != "ours":
                    cpu.setdefault(name, []).append(1e3 * (time.process_time() - started) / len(paths))
            print(f"round {number + 1} of {n_rounds}", file=sys.stderr, flush=True)
    return rates, cpu


def rate(compute: Callable[[list[Path]], int], paths: list[Path]) -> float:
    """Return clips a second of one turn; every clip must be usable."""
    started = time.perf_counter()
    n_usable = compute(paths)
    seconds = time.perf_counter() - started
    if n_usable < len(paths):
        raise SystemExit(
            f"{len(paths) - n_usable} of {len(paths)} clips cannot be used; give another --corpus"
        )
    return len(paths) / seconds


def ours(paths: list[Path], settings: FeatureSettings) -> int:
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
