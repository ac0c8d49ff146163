r"""What do few recordings of a machine promise, with a split of a tenth and cross-fitted?

Of the normal recordings of a set N are drawn, and the rest are fresh: no model hears them and nothing is
calibrated by them. Once the N are divided 80/10/10 by the hash of their names as ever (the validation split
both stops and calibrates, for it is small), once each is a fold of its own. A row is a mean over many draws:
the share of fresh normal recordings flagged at three rates, for which the run prints a bound; the share of
the other class that is flagged at 0.05; and the AUROC that the run would print beside that of the fresh
recordings.

    python -m benchmarks.detection.few_recordings --data path/to/data [--draws 40]

With ``--least`` a second table: the AUROC of fresh recordings with ever fewer of them, and ever shorter ones.
"""

import argparse
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from models.flows import FitOptions
from models.sounds.detector import SoundDetector
from pipeline.audio import read_clip, to_rate
from pipeline.calibration import p_values
from pipeline.calibration.cross_conformal import CrossFitted, exceeding_weight
from pipeline.corpora.folder.splits import split_by_speaker
from pipeline.frontend import FrontEnd
from pipeline.frontend.statistics import STATISTICS_VIEWS
from pipeline.settings.features import FeatureSettings

__all__ = ["SETS", "by_splits", "cross_fitted", "main"]

# Normal recordings, other ones, the rate, and how many are drawn.
SETS = {
    "fan": ("mimii_fan_id_00/normal/*.wav", "mimii_fan_id_00/abnormal/*.wav", 16_000, (10, 15)),
    "drone": ("drone_motor/propeller/*.wav", "drone_motor/no_propeller/*.wav", 16_000, (10, 30)),
    "hearts b": (
        "heart_sounds/site_b/normal/*.wav",
        "heart_sounds/site_b/abnormal/*.wav",
        2_000,
        (10, 30, 60),
    ),
}
ALPHAS = (0.05, 0.1, 0.2)
N_FOLDS = 5  # of the detector itself, as in the preset
N_LEAST = (3, 5, 8, 14)
SECONDS = (0.25, 0.5, 1.0, 2.0)

Row = dict[str, float]


