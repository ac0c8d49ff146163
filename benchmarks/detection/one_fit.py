"""What does a detector reach that is fitted to some rows of a feature store, and tested on others?

In this process, without a run folder of its own: benchmarks that ask for many small fits compute features
once. Protocol "one-class": nothing but the rows given is fitted to.
"""

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.detection.ladder.figures import of_words, summary
from pipeline.commands.program import Program
from pipeline.detection.making import fit_options, make_detector, make_recorded_duration
from pipeline.evaluation.baselines import baseline_figures
from pipeline.processes.tensorflow_import import import_tensorflow
from pipeline.quality.record import read_quality
from pipeline.runs.clip_table import ClipTable, read_clip_table
from pipeline.settings.page import Settings
from pipeline.settings.presets import resolve_settings
from pipeline.terminal.notes import say

__all__ = ["baseline_macros", "featured", "figures_of", "fitted_detector"]


def featured(
    preset: str, corpus: str, name_pattern: str, target: str, seed: int, runs: Path
) -> tuple[Settings, ClipTable, np.ndarray]:
    """Return the settings of a preset, the clips of a corpus, and the recorded seconds of each.

    Features are computed where ``runs`` holds none yet: one run folder serves all targets and seeds.
    """
    settings = resolve_settings(
        preset, target=target, seed=seed, corpus={"name": corpus, "name_pattern": name_pattern}
    )
    program = Program(settings, runs / f"features-{Path(corpus).name}", say)
    program.run_up_to("features")
    seconds = read_quality(program.run.path).column("recorded_seconds")
    return settings, read_clip_table(program.run.path), seconds


def fitted_detector(table: ClipTable, train: np.ndarray, validation: np.ndarray, settings: Settings) -> Any:
    """Return the settings' detector, fitted to the train rows and stopped by the validation rows."""
    import_tensorflow()
    clips = table.take(train)
    detector = make_detector(clips.shape[1:], settings)
    options = fit_options(settings.training, settings.seed)
    detector.fit(clips, table.take(validation), options, monitored={}, on_epoch=lambda epoch: None)
    return detector


def figures_of(
    detector: Any,
    table: ClipTable,
    recorded_seconds: np.ndarray,
    known: np.ndarray,
    tested: np.ndarray,
    settings: Settings,
) -> dict[str, Any]:
    """Return ``ladder.figures.summary`` of the test rows.

    Args:
        detector: a fitted one.
        table: the clips.
        recorded_seconds: of every clip of the table [N].
        known: train and validation rows, which say how long the target is recorded.
        tested: rows of all words, the target's among them.
        settings: those the detector was made with.
    """
    recorded = make_recorded_duration(settings)
    recorded.fit(recorded_seconds[known])
    scores = recorded.added(detector.score(table.take(tested)), recorded_seconds[tested]).score
    return summary(of_words(list(table.word[tested]), np.asarray(scores, np.float64), settings.target))


def baseline_macros(
    detector: Any, table: ClipTable, train: np.ndarray, tested: np.ndarray, target: str
) -> dict[str, float]:
    """Return the macro AUROC of each simpler detector, fitted to the same train rows."""
    words = table.word[tested]
    others = {word: tested[words == word] for word in sorted(set(words) - {target})}
    figures = baseline_figures(table, train, tested[words == target], others, detector.baseline_features)
    return {name: float(entry["macro_auroc"]) for name, entry in figures.items()}
