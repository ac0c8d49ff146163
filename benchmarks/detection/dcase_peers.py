r"""How do the preset `sounds` and the peers of DCASE's task 2 compare, in that task's own figures?

The computed machines with their sections and domains, and sets of real recordings, each one section of the
source domain. All detectors are fitted to the same recordings: those of the split `train` of a machine, 70 %
of the normal ones of a real set, drawn anew for each seed. Neighbours see moments of each band over time,
with and without the local density normalisation of Wilkinghoff et al. 2025. PyOD's audio detector joins them
where an interpreter that has it is named. Figures are means over seeds, and `official`, the harmonic mean,
has the least and the greatest beside it; of `machines` it is that over all machines. Times are of one
process: seconds for features and fit, and seconds of sound scored in a second.

    python -m benchmarks.detection.dcase_peers --data path/to/data [--sets fan pump] [--seeds 0 1 2] \
        [--pyod-python PATH]
"""

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.detection import sounds
from benchmarks.detection.ladder.other_rows import ask_pyod
from benchmarks.spread import over_seeds
from models.baselines import LocalDensity, fit_autoencoder, neighbours_view_score
from pipeline.corpora import kinds_of, open_corpus
from pipeline.evaluation import sound_baselines
from pipeline.evaluation.sections import official_score, section_figures
from pipeline.features.batches import extract
from pipeline.features.records import Source
from pipeline.frontend import TEXTBOOK_VIEWS
from pipeline.settings import FeatureSettings

__all__ = ["FIGURES", "Sounds", "compare", "main"]

REAL = ("fan", "drone", "hearts b", "hearts c, d, f")
FIGURES = ("auc_source", "auc_target", "pauc_0.1")
OURS, PYOD = "`sounds`", "PyOD's audio detector"
HEADER = ("set", "detector", "AUC source", "AUC target", "pAUC 0.1", "official", "fit, s", "times real time")


