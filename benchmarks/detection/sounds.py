r"""How well does the preset `sounds` tell sounds that are no words, and words taken as plain sounds?

Six sets of real recordings. Of the normal recordings 70 % are learned from, and the rest are told from all of
the other class: AUROC, mean over seeds. Copies of a recording, and words of one speaker, stay on one side. No
set has a number of its own but the rate of its recordings. Beside it stand textbook detectors on the same
numbers, and the sum of two of them.

    python -m benchmarks.detection.sounds --data path/to/data [--seeds 0 1 2]
"""

import argparse
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from models.baselines import ShrunkGaussian
from models.baselines.local_density import LocalDensity, distances
from models.flows import FitOptions
from models.sounds.detector import SoundDetector
from pipeline.features.batches import extract
from pipeline.features.records import OK, Source
from pipeline.frontend.statistics import STATISTICS_VIEWS
from pipeline.settings.page import FeatureSettings

__all__ = ["SETS", "Recordings", "main", "scores_of", "split"]

N_WORDS = 400  # at most of each class of words: enough for a figure, and soon computed
TRAIN_SHARE = 0.7
N_FOLDS = 5
SUMMED = ("bands", "lines", "modulation")


@dataclass(frozen=True, kw_only=True)
class Recordings:
    """Where a set is: patterns of both classes below the data folder, the rate, and what stays together."""

    normal: tuple[str, ...]
    other: tuple[str, ...]
    rate: int
    by_speaker: bool = False


_HEARTS = "heart_sounds/site_{}/{}/*.wav"
SETS = {
    "hearts b": Recordings(
        normal=(_HEARTS.format("b", "normal"),), other=(_HEARTS.format("b", "abnormal"),), rate=2_000
    ),
    "hearts c, d, f": Recordings(
        normal=tuple(_HEARTS.format(site, "normal") for site in "cdf"),
        other=tuple(_HEARTS.format(site, "abnormal") for site in "cdf"),
        rate=2_000,
    ),
    "fan": Recordings(
        normal=("mimii_fan_id_00/normal/*.wav",), other=("mimii_fan_id_00/abnormal/*.wav",), rate=16_000
    ),
    "drone": Recordings(
        normal=("drone_motor/propeller/*.wav",), other=("drone_motor/no_propeller/*.wav",), rate=16_000
    ),
    "happy": Recordings(
        normal=("speech_commands_v0.01/happy/*.wav",),
        other=("speech_commands_v0.01/bed/*.wav", "speech_commands_v0.01/cat/*.wav"),
        rate=16_000,
        by_speaker=True,
    ),
    "digit zero": Recordings(
        normal=("free_spoken_digit_dataset/recordings/0_*.wav",),
        other=("free_spoken_digit_dataset/recordings/[1-9]_*.wav",),
        rate=8_000,
    ),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Compute features, fit, score, and print one table in Markdown; see the module."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the sets")
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    chosen = parser.parse_args(arguments)
    figures: dict[str, list[float]] = {}
    for name in chosen.sets:
        normal, groups = _features(chosen.data, SETS[name].normal, SETS[name])
        other, _ = _features(chosen.data, SETS[name].other, SETS[name])
        found: dict[str, list[float]] = {}
        for seed in chosen.seeds:
            train = split(groups, seed)
            for row, score in scores_of(normal[train], seed).items():
                found.setdefault(row, []).append(_auroc(score(normal[~train]), score(other)))
        for row, values in found.items():
            figures.setdefault(row, []).append(float(np.mean(values)))
    print(f"| detector | {' | '.join(chosen.sets)} | mean |")
    print("| --- |" + " --- |" * (len(chosen.sets) + 1))
    for row, values in figures.items():
        print(
            f"| {row} | " + " | ".join(f"{value:.3f}" for value in [*values, float(np.mean(values))]) + " |"
        )


def split(groups: np.ndarray, seed: int) -> np.ndarray:
    """Return which recordings are learned from, bool [N]; recordings of a group are all or none."""
    names = np.unique(groups)
    shuffled = np.random.default_rng(seed).permutation(names)
    return np.isin(groups, shuffled[: round(TRAIN_SHARE * len(names))])


