"""Are workers of Dask on this machine as fast as processes that the program starts itself?

The features of the same clips are computed by both engines in turns, with one worker a core, and the median
of each is taken. Dask is timed twice: with a cluster that is there already, and with the start and the end of
one. Processes of this machine are always timed with their start, as a stage pays it.

    python -m benchmarks.engines [--clips N] [--rounds N] [--set KEY=VALUE ...]

Needs the extra ``distributed``. Writes ``engines.json``; the ratios are clips per second of Dask by those of
processes: 1 is as fast, less is slower.
"""

import argparse
import hashlib
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.many_clips import make_many_clips
from pipeline.corpora import open_corpus
from pipeline.features import Source, extract
from pipeline.files import write_json
from pipeline.processes import DaskEngine, available_cores, fix_threads, working_with
from pipeline.settings import FeatureSettings, resolve_settings

__all__ = ["main"]

TARGET = "zero"
LOCAL, DASK, DASK_STARTED = "processes", "Dask, a cluster that is there", "Dask, with start and end"


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark, print its table, and write ``engines.json``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--clips", type=int, default=20_000, help="clips (default 20000)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each engine (default 5)")
    parser.add_argument("--set", dest="overrides", action="append", default=[], help="KEY=VALUE, of settings")
    parser.add_argument("--folder", type=Path, help="where the clips are made and kept (default: gone)")
    parser.add_argument("--out", type=Path, default=Path("runs/bench"), help="folder of engines.json")
    options = parser.parse_args(arguments)
    fix_threads()
    settings = resolve_settings("default", options.overrides, target=TARGET).features
    seconds: dict[str, list[float]] = {LOCAL: [], DASK: [], DASK_STARTED: []}
    digests = set()
    with tempfile.TemporaryDirectory() as gone:
        root = options.folder or Path(gone) / "words"
        if not root.is_dir():
            make_many_clips(root, options.clips, TARGET, 1 / 6, first=0)
        corpus = open_corpus(str(root), target=TARGET)
        sources = [Source((corpus.root / clip.path).absolute()) for clip in corpus.clips[: options.clips]]
        there = DaskEngine()
        with working_with(there):
            _timed(sources[: settings.batch_size * available_cores()], settings)
        for number in range(options.rounds):
            for name in sorted(seconds, key=lambda name: (list(seconds).index(name) + number) % len(seconds)):
                took, digest = _turn(name, there, sources, settings)
                seconds[name].append(took)
                digests.add(digest)
                print(f"round {number + 1}: {name}: {len(sources) / took:,.0f} clips/s", flush=True)
        there.close()
    if len(digests) != 1:
        raise SystemExit(f"the engines made {len(digests)} different features, and 1 is right")
    rates = {name: len(sources) / statistics.median(all_) for name, all_ in seconds.items()}
    ratios = {name: rates[name] / rates[LOCAL] for name in (DASK, DASK_STARTED)}
    for name, rate in rates.items():
        ratio = f"  {ratios[name]:.2f} of processes" if name in ratios else ""
        print(f"{name:32}{rate:8,.0f} clips/s{ratio}")
    write_json(
        options.out / "engines.json",
        {
            "clips": len(sources),
            "workers": available_cores(),
            "seconds": seconds,
            "clips_per_second": rates,
            "ratios": ratios,
        },
    )
    return 0


def _turn(
    name: str, there: DaskEngine, sources: Sequence[Source], settings: FeatureSettings
) -> tuple[float, str]:
    if name == LOCAL:
        return _timed(sources, settings)
    if name == DASK:
        with working_with(there):
            return _timed(sources, settings)
    began = time.perf_counter()
    engine = DaskEngine()
    with working_with(engine):
        _, digest = _timed(sources, settings)
    engine.close()
    return time.perf_counter() - began, digest


def _timed(sources: Sequence[Source], settings: FeatureSettings) -> tuple[float, str]:
    """Return the seconds that the features of some files take, and the digest of all of them."""
    digest = hashlib.sha256()
    began = time.perf_counter()
    for batch in extract(sources, settings):
        digest.update(batch.features.tobytes())
    return time.perf_counter() - began, digest.hexdigest()


if __name__ == "__main__":
    raise SystemExit(main())
