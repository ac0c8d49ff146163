"""What does a run say of how well its target is told apart, in sentences that stay honest when it went badly?

Conventions: a word "looks more normal than the target" when its mean score is below the target's.
An AUROC of 1 is perfect, 0.5 is chance. Every sentence is markup with the names in it escaped.
"""

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from pipeline.html import area, count, quoted
from pipeline.report.baseline_names import best_baseline
from pipeline.runs import FEW_CLIPS, Run

__all__ = ["N_NAMED", "Verdict", "outranking_words", "summarise"]

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


def _outranking(run: Run) -> Markup:
    n = run.metrics["words_outranking_target"]
    if not n:
        return escape(f"no {run.noun} looks more normal than the target")
    below = outranking_words(run)
    if len(below) != n or n > N_NAMED:
        return Markup("{} {} more normal than the target").format(
            count(n, run.noun, run.nouns), "looks" if n == 1 else "look"
        )
    names = Markup(" and ").join(map(quoted, below))
    return Markup("{} {} more normal than the target").format(names, "looks" if len(below) == 1 else "look")


def outranking_words(run: Run) -> list[str]:
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
