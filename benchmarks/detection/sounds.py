r"""How well does the preset `sounds` tell sounds that are no words, and words taken as plain sounds?

Six sets of real recordings. Of the normal recordings 70 % are learned from, and the rest are told from all of
the other class: AUROC, mean over seeds. Copies of a recording, and words of one speaker, stay on one side. No
set has a number of its own but the rate of its recordings. Beside it stand the baselines of a run's report,
and textbook detectors on each view.

    python -m benchmarks.detection.sounds --data path/to/data [--seeds 0 1 2]
"""

import argparse
import hashlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from sklearn.metrics import roc_auc_score

from models.baselines.view_scores import gaussian_view_score, neighbours_view_score
from models.flows import FitOptions
from models.sounds.detector import SoundDetector
from pipeline.evaluation.sound_baselines import SoundBaselines
from pipeline.features.batches import extract
from pipeline.features.records import OK, Source
from pipeline.files.texts import Texts
from pipeline.frontend.statistics import STATISTICS_VIEWS
from pipeline.runs.clip_table import ClipTable
from pipeline.settings.features import FeatureSettings
from pipeline.settings.page import Settings

__all__ = ["SETS", "Recordings", "main", "scores_of", "split"]

N_WORDS = 400  # at most of each class of words: enough for a figure, and soon computed
TRAIN_SHARE = 0.7
NORMAL = "normal"
N_FOLDS = 5


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
        table, groups = _table(chosen.data, SETS[name])
        normal = table.word == NORMAL
        found: dict[str, list[float]] = {}
        for seed in chosen.seeds:
            train = np.flatnonzero(normal & split(groups, seed, normal))
            rows = np.setdiff1d(np.arange(len(groups)), train)
            scores = {
                row: of_rows(table.take(rows)) for row, of_rows in scores_of(table.take(train), seed).items()
            }
            settings = Settings(features=_features(SETS[name].rate), seed=seed)
            scores |= SoundBaselines(table, train, chosen.data, settings).scores(rows)
            for row, score in scores.items():
                found.setdefault(row, []).append(float(roc_auc_score(~normal[rows], score)))
            print(f"{name}, seed {seed}: {found['`sounds`'][-1]:.3f}", file=sys.stderr, flush=True)
        for row, values in found.items():
            figures.setdefault(row, []).append(float(np.mean(values)))
    print(f"| detector | {' | '.join(chosen.sets)} | mean |")
    print("| --- |" + " --- |" * (len(chosen.sets) + 1))
    for row, values in figures.items():
        print(
            f"| {row} | " + " | ".join(f"{value:.3f}" for value in [*values, float(np.mean(values))]) + " |"
        )


def split(groups: np.ndarray, seed: int, normal: np.ndarray) -> np.ndarray:
    """Return which recordings are learned from, bool [N]; recordings of a group are all or none."""
    names = np.unique(groups[normal])
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
    for name, part in columns.items():
        for title, make in (("neighbours", neighbours_view_score), ("Gaussian", gaussian_view_score)):
            scores[f"{title}, {name}"] = _of_part(make(train[:, part]), part)
    return scores


def _of_part(score: Score, part: slice) -> Score:
    return lambda x: score(x[:, part])


def _features(rate: int) -> FeatureSettings:
    return FeatureSettings(kind="statistics", recording_rate=rate, duration_seconds=1.0)


def _table(data: Path, recordings: Recordings) -> tuple[ClipTable, np.ndarray]:
    """Return the recordings of both classes with their features, and what each must not be parted from."""
    paths = {
        word: _paths(data, patterns, recordings.rate)
        for word, patterns in ((NORMAL, recordings.normal), ("other", recordings.other))
    }
    every = [path for found in paths.values() for path in found]
    batches = list(extract([Source(path) for path in every], _features(recordings.rate)))
    status = np.array([fact.status for batch in batches for fact in batch.facts], object)
    if np.any(status != OK):
        raise SystemExit(f"error: {int(np.sum(status != OK))} of {len(every)} recordings cannot be read")
    names = np.array([str(path.relative_to(data)) for path in every], object)
    table = ClipTable(
        path=Texts.of(names),
        word=np.repeat(np.array(list(paths), object), [len(found) for found in paths.values()]),
        speaker=names,
        split=names,
        status=status,
        reason=names,
        features=cast(np.memmap, np.concatenate([batch.features for batch in batches])),
    )
    groups = [
        path.name.split("_")[0] if recordings.by_speaker else hashlib.sha256(path.read_bytes()).hexdigest()
        for path in every
    ]
    return table, np.array(groups)


def _paths(data: Path, patterns: Sequence[str], rate: int) -> list[Path]:
    paths = []
    for pattern in patterns:
        found = sorted(data.glob(pattern))
        n_kept = N_WORDS // len(patterns) if rate >= 8_000 else len(found)
        kept = np.sort(np.random.default_rng(0).permutation(len(found))[:n_kept])
        paths += [found[place] for place in kept]
    if not paths:
        raise SystemExit(
            f"error: {data} has no recordings {', '.join(patterns)}; name another folder in --data"
        )
    return paths


if __name__ == "__main__":
    main()
