"""What did a run leave behind, in a form that can be drawn?

Conventions: ``score`` is higher for stranger clips; ``log_prob`` and every ``term_`` are in nats.
Scores are float64 arrays in the order of ``scores.parquet``; a missing number is NaN. Figures of a word are
over the clips of its ``test`` split; those of a cross-fitted target over all its clips.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.errors import ArtefactError
from pipeline.files import Texts, read_columns, read_json, read_sealed_json, shared_texts
from pipeline.runs.folds import is_fold, is_judged
from pipeline.runs.history import read_history

if TYPE_CHECKING:
    import pyarrow

__all__ = ["FEW_CLIPS", "Run", "Scores", "SetAside", "read_run"]

FEW_CLIPS = 10  # below this many test clips, one clip moves an AUROC by more than most intervals admit
_SCORE_COLUMNS = ("path", "word", "speaker", "split", "log_prob", "score", "p_value", "flagged", "tags")
_MANIFEST = ("path", "word", "reason", "sha256")
_METRICS = ("target", "words", "macro_auroc", "calibration", "baselines", "words_outranking_target")


@dataclass(frozen=True, kw_only=True)
class Scores:
    """One row a clip.

    Attributes:
        path, word, speaker, split, tags: text columns.
        log_prob, score, p_value: float64.
        flagged: bool.
        fdr_listed: bool: on the list at a false-discovery rate; ``None`` where the run made no list.
        nats_above_usual: score above that of the median calibration clip; NaN where the run does not say.
        terms: for each ``term_`` column its values, under the name without the prefix.
    """

    path: np.ndarray
    word: np.ndarray
    speaker: np.ndarray
    split: np.ndarray
    tags: np.ndarray
    log_prob: np.ndarray
    score: np.ndarray
    p_value: np.ndarray
    flagged: np.ndarray
    fdr_listed: np.ndarray | None
    nats_above_usual: np.ndarray
    terms: dict[str, np.ndarray]

    def of(self, word: str) -> np.ndarray:
        """Return the scores of one word's clips that are judged, without undefined ones."""
        return self._of_words.get(word, self.score[:0])

    @cached_property
    def _of_words(self) -> dict[str, np.ndarray]:
        rows = np.flatnonzero(is_judged(self.split) & ~np.isnan(self.score))
        words, number = np.unique(self.word[rows].astype(str), return_inverse=True)
        parts = np.split(rows[np.argsort(number, kind="stable")], np.cumsum(np.bincount(number))[:-1])
        return {word: self.score[part] for word, part in zip(words.tolist(), parts, strict=bool(len(words)))}


@dataclass(frozen=True, kw_only=True)
class SetAside:
    """A clip that is in no figure, and why."""

    path: str
    word: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Run:
    """Everything that the page shows.

    Attributes:
        target: the word that is normal.
        metrics: ``metrics.json``.
        scores: ``scores.parquet``.
        history: the columns of ``history.csv``; empty where there is none.
        set_aside: clips that could not be used.
        digests: SHA-256 of each clip's file, by path, as the manifest holds it.
        provenance: ``provenance.json``.
        threshold: the lowest flagged score (of the target, if cross-fitted); NaN where flags follow more.
    """

    target: str
    metrics: dict[str, Any]
    scores: Scores
    history: dict[str, np.ndarray]
    set_aside: tuple[SetAside, ...]
    digests: dict[str, str]
    provenance: dict[str, Any]
    threshold: float

    @cached_property
    def words(self) -> dict[str, dict[str, Any]]:
        """Figures of every other word that has test clips, the strangest first: highest AUROC, then score."""
        usable = {word: entry for word, entry in self.metrics["words"].items() if entry.get("n")}

        def strangeness(word: str) -> tuple[float, float, str]:
            own = self.scores.of(word)
            mean = float(own.mean()) if own.size else -math.inf
            return -_float(usable[word].get("auroc"), -1.0), -mean, word

        return {word: usable[word] for word in sorted(usable, key=strangeness)}

    @property
    def noun(self) -> str:
        """What a class of clips is called: a word, or a class where clips are no words."""
        return str(self.metrics.get("noun", "word"))

    @property
    def nouns(self) -> str:
        """The plural of ``noun``."""
        return "classes" if self.noun == "class" else f"{self.noun}s"

    @property
    def well_tested_words(self) -> list[str]:
        """The other words with at least ``FEW_CLIPS`` test clips, the strangest first."""
        return [word for word, entry in self.words.items() if entry["n"] >= FEW_CLIPS]

    @property
    def has_threshold(self) -> bool:
        """Whether the lowest flagged score is known."""
        return math.isfinite(self.threshold)

    @property
    def target_scores(self) -> np.ndarray:
        """Scores of the target's test clips."""
        return self.scores.of(self.target)

    @property
    def other_scores(self) -> np.ndarray:
        """Scores of the test clips of all other words."""
        chosen = self.scores.score[(self.scores.word != self.target) & is_judged(self.scores.split)]
        return np.asarray(chosen[~np.isnan(chosen)])


