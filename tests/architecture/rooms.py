"""In which order do the rooms stand?

Conventions: lowest first; a room imports only rooms that stand before it. ``models`` knows nothing of
``pipeline``, and so its rooms come first.
"""

__all__ = ["CONDUCTORS", "LOOSE", "ROOMS", "STAGES"]

# Modules that stand in no room.
LOOSE = ("models.quiet", "models.detector", "pipeline.errors", "pipeline.__main__")

ROOMS = (
    "models.quiet",
    "models.flows.elements",
    "models.flows.layers",
    "models.flows.discrete",
    "models.flows.fitting",
    "models.flows",
    "models.ensembles",
    "models.baselines",
    "models.out_of_distribution",
    "models.augmentation",
    "models.detector",
    "models.clips",
    "models.frames",
    "models.words",
    "models.sounds",
    "pipeline.errors",
    "pipeline.files",
    "pipeline.terminal",
    "pipeline.processes",
    "pipeline.stores",
    "pipeline.settings",
    "pipeline.audio.containers",
    "pipeline.audio",
    "pipeline.embeddings",
    "pipeline.frontend",
    "pipeline.runs",
    "pipeline.corpora.folder",
    "pipeline.corpora.storage",
    "pipeline.corpora.embedded",
    "pipeline.corpora.dcase",
    "pipeline.corpora.machines",
    "pipeline.corpora",
    "pipeline.remote_runs",
    "pipeline.quality",
    "pipeline.features",
    "pipeline.verdicts",
    "pipeline.exchange",
    "pipeline.calibration",
    "pipeline.detection",
    "pipeline.explanation.sounds",
    "pipeline.explanation",
    "pipeline.recordings",
    "pipeline.evaluation",
    "pipeline.html",
    "pipeline.report.drawings",
    "pipeline.report",
    "pipeline.compare",
    "pipeline.review.page",
    "pipeline.review",
    "pipeline.audit",
    "pipeline.sweep",
    "pipeline.density.tables",
    "pipeline.density.published",
    "pipeline.density",
    "pipeline.commands.output",
    "pipeline.commands",
    "pipeline.interface",
    "pipeline.__main__",
)

# What passes between stages are artefacts: no stage knows another, and two rooms alone use them:
# that of the command line, which puts them in order, and that of callers in Python.
STAGES = (
    "pipeline.features.stage",
    "pipeline.detection.train",
    "pipeline.recordings.files",
    "pipeline.recordings.long_recordings",
    "pipeline.evaluation.stage",
    "pipeline.report.page",
    "pipeline.compare.page",
    "pipeline.review.server",
    "pipeline.audit.stage",
    "pipeline.sweep.stage",
    "pipeline.density.experiment",
)
CONDUCTORS = ("pipeline.commands", "pipeline.interface")
