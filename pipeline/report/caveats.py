"""What must a reader know before trusting the figures of a run?

Conventions: each caveat is one sentence of markup, with the names in it escaped.
"""

import math

from markupsafe import Markup, escape

from pipeline.html import count, name, quoted
from pipeline.runs import FEW_CLIPS, Run

__all__ = ["warnings_of"]


def warnings_of(run: Run) -> list[Markup]:
    """Return sentences about what limits this run, those of the run itself first."""
    metrics = run.metrics
    stated = [str(sentence) for sentence in metrics.get("warnings") or []]
    untold = [
        word
        for word in metrics.get("words_without_test_clips") or []
        if not any(word in sentence for sentence in stated)
    ]
    found: list[Markup | str] = [name(sentence) for sentence in stated]
    # Cross-fitted runs say on the first screen what they are.
    if metrics.get("protocol", "one-class") not in ("one-class", "one-class, cross-fitted"):
        sentence = Markup("The protocol is {}: more than the target's own clips was used.")
        found.append(sentence.format(quoted(metrics["protocol"])))
    if origin := metrics.get("pretrained_features"):
        sentence = Markup(
            "Some features are from a network that was trained on speech of other people and words: {}. "
            "What they add to a score has no place in its map."
        )
        found.append(sentence.format(name(origin)))
    few = [word for word, entry in run.words.items() if entry["n"] < FEW_CLIPS]
    if few:
        found.append(
            f"{count(len(few), run.noun, run.nouns)} of {len(run.words):,} "
            f"{'has' if len(few) == 1 else 'have'} fewer than {FEW_CLIPS} test clips: "
            "uncertain figures, marked so."
        )
    if untold:
        found.append(Markup("No test clips, so no figures: {}.").format(Markup(", ").join(map(name, untold))))
    undefined = sum(1 for score in run.scores.score.tolist() if math.isnan(score))
    if undefined:
        found.append(f"{count(undefined, 'clip')} without a score, left out of every plot.")
    n_stated = metrics.get("set_aside")
    if n_stated is not None and n_stated != len(run.set_aside):
        found.append(
            f"metrics.json counts {n_stated:,} clips set aside, "
            f"manifest.parquet {len(run.set_aside):,}; evaluate again."
        )
    if not run.history:
        found.append("history.csv is absent or empty, so there are no training curves.")
    return [escape(sentence) for sentence in found]
