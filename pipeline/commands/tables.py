"""What of a corpus, and of a run's figures, is printed?"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from pipeline.commands.options import SET_ASIDE_STATUS
from pipeline.commands.output import figure_cell, official_line, sections_lines
from pipeline.corpora import Corpus
from pipeline.files import read_json, read_table
from pipeline.runs import is_fold, is_judged, read_reasons
from pipeline.terminal import aligned_table, printable

__all__ = ["corpus_result", "corpus_table", "kinds_result", "kinds_table", "run_table"]

N_HARDEST = 8
N_STRANGEST = 8
ABSENT = "-"


def corpus_table(corpus: Corpus) -> str:
    """Return a corpus's words with the clips of each split, or of all folds, recordings and speakers."""
    # A recording that is one clip is told by the clips; folds stand only where a target has some.
    has_recordings = len({clip.recording for clip in corpus.clips}) < len(corpus.clips)
    has_folds = bool(is_fold(np.array([clip.split for clip in corpus.clips], object)).any())
    header = ["word", "train", "validation", "test"]
    header += ["clips in folds"] * has_folds + ["recordings"] * has_recordings + ["speakers"]
    rows = []
    for word in corpus.words:
        clips = [clip for clip in corpus.clips if clip.word == word]
        splits = Counter(clip.split for clip in clips)
        counts = [splits[split] for split in ("train", "validation", "test")]
        counts += [len(clips) - sum(counts)] * has_folds
        counts += [len({clip.recording for clip in clips})] * has_recordings
        rows.append([printable(word), *map(str, counts), str(len({clip.speaker for clip in clips}))])
    speakers = len({clip.speaker for clip in corpus.clips})
    total = f"{len(corpus.clips)} clips, {len(corpus.words)} words, {speakers} speakers in {corpus.root}"
    return aligned_table(header, rows) + "\n" + total


def corpus_result(corpus: Corpus) -> dict[str, Any]:
    """Return what the table of a corpus tells, for programs."""
    words: dict[str, dict[str, Any]] = {}
    for word in corpus.words:
        clips = [clip for clip in corpus.clips if clip.word == word]
        words[word] = {
            "n_clips": len(clips),
            "splits": dict(sorted(Counter(clip.split for clip in clips).items())),
            "n_recordings": len({clip.recording for clip in clips}),
            "n_speakers": len({clip.speaker for clip in clips}),
        }
    return {"corpus": corpus.name, "root": corpus.root, "n_clips": len(corpus.clips), "words": words}


def run_table(run_path: Path, *, with_caveats: bool = False) -> str:
    """Return the hardest words of a run, or the strangest clips of one class alone, and what to make of them.

    Args:
        run_path: of a run with scores.
        with_caveats: add the figures of simpler detectors, and what holds of flags and lists.
    """
    metrics = read_json(run_path / "metrics.json")
    of_run = _several_classes(metrics) if metrics["words"] else _one_class(run_path, metrics)
    caveats = [*of_run.caveats, *metrics["calibration"]["guarantee"], ""] if with_caveats else []
    return "\n".join(
        [
            *[of_run.table, ""],
            *sections_lines(run_path, metrics),
            *caveats,
            f"verdict: {of_run.verdict}",
            f"hardest: {of_run.hardest}",
            f"decisions: {_flagged_and_listed(metrics)}",
        ]
    )


def kinds_table(runs: Mapping[str, Path], statuses: Mapping[str, int]) -> str:
    """Return a line for each run of a corpus of several kinds, and where its report is.

    Args:
        runs: the run folder of each kind.
        statuses: how each ended; of a run that failed nothing but this is told.
    """
    rows, reports, figures = [], [], []
    for kind, run_path in runs.items():
        if statuses[kind] not in (0, SET_ASIDE_STATUS):
            rows.append([kind, str(statuses[kind]), *[""] * 5])
            continue
        metrics = read_json(run_path / "metrics.json")
        figures.append(metrics)
        # Where no class but the target is tested nothing is ranked.
        ranked = metrics["pooled_auroc_ci95"] is not None
        rows.append(
            [
                kind,
                str(statuses[kind]),
                figure_cell(metrics["pooled_auroc"]),
                "{:.3f}-{:.3f}".format(*metrics["pooled_auroc_ci95"]) if ranked else ABSENT,
                figure_cell(metrics["worst_auroc"]),
                metrics["worst_word"] or ABSENT,
                f"{metrics['calibration']['false_alarm_rate_test']:.1%} of {metrics['n_test_target']}",
            ]
        )
        reports.append(f"report: {run_path / 'report' / 'index.html'}")
    header = ["target", "status", "AUROC", "95 % interval", "worst", "hardest class", "flagged of its own"]
    return "\n".join([aligned_table(header, rows), *official_line(figures), *reports])


def kinds_result(runs: Mapping[str, Path], statuses: Mapping[str, int]) -> dict[str, Any]:
    """Return how the run of each kind ended, and the figures of those that were made."""
    made = {kind for kind in runs if statuses[kind] in (0, SET_ASIDE_STATUS)}
    return {
        kind: {"status": statuses[kind], "run": run_path}
        | ({"metrics": read_json(run_path / "metrics.json")} if kind in made else {})
        for kind, run_path in runs.items()
    }