@dataclass(frozen=True, kw_only=True)
class Sounds:
    """Recordings of one section: files, domain and condition of each [N], what is learned from, the rate."""

    paths: list[Path]
    domain: np.ndarray
    condition: np.ndarray
    is_learned: np.ndarray
    rate: int


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit, score, and print one table in Markdown; see the module."""
    machines = kinds_of("machines")
    real = {f"real {name}": name for name in REAL}
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, help="folder that holds the real sets")
    parser.add_argument("--sets", nargs="+", choices=[*machines, *real], default=[*machines, *real])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--pyod-python", help="an interpreter that has PyOD (default: none)")
    chosen = parser.parse_args(arguments)
    if chosen.data is None and set(chosen.sets) & set(real):
        parser.error(
            "real sets need --data, the folder that holds them; or give --sets fan pump slider valve"
        )
    official: defaultdict[str, list[float]] = defaultdict(list)
    print("| " + " | ".join(HEADER) + " |\n| --- | --- |" + " --- |" * (len(HEADER) - 2))
    sections: defaultdict[tuple[str, int], list[dict[str, float | None]]] = defaultdict(list)
    for name in chosen.sets:
        found: defaultdict[str, list[list[float | None]]] = defaultdict(list)
        for seed in chosen.seeds:
            recordings = _real(chosen.data, real[name], seed) if name in real else _machine(name)
            for detector, (figures, fit_seconds, speed) in compare(
                recordings, seed, pyod_python=chosen.pyod_python
            ).items():
                row = [*figures.values(), official_score([figures]), fit_seconds, speed]
                found[detector].append(row)
                if name in machines:
                    sections[detector, seed].append(figures)
            print(f"{name}, seed {seed}: done", file=sys.stderr, flush=True)
        for detector, rows in found.items():
            _print_row(name, detector, rows)
    for (detector, _), of_machines in sections.items():
        official[detector].append(official_score(of_machines) or 0.0)
    for detector, values in official.items():
        _print_row("machines", detector, [[None, None, None, value, None, None] for value in values])


def compare(
    recordings: Sounds,
    seed: int,
    *,
    fit_autoencoder: Callable = fit_autoencoder,
    pyod_python: str | None = None,
) -> dict[str, tuple[dict[str, float | None], float, float]]:
    """Return of each detector the figures of its section, the seconds to fit, and how fast it scores.

    Args:
        recordings: of one section.
        seed: of what is drawn.
        fit_autoencoder: as that of ``models.baselines``.
        pyod_python: an interpreter that has PyOD, or ``None``.
    """
    learned = [path for path, is_one in zip(recordings.paths, recordings.is_learned, strict=True) if is_one]
    judged = [
        path for path, is_one in zip(recordings.paths, recordings.is_learned, strict=True) if not is_one
    ]
    heard_seconds = sum(soundfile.info(path).duration for path in judged)
    settings = FeatureSettings(
        kind="statistics", recording_rate=recordings.rate, duration_seconds=1.0, n_workers=1
    )
    taken: defaultdict[str, float] = defaultdict(float)
    scores: dict[str, np.ndarray] = {}
    with _timed(taken, f"fit {OURS}"):
        ours = sounds.scores_of(_statistics(learned, settings), seed)[OURS]
    with _timed(taken, f"score {OURS}"):
        scores[OURS] = ours(_statistics(judged, settings))
    with _timed(taken, "fit"):
        of_train = sound_baselines._heard(learned, settings=settings)
    with _timed(taken, "score"):
        of_test = sound_baselines._heard(judged, settings=settings)
    size = next(iter(TEXTBOOK_VIEWS.values()))
    known, asked = of_train.views[:, :size], of_test.views[:, :size]
    nearest = {
        "neighbours": neighbours_view_score(known),
        "neighbours, local density normalised": LocalDensity(known).log_distance,
    }
    for name, score in nearest.items():
        with _timed(taken, f"score {name}"):
            scores[name] = score(asked)
    generator = np.random.default_rng(seed)
    n_kept = max(sound_baselines.MAX_FRAMES // len(learned), sound_baselines.LEAST_FRAMES)
    titles = ("autoencoder, squared error", "autoencoder, Mahalanobis")
    with _timed(taken, f"fit {titles[0]}"):
        parts = [sound_baselines._part(frames, n_kept, generator) for frames in of_train.frames]
        autoencoder = fit_autoencoder(parts, seed=seed, advance=lambda n: None)
    with _timed(taken, f"score {titles[0]}"):
        errors = np.array([autoencoder.score(frames) for frames in of_test.frames])
    for column, title in enumerate(titles):
        scores[title] = errors[:, column]
        for step in ("fit", "score"):
            taken[f"{step} {title}"] = taken[f"{step} {titles[0]}"]
    if pyod_python:
        asked_of = {"train": list(map(str, learned)), "test": list(map(str, judged))}
        answer = ask_pyod(pyod_python, asked_of)
        scores[PYOD] = np.array(answer["score"])
        taken |= {f"{step} {PYOD}": answer["seconds"][step] for step in ("fit", "score")}
    left = ~recordings.is_learned
    names = np.full(left.sum(), "00", object)
    found = {}
    for name, values in scores.items():
        figures = section_figures(names, recordings.domain[left], recordings.condition[left], values)["00"]
        shared = {step: 0.0 if name in (OURS, PYOD) else taken[step] for step in ("fit", "score")}
        fit_seconds, score_seconds = (shared[step] + taken[f"{step} {name}"] for step in ("fit", "score"))
        found[name] = figures, fit_seconds, heard_seconds / score_seconds
    return found


def _statistics(paths: Sequence[Path], settings: FeatureSettings) -> np.ndarray:
    return np.concatenate([batch.features for batch in extract([Source(path) for path in paths], settings)])


def _machine(name: str) -> Sounds:
    corpus = open_corpus("machines", target=name)
    clips = [(clip, clip.labels) for clip in corpus.clips if clip.labels and clip.split != "validation"]
    return Sounds(
        paths=[corpus.root / clip.path for clip, _ in clips],
        domain=np.array([labels.domain for _, labels in clips], object),
        condition=np.array([labels.condition for _, labels in clips], object),
        is_learned=np.array([clip.split == "train" for clip, _ in clips]),
        rate=16_000,
    )


def _real(data: Path, name: str, seed: int) -> Sounds:
    recordings = sounds.SETS[name]
    table, groups = sounds._table(data, recordings)
    normal = table.word == sounds.NORMAL
    return Sounds(
        paths=[data / str(path) for path in table.path],
        domain=np.full(len(normal), "source", object),
        condition=np.where(normal, "normal", "anomaly").astype(object),
        is_learned=normal & sounds.split(groups, seed, normal),
        rate=recordings.rate,
    )


@contextmanager
def _timed(taken: defaultdict[str, float], name: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    taken[name] += time.perf_counter() - started


def _print_row(name: str, detector: str, rows: Sequence[Sequence[float | None]]) -> None:
    cells = []
    for head, column in zip(HEADER[2:], zip(*rows, strict=True), strict=True):
        known = [value for value in column if value is not None]
        digits = {"fit, s": 1, "times real time": 0}.get(head, 3)
        told = (
            over_seeds(column, 3) if head == "official" else f"{np.mean(known):.{digits}f}" if known else ""
        )
        cells.append(told or "-")
    print(f"| {name} | {detector} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
