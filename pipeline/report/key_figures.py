"""Which figures stand on top of the page, and how is each read?

The one that means most comes first: over all clips, then over words of many clips.
"""

import math
from dataclasses import dataclass

from markupsafe import Markup, escape

from pipeline.html import AREA_DIGITS, area, count, name, number, signed
from pipeline.report.baseline_names import best_baseline
from pipeline.report.summary import N_NAMED, outranking_words
from pipeline.runs import FEW_CLIPS, Run

__all__ = ["Figure", "key_figures"]


@dataclass(frozen=True)
class Figure:
    """One key figure with how to read it."""

    title: str
    value: str
    note: Markup
    reading: str


def key_figures(run: Run) -> list[Figure]:
    """Return the figures that stand on top of the page."""
    metrics = run.metrics
    likelier, outranking = metrics.get("words_likelier_than_target"), metrics["words_outranking_target"]
    best = best_baseline(run)
    calibration = metrics["calibration"]
    alpha, rate = calibration["alpha"], calibration.get("false_alarm_rate_test")
    gain = None if best is None or metrics["pooled_auroc"] is None else metrics["pooled_auroc"] - best[1]
    interval = metrics.get("pooled_auroc_ci95")
    below = outranking_words(run)
    return [
        Figure(
            "AUROC over all clips",
            area(metrics["pooled_auroc"]),
            escape(
                f"95\N{NO-BREAK SPACE}% interval {area(interval[0])} to {area(interval[1])}"
                if interval
                else f"of all {run.nouns}"
            ),
            f"How often a clip of another {run.noun} looks stranger than one of the target. 1 is perfect, "
            f"0.5 is a coin.{_found_at_a_price(run)}",
        ),
        _mean_over_words(run),
        Figure(
            f"Hardest {run.noun}",
            area(metrics.get("worst_auroc")),
            _hardest_note(run),
            f"The same figure for the {run.noun} that is most easily taken for the target.",
        ),
        Figure(
            "More normal than the target",
            f"{outranking:,} of {len(run.words):,}",
            escape(
                f"{likelier:,} by likelihood alone"
                if likelier is not None and likelier != outranking
                else "by mean score"
            )
            if not 0 < len(below) <= N_NAMED
            else Markup(", ").join(map(name, below)),
            f"{run.nouns.capitalize()} that the model finds more usual, on average, than the {run.noun} it "
            "learned. It should be none.",
        ),
        Figure(
            "False alarms",
            MISSING_RATE if rate is None else f"{number(100 * rate, 1)}\N{NO-BREAK SPACE}%",
            escape(_alarm_note(run, alpha, rate)),
            "Clips of the target, each judged by a model that was not fitted to its recording, that are "
            "flagged all the same."
            if metrics.get("cross_fitting")
            else "Fresh clips of the target, none of them learned from, that are flagged as strange all "
            "the same.",
        ),
        Figure(
            "Model against baselines",
            signed(gain, AREA_DIGITS),
            escape(f"best: {best[0]}, {area(best[1])}" if best is not None else "no baseline in this run"),
            "Gain in AUROC over the best simpler detector on the same features. Near zero, this model "
            "adds nothing.",
        ),
    ]


MISSING_RATE = number(None)


def _found_at_a_price(run: Run) -> str:
    rate = run.metrics.get("pooled_fpr_at_95tpr")
    if rate is None:
        return ""
    return (
        f" A threshold that finds 95\N{NO-BREAK SPACE}% of them flags {number(100 * rate, 1)}"
        "\N{NO-BREAK SPACE}% of the target's."
    )


def _mean_over_words(run: Run) -> Figure:
    """Return the mean over words of many clips, and over all words: one of two clips counts as one of 200."""
    tested, every = run.metrics.get("macro_auroc_min10"), area(run.metrics["macro_auroc"])
    n_tested, n_words = len(run.well_tested_words), len(run.words)
    is_part = tested is not None and n_tested < n_words
    note = f"{n_tested} of {n_words} {run.nouns}, with {FEW_CLIPS} clips or more; all {run.nouns}: {every}"
    return Figure(
        f"Mean over {run.nouns}",
        area(tested) if is_part else every,
        escape(note if is_part else f"over {count(n_words, run.noun, run.nouns)}"),
        f"The same figure for each {run.noun}, averaged. A {run.noun} of one clip counts as much as one of "
        "hundreds.",
    )


def _alarm_note(run: Run, alpha: float, rate: float | None) -> str:
    promise = (
        f"{number(100 * alpha, 0 if round(100 * alpha, 6).is_integer() else 1)}\N{NO-BREAK SPACE}% expected"
    )
    n_test = run.metrics.get("n_test_target") or 0
    n_calibration = run.metrics["calibration"].get("n_calibration") or 0
    if run.metrics.get("cross_fitting"):
        return "ranked among themselves: no more than alpha can be flagged"
    if rate is None or not n_test or not n_calibration:
        return promise
    # Both the threshold and the rate come from few clips: two standard errors of their difference.
    spread = 2 * math.sqrt(alpha * (1 - alpha) * (1 / n_test + 1 / n_calibration))
    if abs(rate - alpha) <= spread:
        return f"{promise}; the difference may be chance"
    return f"{promise}; {'more' if rate > alpha else 'fewer'} than chance explains"


def _hardest_note(run: Run) -> Markup:
    """Return the hardest word with its number of clips, and the hardest well-tested one where it differs."""
    word = run.metrics.get("worst_word")
    if word is None:
        return escape(f"no {run.noun} has test clips")
    n = run.metrics["words"].get(word, {}).get("n") or 0
    note = Markup("{}, {}").format(name(word), count(n, "test clip"))
    if n >= FEW_CLIPS or not run.well_tested_words:
        return note
    sure = run.well_tested_words[-1]
    return Markup("{}; of {} with {} or more: {}, {}").format(
        note, run.nouns, FEW_CLIPS, name(sure), area(run.words[sure].get("auroc"))
    )
