"""Which clips does a model learn from, once people have listened?

Conventions: verdicts touch the target's ``train`` and ``validation`` splits alone, so that test clips
still choose nothing; and its folds, where each clip is learned from. A clip judged an anomaly, noise, or bad
in some way is left out. A clip with a
wrong label leaves its word for the one that is heard: out of the target, or into it. Disputed clips
stay as they are. Scores and test figures keep the labels of the corpus.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.files import digest_of
from pipeline.runs import ClipTable, is_fold
from pipeline.verdicts.decisions import DISPUTED, Decision, as_labelled_in
from pipeline.verdicts.verdict import WRONG_LABEL

__all__ = ["LEFT_OUT", "FitEffect", "find_fit_effect", "fitted_clips"]

LEFT_OUT = "left out"
FITTED_SPLITS = ("train", "validation")


@dataclass(frozen=True, kw_only=True)
class FitEffect:
    """What verdicts change about the clips that a model is fitted to.

    Attributes:
        target: the word that is learned.
        words: for each row of the manifest that changes, the word that it counts as; ``""`` for none.
        reasons: for each of these rows, the kind of its verdict.
        n_disputed: clips that would change if their reviewers agreed.
        n_elsewhere: verdicts on sounds that the run does not hold.
    """

    target: str
    words: dict[int, str]
    reasons: dict[int, str]
    n_disputed: int
    n_elsewhere: int = 0

    @property
    def n_joined(self) -> int:
        """Clips of other words that are learned as the target."""
        return sum(word == self.target for word in self.words.values())

    @property
    def n_left(self) -> int:
        """Clips of the target that are not learned from."""
        return len(self.words) - self.n_joined

    @property
    def digest(self) -> str:
        """The SHA-256 of the change: equal changes give equal models, whoever judged and when."""
        return digest_of({str(row): word for row, word in self.words.items()})

    def notes(self) -> list[str]:
        """Return what a user should read, in sentences."""
        if not self.words:
            told = [f"no verdict changes what is learned about {self.target!r}"]
        else:
            reasons = Counter(kind for row, kind in self.reasons.items() if self.words[row] != self.target)
            counts = ", ".join(f"{n} {kind}" for kind, n in sorted(reasons.items()))
            told = [
                f"by verdicts, {self.n_left} clips of {self.target!r} are left out of the fit"
                f"{f' ({counts})' if counts else ''}, and {self.n_joined} of other words join it"
            ]
        if self.n_disputed:
            told.append(f"{self.n_disputed} clips are disputed between reviewers and stay as they are")
        if self.n_elsewhere:
            told.append(f"{self.n_elsewhere} verdicts are on sounds that this corpus does not hold")
        return told


def find_fit_effect(
    manifest: Mapping[str, list[Any]],
    clips: Sequence[str],
    decisions: Mapping[str, Decision],
    target: str,
    *,
    n_elsewhere: int = 0,
) -> FitEffect:
    """Return what verdicts change about the fit of a run.

    Args:
        manifest: columns of ``manifest.parquet``.
        clips: what verdicts call the clip of each row (``Verdict.clip``).
        decisions: what is settled about clips, by the same.
        target: the word that is learned.
        n_elsewhere: verdicts on sounds that the run does not hold.
    """
    words, reasons, n_disputed = {}, {}, 0
    columns = (manifest["word"], clips, manifest["status"])
    splits = np.array(manifest["split"], object)
    fitted = np.isin(splits, FITTED_SPLITS) | is_fold(splits)
    for row, (word, clip, status) in enumerate(zip(*columns, strict=True)):
        decision = as_labelled_in(decisions, clip, word) if status == "ok" and fitted[row] else None
        if decision is None:
            continue
        joins = decision.kind == WRONG_LABEL and decision.word == target
        if decision.kind == DISPUTED:
            n_disputed += word == target
        elif joins or (decision.is_bad and word == target):
            words[row] = decision.word if decision.kind == WRONG_LABEL else ""
            reasons[row] = decision.kind
    return FitEffect(
        target=target, words=words, reasons=reasons, n_disputed=n_disputed, n_elsewhere=n_elsewhere
    )


def fitted_clips(table: ClipTable, effect: FitEffect | None) -> ClipTable:
    """Return the table with the words and the selection that a model is to be fitted to."""
    if effect is None or not effect.words:
        return table
    word, status = table.word.copy(), table.status.copy()
    for row, heard in effect.words.items():
        if heard:
            word[row] = heard
        else:
            status[row] = LEFT_OUT
    return replace(table, word=np.asarray(word), status=np.asarray(status))
