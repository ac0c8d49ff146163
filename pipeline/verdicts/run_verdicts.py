"""How do verdicts enter a run, so that a stage is done again when they change it and skipped when not?

The train stage depends on what the verdicts change about the fit, and on nothing else of them; the
evaluate stage depends on every standing verdict about a clip of the run. Without a file of verdicts
nothing depends on any.
"""

from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline.files import digest_of, read_json, read_table, write_json
from pipeline.verdicts.clips import JudgedClips, judged_clips_of
from pipeline.verdicts.decisions import decide
from pipeline.verdicts.fit_effect import FitEffect, find_fit_effect
from pipeline.verdicts.review_figures import ranked_target_clips, review_figures
from pipeline.verdicts.store import VerdictStore
from pipeline.verdicts.verdict import Verdict

__all__ = ["RunVerdicts"]

REVIEWED = ", labels reviewed"


class RunVerdicts:
    """The verdicts of a file as far as they concern one run; read when they are first asked for.

    Args:
        store_path: the file, or ``None`` for no verdicts.
        run_path: the run folder; its manifest must stand before anything is asked.
        target: the word that is normal.
    """

    def __init__(self, store_path: Path | None, run_path: Path, target: str) -> None:
        self._store_path = store_path
        self._run_path = run_path
        self._target = target

    @cached_property
    def effect(self) -> FitEffect | None:
        """What the verdicts change about the fit; ``None`` without a file.

        Raises:
            PipelineError: there is no such file.
            ArtefactError: it is damaged, or the run has no manifest.
        """
        if self._store_path is None:
            return None
        return find_fit_effect(
            self._manifest,
            self._clips.names,
            decide(self._standing),
            self._target,
            n_elsewhere=self._found[1],
        )

    def fit_inputs(self) -> dict[str, Any]:
        """Return what the train stage depends on: nothing where no verdict changes the fit."""
        if self.effect is None or not self.effect.words:
            return {}
        return {"verdicts": {"digest": self.effect.digest}}

    def review_inputs(self) -> dict[str, Any]:
        """Return what the figures of the review depend on."""
        if self._store_path is None:
            return {}
        said = sorted(
            (row.clip, row.reviewer, row.kind, row.word, *filter(None, [row.decides]))
            for row in self._standing
        )
        return {"verdicts": {"digest": digest_of(said)}}

    def add_review(self, folder: Path) -> None:
        """Add the key ``review`` to the ``metrics.json`` of a folder, beside its ``scores.parquet``.

        Counts of fitted clips become those of the reviewed fit, and the protocol says that labels are
        no longer the corpus's own where a clip of another word has joined it.
        """
        if self.effect is None:
            return
        metrics = read_json(folder / "metrics.json")
        names = dict(zip(self._manifest["path"], self._clips.names, strict=True))
        ranked = ranked_target_clips(read_table(folder / "scores.parquet"), names, self._target)
        metrics["review"] = review_figures(ranked, self._standing, self._target, self.effect)
        card = read_json(self._run_path / "model" / "model.json")
        metrics |= {name: card[name] for name in ("n_train", "n_validation")}
        if self.effect.n_joined:
            metrics["protocol"] += REVIEWED
        write_json(folder / "metrics.json", metrics)

    @cached_property
    def _manifest(self) -> dict[str, list[Any]]:
        return read_table(self._run_path / "manifest.parquet")

    @cached_property
    def _clips(self) -> JudgedClips:
        return judged_clips_of(self._run_path, self._manifest)

    @property
    def _standing(self) -> list[Verdict]:
        """Return the standing verdicts about clips of this run."""
        return self._found[0]

    @cached_property
    def _found(self) -> tuple[list[Verdict], int]:
        if self._store_path is None:
            return [], 0
        with closing(VerdictStore(self._store_path)) as store:
            return self._clips.verdicts_on(store.standing())
