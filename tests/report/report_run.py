"""What does a run folder look like, made in a second from generated sounds and simulated scores?

Conventions: as in a real run folder; scores are drawn from a gamma distribution a word, so higher is
stranger and the right tail is long. Everything follows from one seed.
"""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.files.artefacts import sha256_file, write_json
from pipeline.files.sealed import write_sealed_json, write_sealed_toml
from pipeline.files.tables import write_table
from pipeline.settings.page import ReportSettings, Settings
from tests.simulated_clips import SAMPLE_RATE, SimulatedClip


def auroc(normal: np.ndarray, strange: np.ndarray) -> float:
    """Return the chance that a strange clip scores above a normal one, ties counting half."""
    normal = np.sort(normal)
    below = np.searchsorted(normal, strange, "left") + np.searchsorted(normal, strange, "right")
    return float(below.mean() / (2 * normal.size))


def write_run(
    run_path: Path,
    clips: Sequence[SimulatedClip],
    target: str,
    *,
    corpus_root: Path | None = None,
    provenance_root: Path | None = None,
    shift: float = 90.0,
    terms: bool = True,
    set_aside: Sequence[tuple[str, str, str]] = (),
    extras: dict[str, Any] | None = None,
    n_cards: int = 3,
    n_linked: int = 4,
    noise: float = 0.0,
    seed: int = 0,
) -> Settings:
    """Write a run folder and return its settings.

    Args:
        run_path: the folder.
        clips: every clip that has a score.
        target: the word that is normal.
        corpus_root: where files are, for the manifest's digests.
        provenance_root: where the run says that they are.
        shift: nats between the target's scores and those of a usual other word; 0 is a useless model.
        terms: whether the score is stored as a sum of three terms.
        set_aside: path, word and reason of clips without a score.
        extras: entries that replace or join those of metrics.json.
        n_cards: clips that the page shows of the target, and as many of other words.
        n_linked: clips that it links after those, in each list.
        noise: nats of spread that is added to every score, from another seed.
        seed: behind every draw.
    """
    report = ReportSettings(n_strangest=n_cards, n_target_like=n_cards, n_linked=n_linked)
    settings = Settings(target=target, preset="default", seed=seed, report=report)
    rng = np.random.default_rng(seed)
    words = sorted({clip.word for clip in clips})
    offsets = {word: 0.0 if word == target else shift * rng.gamma(3.0, 1 / 3) for word in words}
    score = np.array([-640 + offsets[clip.word] + rng.gamma(2.2, 16) for clip in clips])
    score = score + noise * np.random.default_rng(seed + 1).normal(size=score.size)
    word = np.array([clip.word for clip in clips])
    split = np.array([clip.split for clip in clips])
    normal = score[(word == target) & (split == "test")]
    calibration = np.sort(score[(word == target) & (split == "validation")])
    p_value = (1 + calibration.size - np.searchsorted(calibration, score, "left")) / (calibration.size + 1)
    flagged = p_value <= settings.evaluation.alpha
    columns: dict[str, Any] = {
        "path": [clip.path for clip in clips],
        "word": word.tolist(),
        "speaker": [clip.speaker for clip in clips],
        "split": split.tolist(),
        "log_prob": -score,
        "score": score,
        "p_value": p_value,
        "flagged": flagged,
        "tags": ["quiet" if rng.random() < 0.05 else "" for _ in clips],
    }
    if terms:
        shares = rng.dirichlet([8, 3, 2], size=len(clips))
        for index, term in enumerate(("flow", "alignment", "level")):
            columns[f"term_{term}"] = score * shares[:, index]
    write_table(run_path / "scores.parquet", columns)
    _write_manifest(run_path, clips, corpus_root, set_aside)
    write_json(
        run_path / "metrics.json",
        _metrics(score, word, split, target, normal, flagged, len(set_aside), rng) | (extras or {}),
    )
    _write_history(run_path / "history.csv", rng)
    write_sealed_json(run_path / "provenance.json", _provenance(seed, provenance_root))
    write_sealed_toml(run_path / "config.toml", settings.model_dump())
    return settings


def _write_manifest(
    run_path: Path,
    clips: Sequence[SimulatedClip],
    root: Path | None,
    set_aside: Sequence[tuple[str, str, str]],
) -> None:
    digests = [
        sha256_file(root / clip.path) if root is not None and (root / clip.path).is_file() else ""
        for clip in clips
    ]
    n, more = len(clips), len(set_aside)
    write_table(
        run_path / "manifest.parquet",
        {
            "path": [clip.path for clip in clips] + [path for path, _, _ in set_aside],
            "word": [clip.word for clip in clips] + [word for _, word, _ in set_aside],
            "speaker": [clip.speaker for clip in clips] + [""] * more,
            "split": [clip.split for clip in clips] + ["train"] * more,
            "sha256": digests + [""] * more,
            "sample_rate": [SAMPLE_RATE] * n + [0] * more,
            "n_samples": [SAMPLE_RATE] * n + [0] * more,
            "status": ["used"] * n + ["set aside"] * more,
            "reason": [""] * n + [reason for _, _, reason in set_aside],
        },
    )