def read_run(run_path: Path, target: str) -> Run:
    """Read a run folder.

    Raises:
        ArtefactError: a file is absent, damaged, or about another target.
    """
    metrics = read_json(run_path / "metrics.json")
    missing = [key for key in _METRICS if not isinstance(metrics, dict) or key not in metrics]
    if missing:
        raise ArtefactError(
            f"{run_path / 'metrics.json'} lacks {', '.join(missing)}, so it was not made by this program; "
            "evaluate again"
        )
    if metrics["target"] != target:
        raise ArtefactError(
            f"{run_path / 'metrics.json'} is about {metrics['target']!r}, "
            f"but this run's target is {target!r}; evaluate again"
        )
    manifest = _manifest(run_path / "manifest.parquet")
    scores = _scores(run_path / "scores.parquet")
    return Run(
        target=target,
        metrics=metrics,
        scores=scores,
        history=read_history(run_path),
        set_aside=_set_aside(manifest, scores.path),
        digests=dict(zip(*(Texts(manifest[name]) for name in ("path", "sha256")), strict=True)),
        provenance=read_sealed_json(run_path / "provenance.json"),
        threshold=_threshold(scores, target),
    )


def _manifest(path: Path) -> "pyarrow.Table":
    manifest = read_columns(path, _MANIFEST)
    if absent := [name for name in _MANIFEST if name not in manifest.column_names]:
        raise ArtefactError(f"{path} has no column {absent[0]!r}; run `make features` again")
    return manifest


def _scores(path: Path) -> Scores:
    columns = read_columns(path)
    names = columns.column_names
    missing = [column for column in _SCORE_COLUMNS if column not in names]
    if missing:
        raise ArtefactError(f"{path} lacks the columns {', '.join(missing)}; evaluate again")
    prefix = "term_"
    return Scores(
        path=Texts(columns["path"])[:],
        **{key: shared_texts(columns[key]) for key in ("word", "speaker", "split", "tags")},
        **{key: _numbers(columns[key]) for key in ("log_prob", "score", "p_value")},
        flagged=_flags(columns["flagged"]),
        fdr_listed=_flags(columns["fdr_listed"]) if "fdr_listed" in names else None,
        nats_above_usual=_numbers(columns["nats_above_usual"])
        if "nats_above_usual" in names
        else np.full(len(columns), math.nan),
        terms={
            key.removeprefix(prefix): _numbers(columns[key])
            for key in sorted(names)
            if key.startswith(prefix)
        },
    )


def _numbers(column: "pyarrow.ChunkedArray") -> np.ndarray:
    return np.asarray(column.cast("float64").to_numpy(), np.float64)  # NaN where there is none


def _flags(column: "pyarrow.ChunkedArray") -> np.ndarray:
    return np.asarray(column.fill_null(False).to_numpy(), bool)


def _float(value: Any, otherwise: float) -> float:
    return otherwise if value is None else float(value)


def _threshold(scores: Scores, target: str) -> float:
    defined = ~np.isnan(scores.score)
    if is_fold(scores.split).any():
        # The folds' models judge a clip of another class one by one: near the line, flags are not of its mean
        # alone.
        defined &= scores.word == target
    flagged, passed = scores.score[scores.flagged & defined], scores.score[~scores.flagged & defined]
    if not flagged.size or (passed.size and passed.max() >= flagged.min()):
        return math.nan
    return float(flagged.min())


def _set_aside(manifest: "pyarrow.Table", scored: np.ndarray) -> tuple[SetAside, ...]:
    """Return the clips of the manifest that were set aside: they have a reason and no score."""
    reason = shared_texts(manifest["reason"])
    rows = np.flatnonzero(reason.astype(bool))
    path, word = (Texts(manifest[name])[rows] for name in ("path", "word"))
    known = set(scored.tolist()) if len(rows) else set()
    return tuple(
        SetAside(path=path, word=word, reason=reason)
        for path, word, reason in zip(path, word, reason[rows], strict=True)
        if path not in known
    )
