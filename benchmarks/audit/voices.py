"""How many clips that were given to a wrong speaker does a sweep bring to the top?

    audio-anomaly features --corpus path/to/speech_commands_v0.01 --target happy --run runs/voices
    python -m benchmarks.audit.voices --run runs/voices

Names of speakers are changed, and everything else is as a sweep does it. Three experiments, each over three
seeds: the names of a share of the clips (of speakers with four or more) are dealt out anew among them;
speakers of six or more clips get a second name for half of their clips; speakers of three to five clips get
the name of another one. The latter two need hundreds of speakers, and are left out where there are fewer.
What is truly wrong in the corpus counts against the figures. Prints one table in Markdown.
"""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from pipeline.quality import read_quality
from pipeline.runs import CONFIG_NAME, read_clip_table
from pipeline.settings import read_settings
from pipeline.sweep.voices import Voices, judge_voices, voice_vectors

SEEDS = (0, 1, 2)
N_NAMES = 50  # speakers that are divided, or joined
DEPTHS = (50, 100)
DEPTHS_OF_NAMES = (20, 50)

Experiment = Callable[[np.ndarray, np.ndarray, np.random.Generator], dict[str, float]]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="with features")
    parser.add_argument("--share", type=float, default=0.05, help="of clips that get a wrong speaker")
    chosen = parser.parse_args()
    table, settings = read_clip_table(chosen.run), read_settings(chosen.run / CONFIG_NAME)
    rows = np.flatnonzero(table.usable)
    vectors = voice_vectors(table, rows, read_quality(chosen.run), settings.features)
    speakers = table.speaker[rows].astype(str)
    print("| planted | figure | mean | range |\n| --- | --- | --- | --- |")
    experiments: dict[str, Experiment] = {
        f"{100 * chosen.share:g} % of clips under a wrong speaker": partial(swapped, share=chosen.share),
    }
    sizes = np.unique(speakers, return_counts=True)[1]
    if min((sizes >= 6).sum(), ((sizes >= 3) & (sizes <= 5)).sum() / 2) >= N_NAMES:
        experiments[f"{N_NAMES} speakers under two names"] = divided
        experiments[f"{N_NAMES} names of two speakers"] = joined
    for title, experiment in experiments.items():
        found = [experiment(vectors, speakers, np.random.default_rng(seed)) for seed in SEEDS]
        for name in found[0]:
            values = [each[name] for each in found]
            print(f"| {title} | {name} | {np.mean(values):.2f} | {min(values):.2f} to {max(values):.2f} |")


def swapped(
    vectors: np.ndarray, speakers: np.ndarray, generator: np.random.Generator, *, share: float
) -> dict[str, float]:
    """Deal the names of a share of the clips out anew, and return precision at each depth."""
    _, number, sizes = np.unique(speakers, return_inverse=True, return_counts=True)
    chosen = generator.choice(np.flatnonzero(sizes[number] > 3), int(share * len(speakers)), replace=False)
    planted = speakers.copy()
    planted[chosen] = speakers[generator.permutation(chosen)]
    is_planted = planted != speakers
    voices = _judged(vectors, planted)
    order = np.argsort(-voices.score, kind="stable")
    hits = is_planted[voices.judged][order]
    right = (voices.probable == speakers[voices.judged])[order]
    figures = {f"precision in the first {depth}": float(hits[:depth].mean()) for depth in DEPTHS}
    figures["precision in as many as planted"] = float(hits[: is_planted.sum()].mean())
    figures["precision at a score of 0 or more"] = float(hits[: (voices.score >= 0).sum()].mean())
    figures["found at a score of 0 or more"] = float(
        hits[: (voices.score >= 0).sum()].sum() / is_planted.sum()
    )
    figures["right speaker named, of those found in the first 100"] = float(right[:100][hits[:100]].mean())
    return figures


def divided(vectors: np.ndarray, speakers: np.ndarray, generator: np.random.Generator) -> dict[str, float]:
    """Give speakers a second name for half of their clips, and return precision among pairs of names."""
    names, sizes = np.unique(speakers, return_counts=True)
    planted = speakers.astype(object)
    for name in generator.choice(names[sizes >= 6], N_NAMES, replace=False):
        own = generator.permutation(np.flatnonzero(speakers == name))
        planted[own[: len(own) // 2]] = f"{name} again"
    pairs = _judged(vectors, planted).one_person
    hits = np.array([pair["b"] == f"{pair['a']} again" for pair in pairs])
    return {f"precision in the first {depth} pairs": float(hits[:depth].mean()) for depth in DEPTHS_OF_NAMES}


def joined(vectors: np.ndarray, speakers: np.ndarray, generator: np.random.Generator) -> dict[str, float]:
    """Give speakers the name of another one, and return precision among names of two people."""
    names, sizes = np.unique(speakers, return_counts=True)
    chosen = generator.permutation(names[(sizes >= 3) & (sizes <= 5)])[: 2 * N_NAMES]
    planted = speakers.copy()
    for one, other in zip(chosen[:N_NAMES], chosen[N_NAMES:], strict=True):
        planted[speakers == other] = one
    listed = _judged(vectors, planted).two_people
    hits = np.array([page["speaker"] in set(chosen[:N_NAMES]) for page in listed])
    return {f"precision in the first {depth} names": float(hits[:depth].mean()) for depth in DEPTHS_OF_NAMES}


def _judged(vectors: np.ndarray, speakers: np.ndarray) -> Voices:
    found = judge_voices(vectors, speakers)
    if found is None:
        raise SystemExit("the corpus has too few speakers with three clips or more; take another one")
    return found


if __name__ == "__main__":
    main()
