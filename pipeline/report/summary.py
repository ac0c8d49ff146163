"""What does a run say of how well its target is told apart, in sentences that stay honest when it went badly?

Conventions: a word "looks more normal than the target" when its mean score is below the target's.
An AUROC of 1 is perfect, 0.5 is chance. Every sentence is markup with the names in it escaped.
"""

import math
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from pipeline.html import AREA_DIGITS, area, count, name, number, quoted, signed
from pipeline.report.baseline_names import best_baseline
from pipeline.runs import FEW_CLIPS, Run

__all__ = ["Figure", "Verdict", "key_figures", "summarise"]

GOOD_AUROC = 0.75  # what "told apart" promises at least; below it the sentence says "partly"
POOR_AUROC = 0.6  # below it, a model that says nothing at all is nearly as useful
POOR_SHARE = 0.2  # of words that look more normal than the target
SMALL_GAIN = 0.005  # of AUROC; a smaller one is lost in any interval
N_NAMED = 3  # words that a sentence names before it only counts


@dataclass(frozen=True)
class Verdict:
    """One sentence, the state that it describes, and one sentence about the baseline."""

    state: str
    label: str
    sentence: Markup
    baseline: Markup


@dataclass(frozen=True)
class Figure:
    """One key figure with how to read it."""

    title: str
    value: str
    note: Markup
    reading: str


def summarise(run: Run) -> Verdict:
    """Return the verdict of a run."""
    n_words = len(run.words)
    pooled = run.metrics["pooled_auroc"]
    if pooled is None:
        sentence = Markup("Nothing can be said yet: the AUROC of {} is not known.").format(quoted(run.target))
        return Verdict("unknown", "No verdict", sentence, Markup(""))
    n_outranking = run.metrics["words_outranking_target"]
    interval = _interval(run.metrics.get("pooled_auroc_ci95"))
    mean = Markup("an AUROC of {} over all their clips{}").format(area(pooled), interval)
    words = count(n_words, f"other {run.noun}", f"other {run.nouns}")
    hardest = _hardest(run)
    outranking = _outranking(run)
    if pooled < POOR_AUROC or n_outranking > POOR_SHARE * n_words:
        sentence = _failure(run, n_outranking, words, mean, hardest)
        return Verdict("fails", "Fails", sentence, _baseline(run))
    if n_outranking or pooled < GOOD_AUROC or _worst_is_chance(run):
        sentence = Markup("{} is only partly told apart from {}, with {}; {}; {}.").format(
            quoted(run.target), words, mean, hardest, outranking
        )
        return Verdict("partly", "Works in part", sentence, _baseline(run))
    sentence = Markup("{} is told apart from {} with {}; {}; {}.").format(
        quoted(run.target), words, mean, hardest, outranking
    )
    return Verdict("works", "Works", sentence, _baseline(run))


def _failure(run: Run, n_outranking: int, words: str, mean: Markup, hardest: Markup) -> Markup:
    if not n_outranking:
        start = Markup("This model fails: it hardly tells {} from {}").format(quoted(run.target), words)
        return Markup("{}, with {}; {}.").format(start, mean, hardest)
    return Markup("This model fails: {} of {} {} more normal than {}, with {}; {}.").format(
        n_outranking, words, "looks" if n_outranking == 1 else "look", quoted(run.target), mean, hardest
    )


def _interval(bounds: Any) -> Markup:
    if not bounds or any(bound is None for bound in bounds):
        return Markup("")
    return Markup(' (95\N{NO-BREAK SPACE}% interval <span class="nowrap">{}\N{EN DASH}{}</span>)').format(
        area(bounds[0]), area(bounds[1])
    )


def _worst_is_chance(run: Run) -> bool:
    worst = run.metrics.get("worst_auroc")
    return worst is not None and worst <= 0.5


def _hardest(run: Run) -> Markup:
    word, worst = run.metrics.get("worst_word"), run.metrics.get("worst_auroc")
    if word is None or worst is None:
        return escape(f"no {run.noun} is hardest")
    n = run.metrics["words"].get(word, {}).get("n") or 0
    few = f", on only {count(n, 'test clip')}" if n < FEW_CLIPS else ""
    return Markup("hardest is {} at {}{}").format(quoted(word), area(worst), few)


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


def _outranking(run: Run) -> Markup:
    n = run.metrics["words_outranking_target"]
    if not n:
        return escape(f"no {run.noun} looks more normal than the target")
    below = _outranking_words(run)
    if len(below) != n or n > N_NAMED:
        return Markup("{} {} more normal than the target").format(
            count(n, run.noun, run.nouns), "looks" if n == 1 else "look"
        )
    names = Markup(" and ").join(map(quoted, below))
    return Markup("{} {} more normal than the target").format(names, "looks" if len(below) == 1 else "look")


def _outranking_words(run: Run) -> list[str]:
    """Return the words whose mean test score is below the target's, the lowest first."""
    if not run.target_scores.size:
        return []
    means = {word: float(run.scores.of(word).mean()) for word in run.words if run.scores.of(word).size}
    return sorted((word for word in means if means[word] < run.target_scores.mean()), key=means.__getitem__)


def _baseline(run: Run) -> Markup:
    """Say whether this model adds anything to the best of the simpler detectors."""
    best = best_baseline(run)
    if best is None:
        return Markup("")
    label, pooled = best
    n = len(run.metrics["baselines"])
    gain = run.metrics["pooled_auroc"] - pooled
    alone = f"A plain {label} on the same features"
    start = f"{alone if n == 1 else f'The best of {n} simpler detectors, {label},'} reaches {area(pooled)}: "
    if abs(gain) < SMALL_GAIN:
        return escape(start + "this model adds nothing here.")
    if gain < 0:
        return escape(start + f"it beats this model by {area(-gain)}, so this model adds nothing here.")
    return escape(start + f"this model is better by {area(gain)}.")


def key_figures(run: Run) -> list[Figure]:
    """Return the figures that stand on top of the page."""
    metrics = run.metrics
    likelier, outranking = metrics.get("words_likelier_than_target"), metrics["words_outranking_target"]
    best = best_baseline(run)
    calibration = metrics["calibration"]
    alpha, rate = calibration["alpha"], calibration.get("false_alarm_rate_test")
    gain = None if best is None or metrics["pooled_auroc"] is None else metrics["pooled_auroc"] - best[1]
    interval = metrics.get("pooled_auroc_ci95")
    below = _outranking_words(run)
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