Score = Callable[[np.ndarray], np.ndarray]


def scores_of(train: np.ndarray, seed: int) -> dict[str, Score]:
    """Return each row's score, higher for stranger, fitted to ``train`` [N, D]."""
    detector = SoundDetector(STATISTICS_VIEWS, n_folds=N_FOLDS, seed=seed)
    # Validation clips decide nothing in this detector.
    detector.fit(train, train[:1], FitOptions(), monitored={}, on_epoch=lambda epoch: None)
    scores: dict[str, Score] = {"`sounds`": lambda x: detector.score(x).score}
    ends = dict(zip(STATISTICS_VIEWS, np.cumsum(list(STATISTICS_VIEWS.values())), strict=True))
    columns = {name: slice(end - STATISTICS_VIEWS[name], end) for name, end in ends.items()}
    scores["local distance and Gaussian of bands, lines, modulation"] = _summed(train, columns, seed)
    for name, part in columns.items():
        for title, make in (("neighbours", _neighbours), ("Gaussian", _gaussian)):
            scores[f"{title}, {name}"] = _of_part(make(train[:, part]), part)
    return scores


def _of_part(score: Score, part: slice) -> Score:
    return lambda x: score(x[:, part])


def _neighbours(train: np.ndarray) -> Score:
    return lambda x: np.log(np.sort(distances(x, train), axis=1)[:, :2].mean(axis=1) + 1e-9)


def _local(train: np.ndarray) -> Score:
    return LocalDensity(train).log_distance


def _gaussian(train: np.ndarray) -> Score:
    density = ShrunkGaussian(train)
    # The least possible value taken away, so that a logarithm exists: the squared Mahalanobis distance.
    most = float(density.log_prob(density.mean[None])[0])
    return lambda x: np.log(np.maximum(2.0 * (most - density.log_prob(x)), 1e-9))


def _summed(train: np.ndarray, columns: dict[str, slice], seed: int) -> Score:
    """Return the mean of both scores of some views, centred and scaled by training clips left out."""
    folds = np.random.default_rng(seed).permutation(len(train)) % N_FOLDS
    terms = []
    for name in SUMMED:
        vectors = train[:, columns[name]]
        for make in (_local, _gaussian):
            held_out = np.empty(len(train))
            for fold in range(N_FOLDS):
                held_out[folds == fold] = make(vectors[folds != fold])(vectors[folds == fold])
            score = _of_part(make(vectors), columns[name])
            terms.append((score, float(held_out.mean()), max(float(held_out.std()), 1e-6)))
    return lambda x: np.mean([(score(x) - centre) / scale for score, centre, scale in terms], axis=0)


def _features(data: Path, patterns: Sequence[str], recordings: Recordings) -> tuple[np.ndarray, np.ndarray]:
    """Return the features [N, D] of recordings, and what each must not be parted from [N]."""
    paths = []
    for pattern in patterns:
        found = sorted(data.glob(pattern))
        n_kept = N_WORDS // len(patterns) if recordings.rate >= 8_000 else len(found)
        kept = np.sort(np.random.default_rng(0).permutation(len(found))[:n_kept])
        paths += [found[place] for place in kept]
    if not paths:
        raise SystemExit(
            f"error: {data} has no recordings {', '.join(patterns)}; name another folder in --data"
        )
    settings = FeatureSettings(kind="statistics", recording_rate=recordings.rate, duration_seconds=1.0)
    batches = list(extract([Source(path) for path in paths], settings))
    usable = np.array([fact.status == OK for batch in batches for fact in batch.facts], bool)
    features = np.concatenate([batch.features for batch in batches])[usable]
    groups = [
        path.name.split("_")[0] if recordings.by_speaker else hashlib.sha256(path.read_bytes()).hexdigest()
        for path in paths
    ]
    return features, np.array(groups)[usable]


def _auroc(normal: np.ndarray, other: np.ndarray) -> float:
    truths = np.repeat([0, 1], [len(normal), len(other)])
    return float(roc_auc_score(truths, np.concatenate([normal, other])))


if __name__ == "__main__":
    main()
