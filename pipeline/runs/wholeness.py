"""Are the parts of a run of one making?

A run is one thing: its settings are those that its stages were made with, and each stage was made from the
stages that stand beside it. Each record says both; here they are held together. What is in the files is
not looked at here, see ``RunFolder.check``.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import ArtefactError, PipelineError, nearest
from pipeline.files import read_sealed_json, read_sealed_toml
from pipeline.runs.folder import RunFolder
from pipeline.settings import remake

__all__ = ["CONFIG_NAME", "PROVENANCE_NAME", "check_one_making", "disagreement", "find_run"]

CONFIG_NAME = "config.toml"
PROVENANCE_NAME = "provenance.json"

# Of the record of each stage, in order: what it says of the settings.
_SECTIONS = {
    "features": ("features",),
    "model": ("target", "seed", "model", "training"),
    "evaluation": ("target", "preset", "seed", "evaluation", "quality"),
    "report": ("target", "preset", "report"),
}


def find_run(path: Path) -> RunFolder:
    """Return a run that is there; nothing is made.

    Raises:
        PipelineError: no such folder, with the nearest name.
    """
    if not path.is_dir():
        names = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
        raise PipelineError(
            f"no run stands at {path}{nearest(path.name, names)}; `make evaluate` makes one, or name another "
            "with --run"
        )
    return RunFolder(path)


def check_one_making(run: RunFolder, stages: Sequence[str]) -> None:
    """Hold stages against the run's settings and against each other.

    Args:
        run: of which the stages ended.
        stages: folders of the stages that are asked for.

    Raises:
        ArtefactError: something is missing, was changed, or comes from another run.
    """
    try:
        page = read_sealed_toml(run.path / CONFIG_NAME)
    except ArtefactError as error:
        raise ArtefactError(f"{error}; {remake(run.path)}") from error
    for stage in stages:
        if run.record(stage) is None:
            raise ArtefactError(f"{run.path} has no finished {stage!r} stage; run `make evaluate` first")
    read_sealed_json(run.path / PROVENANCE_NAME)
    sentence = disagreement(run, page)
    if sentence:
        raise ArtefactError(f"{run.path} is not of one making: {sentence}; run the stages again")


def disagreement(run: RunFolder, page: Mapping[str, Any]) -> str:
    """Return how the run's stages disagree with its settings or with each other, or ``""``.

    Args:
        run: of which some stages ended.
        page: the content of its ``config.toml``.
    """
    found: dict[str, str] = {}
    for stage, sections in _SECTIONS.items():
        record = run.record(stage)
        if record is None:
            continue
        if not record.files:
            return f"the record of {stage} lists 0 files"
        for section in sections:
            own = record.inputs.get(section)
            if own is not None and not _agrees(own, page.get(section)):
                return f"{section} of {CONFIG_NAME} is not what {stage} was made with"
        for before, digest in found.items():
            used = record.inputs.get(before)
            if not isinstance(used, Mapping) or used.get("digest") != digest:
                return f"{stage} was made from other {before} than stand beside it"
        found[stage] = record.digest
    return ""


def _agrees(recorded: Any, own: Any) -> bool:
    """Say whether what a record says of a section is so in the settings; it may say less."""
    if isinstance(recorded, Mapping) and isinstance(own, Mapping):
        return all(key in own and _agrees(value, own[key]) for key, value in recorded.items())
    return bool(recorded == own)
