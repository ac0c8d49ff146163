"""In which order do the stages run, and which of them can be skipped?

corpus -> features -> train -> evaluate -> report. Each stage reads the artefacts of those before it
and writes its own; none imports another. A stage whose inputs are the recorded ones is skipped, and
the reason is said either way. ``config.toml`` and ``provenance.json`` are written as stages end.
"""

import datetime
import platform
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from pipeline import __version__
from pipeline.corpora import Corpus, fingerprint, open_corpus, put_into_folds
from pipeline.errors import PipelineError, nearest
from pipeline.files import digest_of, read_table, write_json, write_toml
from pipeline.runs import RunFolder, code_version, library_versions
from pipeline.settings import Settings, resolve_settings
from pipeline.verdicts import RunVerdicts

__all__ = ["STAGES", "Program", "default_run_path"]

# Each stage, and the folder of its artefact within the run.
STAGES = {"features": "features", "train": "model", "evaluate": "evaluation", "report": "report"}

# Raised when a stage's output changes for the same inputs, so that old artefacts are made again.
STAGE_VERSIONS = {"features": 4, "train": 5, "evaluate": 7, "report": 5}

# Numbers that change how a stage runs and never what it makes.
_WITHOUT_EFFECT = {"n_workers", "batch_size"}


def default_run_path(settings: Settings) -> Path:
    """Return ``runs/<corpus>-<target>-<preset>``, with characters that folders cannot have replaced."""
    name = f"{Path(settings.corpus.name).resolve().name}-{settings.target}-{settings.preset}"
    return Path("runs") / "".join(c if c.isalnum() or c in "-_.+" else "_" for c in name)


