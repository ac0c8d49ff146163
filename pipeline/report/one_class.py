"""What can be said of a run in which one class alone has test clips?

Nothing of how well others would be told apart. But its fresh clips have scores and p-values: how many are
flagged, and is that more than chance; how far they spread; which are strange, and why. Conventions: nats are
counted from the median calibration clip, the usual one; higher is stranger.
"""

import math
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup, escape

from pipeline.calibration import refused_flags
from pipeline.html import count, name, number, quoted, signed
from pipeline.report.clips import ClipCard, ClipList
from pipeline.report.cross_fitted import cross_fitted_verdict, is_cross_fitted
from pipeline.report.key_figures import Figure
from pipeline.report.summary import Verdict
from pipeline.runs import Run, is_judged

__all__ = ["StrangeClip", "one_class_figures", "one_class_verdict", "strange_clips"]

N_SHOWN = 10  # rows of the table; the cards below it hold more
MOST = 0.95  # the share of clips that a reader would call nearly all
MIN_SPREAD = 20  # with fewer clips that share is all of them
STANDARD_ERRORS = 2  # beyond so many, a count is more than chance


@dataclass(frozen=True)
class StrangeClip:
    """One of the strangest clips, as its card tells it, and nats above a usual clip."""

    card: ClipCard
    above_usual: float


def one_class_verdict(run: Run) -> Verdict:
    """Return how many of the class's fresh clips are flagged, and how many would be by chance."""
    if is_cross_fitted(run):
        return cross_fitted_verdict(run, _n_flagged(run))
    calibration = run.metrics["calibration"]
    n, n_flagged = run.metrics.get("n_test_target") or 0, _n_flagged(run)
    n_calibration, alpha = calibration.get("n_calibration") or 0, calibration["alpha"]
    clips = Markup("{} of {}").format(count(n, "fresh clip"), quoted(run.target))
    limits = escape(
        "One class alone has test clips here, so this page says which of its clips are strange, and not what "
        "else would be found."
    )
    if refused_flags(n_calibration, alpha):
        sentence = Markup("{} can be ranked but not flagged: {} {} too few.").format(
            clips, count(n_calibration, "calibration clip"), "is" if n_calibration == 1 else "are"
        )
        return Verdict("unknown", "Ranked alone", sentence, limits)
    expected = alpha * n
    spread = STANDARD_ERRORS * math.sqrt(alpha * (1 - alpha) * (n + n * n / n_calibration))
    if n_flagged > expected + spread:
        chance = "more than the {} that chance explains"
    elif n_flagged < expected - spread:
        chance = "fewer than the {} that chance would give"
    else:
        chance = "where about {} would be by chance alone"
    sentence = Markup("Of {}, {} {} flagged as strange, {}.").format(
        clips,
        f"{n_flagged:,}",
        "is" if n_flagged == 1 else "are",
        chance.format(number(expected, 0 if expected >= 2 else 1)),
    )
    return Verdict("alone", "One class", sentence, limits)


def one_class_figures(run: Run) -> list[Figure]:
    """Return the figures that stand on top of the page."""
    calibration, n = run.metrics["calibration"], run.metrics.get("n_test_target") or 0
    n_calibration = calibration.get("n_calibration") or 0
    rows = _own_rows(run)
    above = run.scores.nats_above_usual[rows]
    strangest = int(rows[np.argmax(run.scores.score[rows])]) if rows.size else None
    listed, fdr = calibration.get("n_listed_target_test"), calibration.get("fdr")
    floor = calibration.get("floor") or 1 / (n_calibration + 1)
    crossed = is_cross_fitted(run)
    clips = "cross-fitted clips" if crossed else "fresh clips"
    return [
        Figure(
            "Flagged",
            f"{_n_flagged(run):,} of {n:,}",
            escape(f"at a false-alarm rate of {calibration['alpha']:g}"),
            "Clips whose rank among all clips of the class is that high: some always are."
            if crossed
            else "Fresh clips of the class, none of them learned from, that are stranger than a flag allows.",
        ),
        Figure(
            "On the list",
            number(None) if listed is None else f"{listed:,}",
            escape("no list" if fdr is None else f"at a false-discovery rate of {fdr:g}"),
            "None can be: clips that calibrate one another make no discoveries."
            if crossed
            else "Clips so strange that, taken together, nearly all of them are expected to be no "
            "ordinary ones.",
        ),
        Figure(
            f"{number(100 * MOST, 0)}\N{NO-BREAK SPACE}% lie below",
            signed(float(np.quantile(above, MOST)) if rows.size >= MIN_SPREAD else None, 1),
            escape(
                "nats above a usual clip"
                if rows.size >= MIN_SPREAD
                else f"not told of fewer than {MIN_SPREAD} {clips}"
            ),
            f"How far nearly all {clips} of the class spread. A usual clip is the median one of those that "
            "calibrate.",
        ),
        Figure(
            "Strangest clip",
            signed(None if strangest is None else float(run.scores.nats_above_usual[strangest]), 1),
            Markup("nats, {}").format(name(run.scores.path[strangest]))
            if strangest is not None
            else escape(""),
            f"The one of the {clips} that the model finds least like the class. Listen to it first.",
        ),
        Figure(
            "Calibrated on",
            f"{n_calibration:,}",
            escape(f"clips: no p-value is below {number(floor, 4)}"),
            "Clips that a score is compared with, each held out from the model that judges it. More of "
            "them allow rarer verdicts.",
        ),
    ]


def strange_clips(run: Run, listed: ClipList) -> list[StrangeClip]:
    """Return the first clips of the list of strangest ones, for a table."""
    above = dict(zip(run.scores.path.tolist(), run.scores.nats_above_usual.tolist(), strict=True))
    return [StrangeClip(card, above[card.path]) for card in listed.cards[:N_SHOWN]]


def _own_rows(run: Run) -> np.ndarray:
    scores = run.scores
    return np.flatnonzero((scores.word == run.target) & is_judged(scores.split) & ~np.isnan(scores.score))


def _n_flagged(run: Run) -> int:
    return int(run.scores.flagged[_own_rows(run)].sum())
