"""In which order do the stages run, and which of them can be skipped?

corpus -> features -> train -> evaluate -> report. Each stage reads the artefacts of those before it
and writes its own; none imports another. A stage whose inputs are the recorded ones is skipped, and
the reason is said either way. ``config.toml`` is written before the first stage; it and ``provenance.json``
follow each stage, and are put right by the next call where a kill fell in between.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline import __version__
from pipeline.corpora import Corpus, fingerprint, open_corpus, put_into_folds
from pipeline.errors import PipelineError, nearest
from pipeline.files import read_table, release_freed, write_sealed_toml
from pipeline.processes import engine_of_the_moment
from pipeline.remote_runs import send_changes
from pipeline.runs import CONFIG_NAME, RunFolder, disagreement, is_told, library_versions, write_provenance
from pipeline.settings import Settings, read_settings, resolve_settings
from pipeline.stores import is_url, short_name
from pipeline.terminal import manner, telling_stage
from pipeline.verdicts import RunVerdicts

__all__ = ["STAGES", "Program", "default_run_path"]

# Each stage, and the folder of its artefact within the run.
STAGES = {"features": "features", "train": "model", "evaluate": "evaluation", "report": "report"}

# Raised when a stage's output changes for the same inputs, so that old artefacts are made again.
STAGE_VERSIONS = {"features": 5, "train": 8, "evaluate": 13, "report": 13}

# Numbers that change how a stage runs and never what it makes.
_WITHOUT_EFFECT = {"n_workers", "batch_size", "noise_recordings"}  # noise_sha256 names them


def default_run_path(settings: Settings) -> Path:
    """Return ``runs/<corpus>-<target>-<preset>``, with characters that folders cannot have replaced."""
    corpus = settings.corpus.name
    short = short_name(corpus) if is_url(corpus) else Path(corpus).resolve().name
    name = f"{short}-{settings.target}-{settings.preset}"
    return Path("runs") / "".join(c if c.isalnum() or c in "-_.+" else "_" for c in name)


class Program:
    """One call of the program over one run folder.

    Args:
        settings: of the run.
        run_path: the run folder.
        say: told a sentence for each thing the user should know, as ``pipeline.terminal.say`` is.
        verdicts_path: of the file of verdicts to take into account, or ``None``.
    """

    def __init__(
        self,
        settings: Settings,
        run_path: Path,
        say: Callable[..., None],
        *,
        verdicts_path: Path | None = None,
    ) -> None:
        self.settings = settings
        self.run = RunFolder(run_path)
        self.verdicts = RunVerdicts(verdicts_path, run_path, settings.target)
        self.say = say
        self._corpus: Corpus | None = None
        self._notes: list[str] = []  # that were told: each once in a call of the program

    def run_up_to(self, last: str) -> None:
        """Do every stage up to ``last`` whose inputs have changed.

        Raises:
            PipelineError: a stage could not be done; what was there before is untouched.
        """
        corpus = self.open_corpus()
        self._tell("features", self._settle_rate(corpus))
        self.run.prepare()
        engine_of_the_moment().require(library_versions(self.settings), [corpus.root, self.run.path])
        with self.run.lock():
            is_new = not any(self.run.record(artefact) for artefact in STAGES.values())
            if is_new:
                self._write_settings()
            else:
                read_settings(self.run.path / CONFIG_NAME)  # refuses what is not whole
            try:
                for stage in STAGES:
                    self._do(stage, corpus)
                    if stage == last:
                        break
                    # What comes later reads the manifest; the clips of a large corpus take much memory.
                    corpus, self._corpus = replace(corpus, clips=()), None
            except BaseException:
                if is_new and self.run.record(STAGES["features"]) is None:
                    (self.run.path / CONFIG_NAME).unlink(missing_ok=True)  # nothing was made by it
                raise
            self._put_right(corpus)
            self.run.seen.keep()

    def open_corpus(self) -> Corpus:
        """Open the corpus and make sure that it has the target.

        Raises:
            PipelineError: no such corpus or word.
        """
        if self._corpus is None:
            from pipeline.features import keep_copies_together

            chosen, target = self.settings.corpus, self.settings.target
            corpus = open_corpus(
                chosen.name, splits=chosen.splits, name_pattern=chosen.name_pattern, target=target
            )
            if chosen.keep_duplicates_together:
                corpus = keep_copies_together(corpus, n_workers=self.settings.features.n_workers)
            corpus = put_into_folds(corpus, target, self.settings.training)
            for warning in corpus.warnings:
                self.say(f"note: {warning}", level="warning")
            if target not in corpus.words:
                raise PipelineError(
                    f"{corpus.name} has no word {target!r} among its {len(corpus.words)}"
                    f"{nearest(target, corpus.words) or ';'} it has {_listed(corpus.words)}"
                )
            self._corpus = corpus
        return self._corpus

    @property
    def set_aside(self) -> int:
        """How many clips of the run were set aside."""
        return read_table(self.run.path / "manifest.parquet", ("status",))["status"].count("set_aside")

    def _settle_rate(self, corpus: Corpus) -> list[str]:
        from pipeline.features import settle_rate
        from pipeline.frontend import settle_noise

        self.settings, notes = settle_rate(self.settings, corpus)
        self.settings, more = settle_noise(self.settings)
        return [*notes, *more]

    def _tell(self, stage: str, sentences: Iterable[str]) -> None:
        for sentence in sentences:
            if sentence not in self._notes:
                self._notes.append(sentence)
                self.say(f"{stage}: {sentence}", stage=stage)

    def _do(self, stage: str, corpus: Corpus) -> None:
        inputs = self._inputs(stage, corpus)
        if not (reason := self.run.why_stale(STAGES[stage], inputs)):
            depends_on = ", ".join(key for key in inputs if key != "version")
            skipped = f"{stage}: skipped, nothing that it depends on has changed ({depends_on})"
            self.say(skipped, event="stage_skip", stage=stage)
            return
        with telling_stage(stage, reason, self.say):
            for before in list(STAGES)[: list(STAGES).index(stage)]:
                self.run.check(STAGES[before])  # what it reads is read for it
            getattr(self, f"_{stage}")(inputs, corpus)
            self._write_settings()
            self._write_provenance(corpus)
        send_changes(self.run.path)
        release_freed()

    def _write_settings(self) -> None:
        write_sealed_toml(self.run.path / CONFIG_NAME, self.settings.model_dump(mode="json"))

    def _put_right(self, corpus: Corpus) -> None:
        """Write settings and provenance again where a kill left those from before a stage."""
        if disagreement(self.run, read_settings(self.run.path / CONFIG_NAME).model_dump(mode="json")):
            self._write_settings()
        if not is_told(self.run, STAGES):
            self._write_provenance(corpus)

    def _write_provenance(self, corpus: Corpus) -> None:
        write_provenance(self.run, self.settings, STAGES, corpus.name, corpus.root)

    def _inputs(self, stage: str, corpus: Corpus) -> dict[str, Any]:
        page = self.settings.model_dump(mode="json")
        inputs: dict[str, Any] = {"version": STAGE_VERSIONS[stage]}
        if stage == "features":
            numbers = {key: of for key, of in page["features"].items() if key not in _WITHOUT_EFFECT}
            return {**inputs, "corpus": {"digest": fingerprint(corpus)}, "features": numbers}
        inputs |= {"target": page["target"], "features": {"digest": self._digest("features")}}
        if stage == "train":
            numbers = {name: page[name] for name in ("seed", "model", "training")}
            return {**inputs, **numbers, **self.verdicts.fit_inputs()}
        inputs |= {"preset": page["preset"], "model": {"digest": self._digest("train")}}
        if stage == "evaluate":
            numbers = {name: page[name] for name in ("seed", "evaluation", "quality")}
            return {**inputs, **numbers, **self.verdicts.review_inputs()}
        inputs |= {"evaluation": {"digest": self._digest("evaluate")}, "report": page["report"]}
        return {**inputs, "code": __version__}

    def _digest(self, stage: str) -> str:
        return self.run.check(STAGES[stage], as_before=True).digest

    def _features(self, inputs: dict[str, Any], corpus: Corpus) -> None:
        from pipeline.features import EarlierFeatures, keep_known
        from pipeline.features.stage import MANIFEST_NAME, compute_features

        earlier = EarlierFeatures.of_run(self.run, inputs)
        with self.run.stage(STAGES["features"], inputs) as folder:
            summary = compute_features(
                corpus,
                self.settings.features,
                folder.own,
                notes=self._notes,
                kept=folder.kept,
                earlier=earlier,
            )
            (folder.own / MANIFEST_NAME).rename(folder.top / MANIFEST_NAME)
        keep_known(self.run, inputs, summary.known)
        self._tell("features", summary.notes)
        if n := summary.n_set_aside:
            reasons = "; ".join(f"{count} x {reason}" for reason, count in list(summary.reasons.items())[:5])
            sentence = f"features: {n} of {summary.n_clips} clips were set aside: {reasons}"
            self.say(sentence, level="warning", n_set_aside=n, n_clips=summary.n_clips)

    def _train(self, inputs: dict[str, Any], corpus: Corpus) -> None:
        from pipeline.detection.train import train_model

        with self.run.stage(STAGES["train"], inputs) as folder:
            notes = train_model(self.run.path, self.settings, folder, verdicts=self.verdicts.effect)
        for note in notes:
            self.say(f"train: {note}")

    def _evaluate(self, inputs: dict[str, Any], corpus: Corpus) -> None:
        from pipeline.evaluation.stage import evaluate_model
        from pipeline.runs import corpus_card

        with self.run.stage(STAGES["evaluate"], inputs) as folder:
            card = corpus_card(self.run.path, corpus.name)
            metrics = evaluate_model(self.run.path, self.settings, card, folder, corpus_root=corpus.root)
            self.verdicts.add_review(folder.top)
        self._tell("evaluate", metrics["leaks"])
        caveats = [sentence for sentence in metrics["warnings"] if sentence not in self._notes]
        if manner().is_verbose:
            self._tell("evaluate", caveats)
        elif n := len(caveats):
            counted = "1 caveat stands" if n == 1 else f"{n} caveats stand"
            self.say(f"evaluate: {counted} in the report; --verbose prints all caveats here")

    def _report(self, inputs: dict[str, Any], corpus: Corpus) -> None:
        from pipeline.report.page import write_report

        with self.run.stage(STAGES["report"], inputs) as folder:
            preset = resolve_settings(self.settings.preset)
            write_report(self.run.path, corpus.root, self.settings, folder.own, preset=preset)


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(words[:40]) + (", ..." if len(words) > 40 else "")
