"""Of which flow are the training curves, and what should they look like?

A detector may hold several densities, and the log of a run is that of one: in a template the target's in the
first view, of frames the target's. Which densities a kind of detector has, its settings say.
"""

from markupsafe import Markup, escape

from pipeline.html import count, number, quoted
from pipeline.report.drawings.curves import best_epoch
from pipeline.runs import Run
from pipeline.settings import ModelSettings, Settings

__all__ = ["training_sentences"]


def training_sentences(run: Run, settings: Settings) -> list[Markup]:
    """Return what the curves are of, how they should run, and what these do."""
    epochs = run.history.get("epoch")
    if epochs is None or not epochs.size:
        return [escape("The run holds no training history.")]
    if epochs.size == 1:
        return [escape("This detector is fitted at once, not epoch by epoch, so there is no curve to draw.")]
    others = f" and stay above those of other {run.nouns}" if run.words else ""
    sentences = [
        _followed(settings.model),
        escape(
            "Lines are mean log-likelihoods after each epoch, higher is better. Validation and test should "
            f"rise, go flat near the training line{others}. Flat from the start: the first epoch has learned "
            "what there is. Training up while validation falls: the flow memorises. The training line may be "
            "lower where it is of changed copies of the clips."
        ),
    ]
    best = best_epoch(run.history)
    if best is None:
        sentences.append(escape("This run kept no validation curve, so no best epoch is marked."))
    else:
        sentences.append(
            escape(
                f"Validation is best after epoch {number(best, 0)} of {count(int(epochs[-1]), 'epoch')}: "
                "these weights are kept. Test clips and clips of other classes decide nothing."
            )
        )
    return sentences


def _followed(model: ModelSettings) -> Markup:
    if model.kind == "template":
        n = len(model.views)
        return Markup(
            "This detector has {}: of the target and of distorted clips in each of {}. The curves are of "
            "one, the target's in the view {}; the others are not drawn."
        ).format(count(2 * n, "flow"), count(n, "view"), quoted(model.views[0]))
    if model.kind == "frames" and model.with_background:
        return escape(
            "This detector has 2 flows, of the target and of distorted clips. The curves are of the target's."
        )
    return escape("This detector has one flow, and these are its curves.")