class _Told(NamedTuple):
    """What is printed of a run."""

    table: str
    verdict: str
    hardest: str
    caveats: list[str]


def _several_classes(metrics: Mapping[str, Any]) -> _Told:
    """Return the hardest words and the summary of ``metrics.json``."""
    words = sorted(metrics["words"].items(), key=lambda item: item[1]["auroc"])
    rows = [
        [
            printable(word),
            str(figures["n"]),
            f"{figures['auroc']:.3f}",
            "{:.3f}-{:.3f}".format(*figures["auroc_ci95"]),
            f"{figures['mean_log_prob']:.1f}",
        ]
        for word, figures in words[:N_HARDEST]
    ]
    noun, nouns = ("class", "classes") if metrics.get("noun") == "class" else ("word", "words")
    counted = f"{len(words)} {noun if len(words) == 1 else nouns}"
    low, high = metrics["macro_auroc_ci95"]
    baselines = metrics["baselines"]
    gaussian = baselines["gaussian"]
    best = max(baselines, key=lambda name: baselines[name]["macro_auroc"])
    hardest, figures = words[0]
    pooled_low, pooled_high = metrics["pooled_auroc_ci95"]
    caveats = [
        f"{printable(metrics['target'])}, preset {metrics['preset']}, protocol {metrics['protocol']}: "
        f"macro AUROC {metrics['macro_auroc']:.3f} ({low:.3f}-{high:.3f}) over {counted}, "
        f"worst {metrics['worst_auroc']:.3f}",
        f"Gaussian on the same features: macro AUROC {gaussian['macro_auroc']:.3f}, "
        f"worst {gaussian['worst_auroc']:.3f}",
        f"{best}, the best of {len(baselines)} simpler detectors: "
        f"macro AUROC {baselines[best]['macro_auroc']:.3f}, worst {baselines[best]['worst_auroc']:.3f}",
    ]
    return _Told(
        table=aligned_table([f"hardest {nouns}", "clips", "AUROC", "95 % interval", "nats a clip"], rows),
        verdict=f"AUROC {metrics['pooled_auroc']:.3f} (95 % interval {pooled_low:.3f}-{pooled_high:.3f}, all "
        f"clips pooled), how often a clip of another {noun} looks stranger than one of "
        f"{printable(metrics['target'])}; {metrics['words_outranking_target']} of {counted} look more normal "
        f"(protocol {metrics['protocol']})",
        hardest=f"{printable(hardest)}, AUROC {figures['auroc']:.3f} over its {figures['n']} clips",
        caveats=caveats,
    )


def _one_class(run_path: Path, metrics: Mapping[str, Any]) -> _Told:
    """Return the strangest of the target's test clips, and how far the others lie."""
    target, scores = metrics["target"], read_table(run_path / "scores.parquet")
    reasons = read_reasons(run_path)
    judged = is_judged(np.array(scores["split"], object))
    own = [row for row, word in enumerate(scores["word"]) if word == target and judged[row]]
    own.sort(key=lambda row: -scores["score"][row])
    rows = []
    for row in own[:N_STRANGEST]:
        path = scores["path"][row]
        reason = reasons[path].reason if path in reasons else ""
        rows.append(
            [
                printable(path),
                f"{scores['nats_above_usual'][row]:+.1f}",
                f"{scores['p_value'][row]:.4f}",
                "yes" if scores["flagged"][row] else "",
                printable(scores["tags"][row] or reason),
            ]
        )
    above = [scores["nats_above_usual"][row] for row in own]
    name = printable(target)
    header = [f"strangest of {name}", "nats above usual", "p-value", "flagged", "tags or reason"]
    return _Told(
        table=aligned_table(header, rows),
        verdict=f"no other class has a test clip, so nothing is ranked; the {len(own)} "
        f"{_judged_clips(metrics)} of {name} lie from {min(above):+.1f} to {max(above):+.1f} nats of the "
        f"usual score, their median at {median(above):+.1f}",
        hardest=f"{rows[0][0]}, {rows[0][1]} nats above usual",
        caveats=[
            f"{name}, preset {metrics['preset']}, protocol {metrics['protocol']}, learned from "
            f"{metrics['n_train']} clips"
        ],
    )


def _judged_clips(metrics: Mapping[str, Any]) -> str:
    """Return how the clips are called that the target's figures are over."""
    return "cross-fitted clips" if metrics.get("cross_fitting") else "test clips"


def _flagged_and_listed(metrics: Mapping[str, Any]) -> str:
    calibration = metrics["calibration"]
    if calibration["floor"] > calibration["alpha"] * (1 + 1e-9):
        return str(calibration["guarantee"][0])  # why nothing can be flagged
    return (
        f"{calibration['false_alarm_rate_test']:.1%} of its {metrics['n_test_target']} "
        f"{_judged_clips(metrics)} are flagged at alpha {calibration['alpha']:g}, and "
        f"{calibration['n_listed_target_test']} of them are listed at a false-discovery rate of "
        f"{calibration['fdr']:g}"
    )
