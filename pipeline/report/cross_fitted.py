"""What must a reader of a cross-fitted run's page be told, and where do its words differ?

The target's clips both taught and were judged, each by a model that was not fitted to its recording. They are
no fresh clips, and their p-values are ranks among themselves. Sentences are markup with the names in them
escaped.
"""

from markupsafe import Markup, escape

from pipeline.calibration import refused_cross_fitted_flags
from pipeline.html import count, number, quoted
from pipeline.report.summary import Verdict
from pipeline.runs import Run

__all__ = ["cross_fitted_verdict", "first_sentences", "is_cross_fitted"]


def is_cross_fitted(run: Run) -> bool:
    """Return whether the target's clips are in folds."""
    return bool(run.metrics.get("cross_fitting"))


def first_sentences(run: Run) -> Markup:
    """Return what stands on the first screen: how many recordings and folds, and what p-values promise."""
    if not is_cross_fitted(run):
        return Markup("")
    crossed, calibration = run.metrics["cross_fitting"], run.metrics["calibration"]
    alpha = calibration["alpha"]
    told = Markup(
        "Calibration and evaluation are cross-fitted over {} in {}: each clip of {} is judged by a model "
        "that was not fitted to its recording, and the model that is kept is fitted to all of them. No "
        "p-value is below {}."
    ).format(
        _whom(run),
        count(crossed["n_folds"], "fold"),
        quoted(run.target),
        number(calibration["floor"], 3),
    )
    if refused_cross_fitted_flags(crossed["n_speakers"], alpha):
        return told
    promise = Markup(
        " A fresh recording is flagged by mistake {} times in a hundred at most, on average, whatever the "
        "model; near {} is what is seen."
    )
    return told + promise.format(number(100 * crossed["flag_rate_bound"], 0), number(100 * alpha, 0))


def cross_fitted_verdict(run: Run, n_flagged: int) -> Verdict:
    """Return the verdict of one class alone, whose clips are ranked among themselves.

    Args:
        run: with test clips of one class.
        n_flagged: of these clips.
    """
    crossed, alpha = run.metrics["cross_fitting"], run.metrics["calibration"]["alpha"]
    clips = Markup("{} of {}").format(count(run.metrics["n_test_target"], "clip"), quoted(run.target))
    limits = escape(
        "Ranks among a class's own clips always flag up to that share of them: how far a clip stands out, "
        "in nats, and your ears say whether it is strange. What else would be found, one class alone cannot "
        "tell."
    )
    if refused_cross_fitted_flags(crossed["n_speakers"], alpha):
        sentence = Markup("{} can be ranked but not flagged: {} are too few.").format(clips, _whom(run))
        return Verdict("unknown", "Ranked alone", sentence, limits)
    share = number(100 * alpha, 0 if round(100 * alpha, 6).is_integer() else 1)
    sentence = Markup(
        "Of {}, each judged by a model of the others, {} {} flagged: the strangest {} %."
    ).format(clips, f"{n_flagged:,}", "is" if n_flagged == 1 else "are", share)
    return Verdict("alone", "One class", sentence, limits)


def _whom(run: Run) -> str:
    """Return who calibrates, counted."""
    crossed = run.metrics["cross_fitting"]
    recordings = count(crossed["n_recordings"], "recording")
    if crossed["n_speakers"] == crossed["n_recordings"]:
        return recordings
    return f"{recordings} of {count(crossed['n_speakers'], 'speaker')}"