def _metrics(
    score: np.ndarray,
    word: np.ndarray,
    split: np.ndarray,
    target: str,
    normal: np.ndarray,
    flagged: np.ndarray,
    n_set_aside: int,
    rng: np.random.Generator,
) -> dict[str, Any]:
    words: dict[str, dict[str, Any]] = {}
    for other in sorted(set(word.tolist()) - {target}):
        strange = score[(word == other) & (split == "test")]
        value = auroc(normal, strange)
        reach = 0.9 * np.sqrt(value * (1 - value) + 0.01) / np.sqrt(strange.size)
        words[other] = {
            "n": int(strange.size),
            "mean_log_prob": float(-strange.mean()),
            "auroc": value,
            "auroc_ci95": [max(0.0, value - reach), min(1.0, value + reach)],
            "pauc_0.1": max(0.0, value - 0.15),
            "fpr_at_95tpr": float((normal >= np.quantile(strange, 0.05)).mean()),
        }
    aurocs = {other: entry["auroc"] for other, entry in words.items()}
    macro = float(np.mean(list(aurocs.values()))) if aurocs else None
    n_each = [entry["n"] for entry in words.values()]
    pooled = float(np.average(list(aurocs.values()), weights=n_each)) if aurocs else None
    worst = min(aurocs, key=aurocs.__getitem__, default=None)
    gaussian = {
        other: float(np.clip(value - rng.normal(0.04, 0.03), 0, 1)) for other, value in aurocs.items()
    }
    n_outranking = sum(entry["mean_log_prob"] > -float(normal.mean()) for entry in words.values())
    of_target = word == target
    return {
        "target": target,
        "preset": "default",
        "protocol": "one-class",
        "corpus": "speech_commands_v0.01",
        "corpus_sha256": "4f" * 32,
        "n_train": int((of_target & (split == "train")).sum()),
        "n_validation": int((of_target & (split == "validation")).sum()),
        "n_test_target": int(normal.size),
        "set_aside": n_set_aside,
        "target_mean_log_prob": float(-normal.mean()),
        "words": words,
        "macro_auroc": macro,
        "macro_auroc_ci95": None if macro is None else [macro - 0.02, min(1.0, macro + 0.02)],
        "pooled_auroc": pooled,
        "pooled_auroc_ci95": None if pooled is None else [pooled - 0.02, min(1.0, pooled + 0.02)],
        "macro_auroc_min10": macro,
        "pooled_fpr_at_95tpr": None if pooled is None else 0.125,
        "worst_word": worst,
        "worst_auroc": None if worst is None else aurocs[worst],
        "words_outranking_target": n_outranking,
        "words_likelier_than_target": n_outranking,
        "baselines": {
            "gaussian": {
                "macro_auroc": float(np.mean(list(gaussian.values()))),
                "pooled_auroc": float(np.average(list(gaussian.values()), weights=n_each)),
                "worst_auroc": min(gaussian.values()),
                "words": gaussian,
            }
        }
        if gaussian
        else {},
        "calibration": {
            "alpha": 0.05,
            "false_alarm_rate_test": float(flagged[of_target & (split == "test")].mean()),
            "n_calibration": int((of_target & (split == "validation")).sum()),
        },
        "feature_kind": "aligned",
        "n_features": 1920,
    }


def _write_history(path: Path, rng: np.random.Generator) -> None:
    epochs = np.arange(1, 41)
    rise = 640 * (1 - np.exp(-epochs / 6))
    noise = rng.normal(0, 4, (6, epochs.size))
    columns = {
        "epoch": epochs,
        "batch": rise * 1.06 + 1.2 * epochs + noise[0],
        "test": rise - 0.02 * (epochs - 22).clip(0) ** 2 + noise[1],
        "cat": rise * 0.8 + noise[2],
        "bird": rise * 0.72 + noise[3],
        "wow": rise * 0.55 - 2 * epochs + noise[4],
        "validation": rise - 6 - 0.06 * (epochs - 22).clip(0) ** 2 + noise[5],
    }
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*(column.tolist() for column in columns.values()), strict=True))


def _provenance(seed: int, root: Path | None) -> dict[str, Any]:
    return {
        "seed": seed,
        "versions": {"python": "3.11.9", "numpy": "2.4.0", "tensorflow": "2.21.0", "librosa": "0.11.0"},
        "corpus": {
            "name": "speech_commands_v0.01",
            "sha256": "4f" * 32,
            "root": str(root or "/home/me/corpora/speech_commands"),
        },
        "code_version": "0.1.0",
        "seconds": {"corpus": 2.1, "features": 9.4, "train": 171.0, "evaluate": 22.6},
        "created": "2026-01-18T10:42:00Z",
    }
