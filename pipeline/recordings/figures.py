"""What is printed of a clip that a trained model scores?

The same for a file and for a window of a long recording: a clip's figures depend on that clip alone.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes

import numpy as np
from pydantic import ValidationError

from pipeline.detection import RunModel, TrainedModel
from pipeline.errors import ArtefactError
from pipeline.files import read_sealed_toml
from pipeline.quality import Finding, find_faults, usual_duration
from pipeline.recordings.reasons import NO_REASONS, ReasonTeller
from pipeline.runs import EachChannel, RunFolder, check_one_making, spread
from pipeline.settings import EvaluationSettings, QualitySettings, remake
from pipeline.terminal import Progress, say

if TYPE_CHECKING:
    from pipeline.features import FeatureBatch

__all__ = [
    "CLIPS_AT_ONCE",
    "FIGURES",
    "Scorer",
    "check_model",
    "counted",
    "named",
    "printable_path",
    "together",
]

# A flow scores a thousand clips in the time of one: its products are compiled for blocks of that size.
CLIPS_AT_ONCE = 1024

FIGURES = ("log_prob", "score", "nats_above_usual", "p_value", "flagged")
TERM = "term_"


class Scorer:
    """A trained model, and what of its run decides about flags and tags.

    Args:
        run_path: the run; why nothing can be flagged, where nothing can be, is said once.
        model: of that run.
        is_explained: add what ``explained`` says.

    Raises:
        ArtefactError: the run's configuration or features are damaged.
    """

    def __init__(self, run_path: Path, model: TrainedModel, *, is_explained: bool = False) -> None:
        self._run_path, self._model, self._is_explained = run_path, RunModel(run_path, model), is_explained
        self._usual_score = float(np.median(model.calibration))
        self._evaluation, self._thresholds = _sections(run_path / "config.toml")
        self._usual_seconds = usual_duration(run_path, model.target)
        if refusal := model.refused_flags(self._evaluation.alpha):
            say(f"score: {refusal}")

    @property
    def model(self) -> TrainedModel:
        """The model."""
        return self._model.model

    @cached_property
    def _reasons(self) -> ReasonTeller | None:
        return ReasonTeller(self._run_path, self.model) if self._is_explained else None

    def __getstate__(self) -> dict[str, Any]:
        """Return what goes to a worker, which reads model and run itself."""
        return {name: value for name, value in vars(self).items() if name != "_reasons"}

    def judged(self, block: tuple["FeatureBatch", Sequence[Path]]) -> list[dict[str, Any]]:
        """Return ``figures`` of a block of clips and their paths, for a worker of any engine."""
        return self.figures(*block)

    def figures(self, batch: "FeatureBatch", paths: Sequence[Path] = ()) -> list[dict[str, Any]]:
        """Return what is printed of each clip but for its name.

        Args:
            batch: the clips [N].
            paths: of their files [N], where reasons are asked for.

        Returns:
            ``log_prob``, ``score``, ``nats_above_usual`` (above the score of the median calibration clip),
            ``p_value`` and ``flagged``, None where the clip cannot be used;
            ``channel``, from 1, where one of several decided; ``tags``. Where reasons are asked for, also
            ``reason``, ``evidence``, ``nearest_path``, ``nearest_distance``, ``terms`` (nats whose sum is the
            score, the largest first) and ``faults`` (a sentence for each tag).
        """
        from pipeline.features import OK

        seconds = np.array([fact.measures.recorded_seconds for fact in batch.facts])
        columns = self.model.score(_each_channel(batch), seconds, self._evaluation.alpha)
        columns["nats_above_usual"] = columns["score"] - self._usual_score
        findings = [
            find_faults(fact.measures, self._usual_seconds, self._thresholds) if fact.status == OK else ()
            for fact in batch.facts
        ]
        lines: list[dict[str, Any]] = []
        for i, fact in enumerate(batch.facts):
            figures = {name: columns[name][i].item() for name in FIGURES}
            if columns["channel"][i]:
                figures["channel"] = columns["channel"][i].item()
            tags = ["non_finite"] if columns["non_finite"][i] else []
            tags += [fault.tag for fault in findings[i]]
            if fact.status != OK:
                figures, tags = dict.fromkeys(FIGURES), [f"unusable: {fact.reason}"]
            lines.append({**figures, "tags": tags})
        return lines if self._reasons is None else self._explained(lines, batch, paths, columns, findings)

    def _explained(
        self,
        lines: Sequence[dict[str, Any]],
        batch: "FeatureBatch",
        paths: Sequence[Path],
        columns: dict[str, np.ndarray],
        findings: Sequence[Sequence[Finding]],
    ) -> list[dict[str, Any]]:
        """Return lines with reasons, terms and faults; None for each of a clip that cannot be used."""
        usable = [i for i, line in enumerate(lines) if line["score"] is not None]
        told = [{**line, **NO_REASONS, "terms": None, "faults": None} for line in lines]
        if not usable or self._reasons is None:
            return told
        reasons = self._reasons.tell(
            [paths[i] for i in usable],
            _chosen(batch, usable),
            {name: values[usable] for name, values in columns.items()},
            [findings[i] for i in usable],
        )
        names = [name for name in columns if name.startswith(TERM)]
        for i, reason in zip(usable, reasons, strict=True):
            terms = {name.removeprefix(TERM): columns[name][i].item() for name in names}
            told[i] |= reason
            told[i]["terms"] = dict(sorted(terms.items(), key=lambda item: -item[1]))
            told[i]["faults"] = [fault.detail for fault in findings[i]]
        return told


def check_model(run_path: Path) -> None:
    """Check that a run has a model that is whole and of one making with the run.

    Raises:
        ArtefactError: it is missing or damaged.
    """
    run = RunFolder(run_path)
    run.check("model")
    check_one_making(run, ["model"])


def together(batches: Iterable["FeatureBatch"]) -> Iterator["FeatureBatch"]:
    """Yield batches of ``CLIPS_AT_ONCE`` clips or more, but for the last."""
    gathered: list[FeatureBatch] = []
    for batch in batches:
        gathered.append(batch)
        if sum(len(one.facts) for one in gathered) >= CLIPS_AT_ONCE:
            yield _joined(gathered)
            gathered = []
    if gathered:
        yield _joined(gathered)


def _joined(batches: Sequence["FeatureBatch"]) -> "FeatureBatch":
    from pipeline.features import FeatureBatch

    return FeatureBatch(
        tuple(fact for batch in batches for fact in batch.facts),
        np.concatenate([batch.features for batch in batches]),
        np.concatenate([batch.sketches for batch in batches]),
    )


def _chosen(batch: "FeatureBatch", places: Sequence[int]) -> "FeatureBatch":
    from pipeline.features import FeatureBatch

    facts = tuple(batch.facts[place] for place in places)
    return FeatureBatch(facts, batch.features[places], batch.sketches[places])


def counted(batches: Iterable["FeatureBatch"], progress: Progress) -> Iterator["FeatureBatch"]:
    """Yield the batches, and count their clips as done."""
    for batch in batches:
        progress.advance(len(batch.facts))
        yield batch


def printable_path(path: Path) -> str:
    """Return a path as text; bytes that are not UTF-8 are escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def named(path: Path) -> dict[str, str]:
    """Return the path and, where its bytes are not UTF-8, these percent-encoded: so it is found again."""
    name, raw = printable_path(path), os.fsencode(path)
    return {"path": name} if name.encode() == raw else {"path": name, "path_bytes": quote_from_bytes(raw)}


def _each_channel(batch: "FeatureBatch") -> EachChannel:
    of = [(number, fact) for number, fact in enumerate(batch.facts) if fact.channel_features is not None]
    own = [fact.channel_features for _, fact in of if fact.channel_features is not None]
    clip = np.repeat([number for number, _ in of], [len(fact.channels) for _, fact in of]).astype(np.intp)
    channel = np.array([number for _, fact in of for number in fact.channels], np.intp)
    return spread(batch.features, clip, channel, np.concatenate(own) if own else batch.features[:0])


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
