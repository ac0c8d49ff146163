"""What is printed of a clip that a trained model scores?

The same for a file and for a window of a long recording: a clip's figures depend on that clip alone.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes

import numpy as np
from pydantic import ValidationError

from pipeline.detection import TrainedModel
from pipeline.errors import ArtefactError
from pipeline.files import read_sealed_toml
from pipeline.quality import find_faults, usual_duration
from pipeline.runs import EachChannel, RunFolder, check_one_making, spread
from pipeline.settings import EvaluationSettings, QualitySettings, remake
from pipeline.terminal import say

if TYPE_CHECKING:
    from pipeline.features import ClipFacts, FeatureBatch

__all__ = ["CLIPS_AT_ONCE", "FIGURES", "Scorer", "check_model", "named", "printable_path", "together"]

# A flow scores a thousand clips in the time of one: its products are compiled for blocks of that size.
CLIPS_AT_ONCE = 1024

FIGURES = ("log_prob", "score", "p_value", "flagged")
TERM = "term_"


class Scorer:
    """A trained model, and what of its run decides about flags and tags.

    Args:
        run_path: the run; why nothing can be flagged, where nothing can be, is said once.
        model: of that run.
        with_terms: add ``terms``, nats whose sum is the score, and ``faults``, a sentence for each tag.

    Raises:
        ArtefactError: the run's configuration or features are damaged.
    """

    def __init__(self, run_path: Path, model: TrainedModel, *, with_terms: bool = False) -> None:
        self.model = model
        self._with_terms = with_terms
        self._evaluation, self._thresholds = _sections(run_path / "config.toml")
        self._usual_seconds = usual_duration(run_path, model.target)
        if refusal := model.refused_flags(self._evaluation.alpha):
            say(f"score: {refusal}")

    def figures(self, facts: Sequence["ClipFacts"], features: np.ndarray) -> list[dict[str, Any]]:
        """Return what is printed of each clip but for its name.

        Args:
            facts: of each clip [N].
            features: float32 [N, *shape].

        Returns:
            ``log_prob``, ``score``, ``p_value`` and ``flagged``, None where the clip cannot be used;
            ``channel``, from 1, where one of several decided; ``tags``.
        """
        from pipeline.features import OK

        seconds = np.array([fact.measures.recorded_seconds for fact in facts])
        columns = self.model.score(_each_channel(facts, features), seconds, self._evaluation.alpha)
        lines: list[dict[str, Any]] = []
        for i, fact in enumerate(facts):
            figures = {name: columns[name][i].item() for name in FIGURES}
            if columns["channel"][i]:
                figures["channel"] = columns["channel"][i].item()
            tags = ["non_finite"] if columns["non_finite"][i] else []
            faults = find_faults(fact.measures, self._usual_seconds, self._thresholds)
            tags += [fault.tag for fault in faults]
            if fact.status != OK:
                figures, tags = dict.fromkeys(FIGURES), [f"unusable: {fact.reason}"]
            line = {**figures, "tags": tags}
            if self._with_terms and fact.status == OK:
                terms = {name: values for name, values in columns.items() if name.startswith(TERM)}
                line["terms"] = {name.removeprefix(TERM): values[i].item() for name, values in terms.items()}
                line["faults"] = [fault.detail for fault in faults]
            lines.append(line)
        return lines


def check_model(run_path: Path) -> None:
    """Check that a run has a model that is whole and of one making with the run.

    Raises:
        ArtefactError: it is missing or damaged.
    """
    run = RunFolder(run_path)
    run.check("model")
    check_one_making(run, ["model"])


def together(batches: Iterable["FeatureBatch"]) -> Iterator[tuple[list["ClipFacts"], np.ndarray]]:
    """Yield facts and features of ``CLIPS_AT_ONCE`` clips or more, but for the last."""
    facts: list[ClipFacts] = []
    features: list[np.ndarray] = []
    for batch in batches:
        facts += batch.facts
        features.append(batch.features)
        if len(facts) >= CLIPS_AT_ONCE:
            yield facts, np.concatenate(features)
            facts, features = [], []
    if facts:
        yield facts, np.concatenate(features)


def printable_path(path: Path) -> str:
    """Return a path as text; bytes that are not UTF-8 are escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def named(path: Path) -> dict[str, str]:
    """Return the path and, where its bytes are not UTF-8, these percent-encoded: so it is found again."""
    name, raw = printable_path(path), os.fsencode(path)
    return {"path": name} if name.encode() == raw else {"path": name, "path_bytes": quote_from_bytes(raw)}


def _each_channel(facts: Sequence["ClipFacts"], features: np.ndarray) -> EachChannel:
    of = [(number, fact) for number, fact in enumerate(facts) if fact.channel_features is not None]
    own = [fact.channel_features for _, fact in of if fact.channel_features is not None]
    clip = np.repeat([number for number, _ in of], [len(fact.channels) for _, fact in of]).astype(np.intp)
    channel = np.array([number for _, fact in of for number in fact.channels], np.intp)
    return spread(features, clip, channel, np.concatenate(own) if own else features[:0])


def _sections(path: Path) -> tuple[EvaluationSettings, QualitySettings]:
    try:
        page = read_sealed_toml(path)
        return (
            EvaluationSettings.model_validate(page["evaluation"]),
            QualitySettings.model_validate(page.get("quality", {})),
        )
    except (KeyError, ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise ArtefactError(
            f"{path} is no configuration of this version ({reason}); {remake(path.parent)}"
        ) from error
