"""Does a run find clips strange that are no word: silence, noise, a tone, half a word, a word reversed?

    reversed    played backwards
    half        digital silence from where half of the clip's energy has passed
    first       a file of the first half of the window
    second      a file of the second half of it

Makes such clips from the target's test clips, scores them with ``audio-anomaly score``'s own path, and
prints for each kind which share of the target's test clips one of them outranks on average (an AUROC),
and how many of them outrank 50 and 95 %.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import soundfile

from pipeline.audio import read_clip, to_window
from pipeline.evaluation.metrics import auroc
from pipeline.files.artefacts import read_json
from pipeline.files.tables import read_table
from pipeline.recordings.files import score_paths

__all__ = ["main"]

SAMPLE_RATE = 16_000
N_SYNTHETIC = 50


def main(arguments: Sequence[str] | None = None) -> None:
    """Make, score and count; see the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    root = Path(read_json(chosen.run / "provenance.json")["corpus"]["root"])
    target = read_json(chosen.run / "metrics.json")["target"]
    scored = read_table(chosen.run / "scores.parquet")
    tested = [
        row
        for row, (word, split) in enumerate(zip(scored["word"], scored["split"], strict=True))
        if (word, split) == (target, "test")
    ]
    usual = np.array(scored["score"])[tested]
    with tempfile.TemporaryDirectory() as folder:
        kinds = _write(Path(folder), [root / scored["path"][row] for row in tested])
        lines = list(score_paths(chosen.run, [Path(folder)]))
    print("| clips | how many | outranks on average | above half of the target's | above 95 % |")
    print("| --- | --- | --- | --- | --- |")
    for kind in kinds:
        # A clip that cannot be scored has been found: it is set aside with a reason.
        scores = [
            np.inf if line["score"] is None else line["score"]
            for line in lines
            if Path(line["path"]).name.startswith(kind)
        ]
        above = [float(np.mean(np.array(scores) > np.quantile(usual, share))) for share in (0.5, 0.95)]
        outranked = auroc(usual, np.array(scores))
        print(f"| {kind} | {len(scores)} | {outranked:.1%} | {above[0]:.0%} | {above[1]:.0%} |")


def _write(folder: Path, paths: Sequence[Path]) -> list[str]:
    """Write the clips as WAV and return the kinds in order."""
    kinds: dict[str, int] = {}
    for kind, samples in _clips(paths):
        kinds[kind] = kinds.get(kind, 0) + 1
        soundfile.write(folder / f"{kind}_{kinds[kind]}.wav", samples, SAMPLE_RATE)
    return list(kinds)


def _clips(paths: Sequence[Path]) -> Iterator[tuple[str, np.ndarray]]:
    generator = np.random.default_rng(0)
    times = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    yield "silence", np.zeros(SAMPLE_RATE)
    for _ in range(N_SYNTHETIC):
        yield "noise", generator.standard_normal(SAMPLE_RATE) * 10 ** generator.uniform(-3, -0.7)
        yield "tone", 0.3 * np.sin(2 * np.pi * generator.uniform(100, 3000) * times)
    for path in paths:
        samples, _ = to_window(read_clip(path), SAMPLE_RATE, 1.0)
        yield "reversed", samples[::-1]
        energy = np.cumsum(samples.astype(np.float64) ** 2)
        half = int(np.searchsorted(energy, energy[-1] / 2))
        yield "half", np.where(np.arange(len(samples)) < half, samples, 0.0)
        yield "first", samples[: len(samples) // 2]
        yield "second", samples[len(samples) // 2 :]


if __name__ == "__main__":
    main()