class Program:
    """One call of the program over one run folder.

    Args:
        settings: of the run.
        run_path: the run folder.
        say: told a sentence for each thing the user should know.
        verdicts_path: of the file of verdicts to take into account, or ``None``.
    """

    def __init__(
        self,
        settings: Settings,
        run_path: Path,
        say: Callable[[str], None],
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
        with self.run.lock():
            for stage in STAGES:
                self._do(stage, corpus)
                if stage == last:
                    break

    def open_corpus(self) -> Corpus:
        """Open the corpus and make sure that it has the target.

        Raises:
            PipelineError: no such corpus or word.
        """
        if self._corpus is None:
            chosen = self.settings.corpus
            target = self.settings.target
            corpus = open_corpus(
                chosen.name, splits=chosen.splits, name_pattern=chosen.name_pattern, target=target
            )
            corpus = put_into_folds(corpus, target, self.settings.training)
            for warning in corpus.warnings:
                self.say(f"note: {warning}")
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
        return read_table(self.run.path / "manifest.parquet")["status"].count("set_aside")

    def _settle_rate(self, corpus: Corpus) -> list[str]:
        from pipeline.features import settle_rate

        self.settings, notes = settle_rate(self.settings, corpus)
        return notes

    def _tell(self, stage: str, sentences: Iterable[str]) -> None:
        for sentence in sentences:
            if sentence not in self._notes:
                self._notes.append(sentence)
                self.say(f"{stage}: {sentence}")

    def _do(self, stage: str, corpus: Corpus) -> None:
        inputs = self._inputs(stage, corpus)
        reason = self.run.why_stale(STAGES[stage], inputs)
        if not reason:
            self.say(f"{stage}: skipped, nothing that it depends on has changed ({_described(inputs)})")
            return
        self.say(f"{stage}: running, {reason}")
        getattr(self, f"_{stage}")(inputs, corpus)
        write_toml(self.run.path / "config.toml", self.settings.model_dump(mode="json"))
        self._write_provenance(corpus)

    def _inputs(self, stage: str, corpus: Corpus) -> dict[str, Any]:
        page = self.settings.model_dump(mode="json")
        inputs: dict[str, Any] = {"version": STAGE_VERSIONS[stage]}
        if stage == "features":
            numbers = {key: value for key, value in page["features"].items() if key not in _WITHOUT_EFFECT}
            return {**inputs, "corpus": {"digest": fingerprint(corpus)}, "features": numbers}
        inputs |= {
            "target": page["target"],
            "features": {"digest": self.run.check(STAGES["features"]).digest},
        }
        if stage == "train":
            numbers = {name: page[name] for name in ("seed", "model", "training")}
            return {**inputs, **numbers, **self.verdicts.fit_inputs()}
        inputs |= {"preset": page["preset"], "model": {"digest": self.run.check(STAGES["train"]).digest}}
        if stage == "evaluate":
            numbers = {name: page[name] for name in ("seed", "evaluation", "quality")}
            return {**inputs, **numbers, **self.verdicts.review_inputs()}
        inputs |= {
            "evaluation": {"digest": self.run.check(STAGES["evaluate"]).digest},
            "report": page["report"],
        }
        return {**inputs, "code": __version__}

    def _features(self, inputs: dict[str, Any], corpus: Corpus) -> None:
        from pipeline.features.stage import MANIFEST_NAME, compute_features

        with self.run.stage(STAGES["features"], inputs) as folder:
            summary = compute_features(corpus, self.settings.features, folder.own, notes=self._notes)
            (folder.own / MANIFEST_NAME).rename(folder.top / MANIFEST_NAME)
        self._tell("features", summary.notes)
        if summary.n_set_aside:
            reasons = "; ".join(f"{n} x {reason}" for reason, n in list(summary.reasons.items())[:5])
            self.say(f"features: {summary.n_set_aside} of {summary.n_clips} clips were set aside: {reasons}")

    def _train(self, inputs: dict[str, Any], corpus: Corpus) -> None:
        from pipeline.detection.train import train_model

        with self.run.stage(STAGES["train"], inputs) as folder:
            notes = train_model(self.run.path, self.settings, folder, verdicts=self.verdicts.effect)
        for note in notes:
            self.say(f"train: {note}")

    def _evaluate(self, inputs: dict[str, Any], corpus: Corpus) -> None:
        from pipeline.evaluation.stage import evaluate_model

        with self.run.stage(STAGES["evaluate"], inputs) as folder:
            card = self._corpus_card(corpus)
            metrics = evaluate_model(self.run.path, self.settings, card, folder, corpus_root=corpus.root)
            self.verdicts.add_review(folder.top)
        self._tell("evaluate", metrics["warnings"])

    def _report(self, inputs: dict[str, Any], corpus: Corpus) -> None:
        from pipeline.report.page import write_report

        with self.run.stage(STAGES["report"], inputs) as folder:
            preset = resolve_settings(self.settings.preset)
            write_report(self.run.path, corpus.root, self.settings, folder.own, preset=preset)

    def _corpus_card(self, corpus: Corpus) -> dict[str, str]:
        """Name the corpus by the content of its files, wherever it stands."""
        manifest = read_table(self.run.path / "manifest.parquet")
        columns = (manifest[name] for name in ("path", "word", "speaker", "split", "sha256"))
        return {"name": corpus.name, "sha256": digest_of(sorted(zip(*columns, strict=True)))}

    def _write_provenance(self, corpus: Corpus) -> None:
        path = self.run.path / "provenance.json"
        records = {stage: self.run.record(artefact) for stage, artefact in STAGES.items()}
        write_json(
            path,
            {
                "created": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
                "seed": self.settings.seed,
                "versions": library_versions(self.settings),
                "machine": f"{platform.system()} {platform.machine()}",
                "corpus": {**self._corpus_card(corpus), "root": str(corpus.root)},
                "code_version": code_version(),
                "seconds": {stage: record.seconds for stage, record in records.items() if record},
            },
        )


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(words[:40]) + (", ..." if len(words) > 40 else "")


def _described(inputs: dict[str, Any]) -> str:
    return ", ".join(key for key in inputs if key != "version")
