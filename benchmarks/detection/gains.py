r"""Does a detector of words do as well on the same clips at another gain, in a file of floats?

Each clip is multiplied and written as 32-bit floats, which hold any gain. Samples of 16 bits are whole
multiples of one step after it, and the front end finds their full scale again; with --dither, noise of a
fifth of a step is added first, and it does not: floors then follow from each clip's own noise. Protocol
"one-class", the corpus's own splits.

    python -m benchmarks.detection.gains --corpus PATH --targets W [W ...] \
        [--gains 1 0.001] [--dither] [--seeds 0 1 2]
"""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.detection.one_fit import featured, figures_of, fitted_detector
from benchmarks.spread import mean_and_range
from pipeline.calibration import split_validation
from pipeline.errors import PipelineError

__all__ = ["gained_corpus", "main"]

DITHER_STEPS = 0.2
FIGURES = ("macro_auroc", "worst_well_tested_auroc")
HEADER = "| target | gain | macro AUROC | worst word of 10 clips or more |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, score and print one table in Markdown; see the module."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--targets", nargs="+", required=True)
    parser.add_argument("--gains", nargs="+", type=float, default=[1.0, 1e-3])
    parser.add_argument("--dither", action="store_true")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--preset", default="default")
    parser.add_argument("--runs", type=Path, default=Path("runs/gains"))
    chosen = parser.parse_args(arguments)
    print(HEADER + "\n" + "| --- " * 4 + "|", flush=True)
    try:
        for gain in chosen.gains:
            corpus = chosen.runs / f"gain-{gain:g}{'-dithered' if chosen.dither else ''}"
            gained_corpus(chosen.corpus, corpus, gain, DITHER_STEPS if chosen.dither else 0.0)
            for target in chosen.targets:
                rows = [_figures(chosen, corpus, target, seed) for seed in chosen.seeds]
                cells = [mean_and_range([row[name] for row in rows]) for name in FIGURES]
                print(f"| {target} | {gain:g} | {' | '.join(cells)} |", flush=True)
    except PipelineError as error:
        sys.exit(f"error: {error}")


def gained_corpus(corpus: Path, folder: Path, gain: float, dither_steps: float) -> None:
    """Write every clip of a corpus of 16 bits, multiplied, as floats, and its lists; nothing where it stands.

    Args:
        corpus: a folder with one folder a word.
        folder: is made.
        gain: of the samples.
        dither_steps: half the range of the noise that is added to what is no zero, in steps of 16 bits.
    """
    if folder.exists():
        return
    generator = np.random.default_rng(0)
    unfinished = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    for path in sorted(file for file in corpus.rglob("*") if file.is_file()):
        place = unfinished / path.relative_to(corpus)
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix.lower() != ".wav":
            shutil.copy(path, place)
            continue
        samples, rate = soundfile.read(path, dtype="float32")
        noise = generator.uniform(-dither_steps, dither_steps, samples.shape) / 32_768
        dithered = samples + (noise * (samples != 0)).astype(np.float32)
        soundfile.write(place, dithered * np.float32(gain), rate, subtype="FLOAT")
    unfinished.rename(folder)


def _figures(chosen: argparse.Namespace, corpus: Path, target: str, seed: int) -> dict[str, float]:
    settings, table, seconds = featured(chosen.preset, str(corpus), "", target, seed, chosen.runs)
    train, held_out = table.rows(target, "train"), table.rows(target, "validation")
    stopping = held_out[split_validation(list(table.speaker[held_out])).stopping]
    detector = fitted_detector(table, train, stopping, settings)
    tested = np.flatnonzero(table.usable & (table.split == "test"))
    return figures_of(detector, table, seconds, np.concatenate([train, stopping]), tested, settings)


if __name__ == "__main__":
    main()