def main(arguments: Sequence[str] | None = None) -> None:
    """Compute features once, draw, and print a table in Markdown; see the module."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="folder that holds the sets")
    parser.add_argument("--sets", nargs="+", choices=list(SETS), default=list(SETS))
    parser.add_argument("--draws", type=int, default=40)
    parser.add_argument("--least", action="store_true", help="the second table in place of the first")
    chosen = parser.parse_args(arguments)
    if chosen.least:
        _print_least(chosen.data, chosen.sets, chosen.draws)
        return
    flagged = " | ".join(f"p at most {alpha:g} (bound)" for alpha in ALPHAS)
    print(f"| set, recordings | | {flagged} | other class at 0.05 | AUROC printed | of fresh ones |")
    print("| --- " * (6 + len(ALPHAS)) + "|")
    for name in chosen.sets:
        normal, other = _both(chosen.data, name)
        for n in SETS[name][3]:
            for title, function in (("split 80/10/10", by_splits), ("cross-fitted", cross_fitted)):
                rows = [function(*_drawn(normal, n, seed), other, seed) for seed in range(chosen.draws)]
                print(f"| {name}, {n} | {title} | {' | '.join(_cells(rows, n, title))} |", flush=True)


def by_splits(own: np.ndarray, fresh: np.ndarray, other: np.ndarray, seed: int) -> Row:
    """Return the figures of one draw that is divided as ever; the AUROC is NaN without a test recording."""
    names = [f"{seed}/{number}.wav" for number in range(len(own))]
    split = np.array([split_by_speaker(names)[name] for name in names])
    model = _fitted(own[split == "train"], seed)
    calibration = model.score(own[split == "validation"]).score
    of_fresh, of_other = model.score(fresh).score, model.score(other).score
    row = _flagged(p_values(calibration, of_fresh), p_values(calibration, of_other))
    return row | {
        "printed": _auroc(model.score(own[split == "test"]).score, of_other),
        "fresh": _auroc(of_fresh, of_other),
    }


def cross_fitted(own: np.ndarray, fresh: np.ndarray, other: np.ndarray, seed: int) -> Row:
    """Return the figures of one draw in which each recording is a fold of its own."""
    n, judged = len(own), np.concatenate([fresh, other])
    held_out, mean, exceeding = np.empty(n), np.zeros(len(judged)), np.zeros(len(judged))
    for fold in range(n):
        model = _fitted(np.delete(own, fold, axis=0), seed)
        scores = model.score(judged).score
        held_out[fold] = model.score(own[[fold]]).score[0]
        mean += scores / n
        exceeding += exceeding_weight(held_out[[fold]], np.ones(1), scores)
    p, of_fresh = (1 + exceeding) / (n + 1), mean[: len(fresh)]
    row = _flagged(p[: len(fresh)], p[len(fresh) :])
    # `audio-anomaly score` judges by the model of all recordings.
    by_all = p_values(held_out, _fitted(own, seed).score(fresh).score)
    row |= {f"by all {alpha:g}": float(np.mean(by_all <= alpha)) for alpha in ALPHAS}
    return row | {
        "printed": _auroc(held_out, mean[len(fresh) :]),
        "fresh": _auroc(of_fresh, mean[len(fresh) :]),
    }


def _flagged(of_fresh: np.ndarray, of_other: np.ndarray) -> Row:
    row = {f"{alpha:g}": float(np.mean(of_fresh <= alpha)) for alpha in ALPHAS}
    return row | {"other": float(np.mean(of_other <= ALPHAS[0]))}


def _cells(rows: Sequence[Row], n: int, title: str) -> Iterable[str]:
    values = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    defined = {name: found[~np.isnan(found)] for name, found in values.items()}
    mean = {name: float(found.mean()) if len(found) else math.nan for name, found in defined.items()}
    crossed = CrossFitted(n_clips=n, n_recordings=n, n_speakers=n, n_folds=n)
    for alpha in ALPHAS:
        cell = f"{mean[f'{alpha:g}']:.3f}"
        if title == "cross-fitted":
            cell += f" ({crossed.flag_rate_bound(alpha):.2g}); by all {mean[f'by all {alpha:g}']:.3f}"
        yield cell
    yield f"{mean['other']:.3f}"
    printed = defined["printed"]
    yield f"{printed.mean():.3f} (spread {printed.std():.3f})" if len(printed) else "none"
    yield f"{mean['fresh']:.3f}"


def _print_least(data: Path, sets: Sequence[str], n_draws: int) -> None:
    print(f"| set, seconds each | {' | '.join(f'{n} recordings' for n in N_LEAST)} |")
    print("| --- " * (1 + len(N_LEAST)) + "|")
    for name in sets:
        for seconds in (*SECONDS, math.inf):
            normal, other = _both(data, name, seconds)
            cells = []
            for n in N_LEAST:
                found = []
                for seed in range(n_draws):
                    own, fresh = _drawn(normal, max(N_LEAST), seed)
                    model = _fitted(own[:n], seed)
                    found.append(_auroc(model.score(fresh).score, model.score(other).score))
                cells.append(f"{np.mean(found):.3f}")
            told = "whole" if math.isinf(seconds) else f"{seconds:g} s"
            print(f"| {name}, {told} | {' | '.join(cells)} |", flush=True)


def _fitted(train: np.ndarray, seed: int) -> SoundDetector:
    detector = SoundDetector(STATISTICS_VIEWS, n_folds=N_FOLDS, seed=seed)
    # Validation clips decide nothing in this detector.
    detector.fit(train, train[:1], FitOptions(), monitored={}, on_epoch=lambda epoch: None)
    return detector


def _drawn(normal: np.ndarray, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    shuffled = np.random.default_rng(seed).permutation(len(normal))
    return normal[shuffled[:n]], normal[shuffled[n:]]


def _auroc(normal: np.ndarray, other: np.ndarray) -> float:
    if not len(normal):
        return math.nan
    return float(roc_auc_score(np.repeat([0, 1], [len(normal), len(other)]), np.concatenate([normal, other])))


def _both(data: Path, name: str, seconds: float = math.inf) -> tuple[np.ndarray, np.ndarray]:
    """Return the features of both classes; of recordings with equal numbers, copies, the first."""
    normal, other, rate, _ = SETS[name]
    settings = FeatureSettings(kind="statistics", recording_rate=rate, duration_seconds=1.0)
    front_end = FrontEnd(settings)
    return tuple(_features(sorted(data.glob(pattern)), front_end, seconds) for pattern in (normal, other))  # type: ignore[return-value]


def _features(paths: Sequence[Path], front_end: FrontEnd, seconds: float) -> np.ndarray:
    if not paths:
        raise SystemExit("error: the data folder lacks a set; name another folder in --data")
    longest = min(seconds, front_end.settings.longest_seconds)
    found = [front_end([to_rate(read_clip(path), front_end.sample_rate, longest)[0]])[0] for path in paths]
    _, first = np.unique(np.array(found), axis=0, return_index=True)
    return np.array(found)[np.sort(first)]


if __name__ == "__main__":
    main()
