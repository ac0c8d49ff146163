"""How does a caller in Python fit a detector?

There is one way of fitting: the stages of the command line, over a folder. Waveforms are written to one.
"""

import os
import shutil
import tempfile
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import Any

import tomli_w

from pipeline.commands import Program, checked_settings, default_run_path
from pipeline.errors import ConfigurationError
from pipeline.interface.calling import calling
from pipeline.interface.detector import Detector, PathName
from pipeline.interface.run_copies import kept_with
from pipeline.interface.waveforms import write_corpus
from pipeline.remote_runs import run_here
from pipeline.terminal import say

__all__ = ["fit"]


def fit(
    clips: PathName | Iterable[Any],
    *,
    target: str | None = None,
    preset: str = "default",
    sample_rate: int | None = None,
    groups: Sequence[Hashable] | None = None,
    seed: int = 0,
    run: PathName | None = None,
    progress: bool = False,
    **settings: Any,
) -> Detector:
    """Learn what one class of sounds is like.

    Args:
        clips: the folder or the name of a corpus, as ``--corpus`` takes it; or waveforms of the class, each
            [n_samples] or [n_channels, n_samples].
        target: the class that is normal; of a folder of one class its name, of waveforms any.
        preset: see ``--preset``.
        sample_rate: of waveforms, Hz.
        groups: of each waveform, who or what it is of; no group is in two splits.
        seed: behind every random choice.
        run: the run folder, or its URL in a store. Of a corpus it is that of the command line by default, of
            waveforms one that goes with the detector. What stands there already and is up to date is not made
            again.
        progress: whether progress and notes are printed on standard error; notes also stand in the detector.
        settings: numbers of the run by section, ``training={"max_epochs": 20}``, or by key.

    Returns:
        A detector whose scores are those of ``audio-anomaly train`` and ``score``.

    Raises:
        PipelineError: a stage could not be done, with one sentence of why and what to do.
    """
    overrides = [f"{key}={_written(key, value)}" for key, value in _flat(settings)]
    is_corpus = isinstance(clips, str | os.PathLike)
    if is_corpus != (sample_rate is None) or (is_corpus and groups is not None):
        raise ConfigurationError(
            "files have sample rates and groups of their own; leave out sample_rate and groups"
            if is_corpus
            else "waveforms have no sample rate of their own; give sample_rate in Hz"
        )
    with calling(progress=progress):
        if is_corpus:
            corpus = os.fspath(clips)  # type: ignore[arg-type]
            return _fitted(corpus, target or _only_class(corpus), preset, seed, overrides, run, progress)
        written = Path(tempfile.mkdtemp(prefix="audio-anomaly-"))
        try:
            root = written / "waveforms"
            write_corpus(root, target or "clips", clips, sample_rate, groups)  # type: ignore[arg-type]
            own = run if run is not None else written / "run"
            detector = _fitted(str(root), target or "clips", preset, seed, overrides, own, progress)
            if run is None:
                detector.run_path = detector.run_path.rename(kept_with(detector) / "run")
            return detector
        finally:
            shutil.rmtree(written, ignore_errors=True)


def _fitted(
    corpus: str,
    target: str,
    preset: str,
    seed: int,
    overrides: Sequence[str],
    run: PathName | None,
    progress: bool,
) -> Detector:
    """Do the stages up to the training, as ``audio-anomaly train`` does."""
    chosen = {"name": corpus, "splits": "", "name_pattern": ""}
    settings = checked_settings(preset, overrides, target=target, seed=seed, corpus=chosen)
    notes: list[str] = []

    def note(sentence: str, **told: Any) -> None:
        notes.append(sentence)
        if progress:
            say(sentence, **told)

    with run_here(default_run_path(settings) if run is None else run, may_be_new=True) as place:
        Program(settings, place, note).run_up_to("train")
    return Detector(place, notes=notes, progress=progress)


def _only_class(corpus: str) -> str:
    """Return the class of a folder that has one; what is no folder has the target of the command line."""
    if not os.path.isdir(corpus):
        return "zero"
    names = sorted(entry.name for entry in os.scandir(corpus) if entry.is_dir() and entry.name[0] not in "._")
    if len(names) != 1:
        listed = f": {', '.join(names[:40])}" if names else ""
        raise ConfigurationError(
            f"{corpus} holds {len(names)} classes, and one is learned; name it with target={listed}"
        )
    return names[0]


def _flat(settings: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{key}", number) for key, number in value.items())
        else:
            yield name, value


def _written(key: str, value: Any) -> str:
    """Return a value as ``--set`` takes it."""
    try:
        return tomli_w.dumps({"value": value}).partition("=")[2].strip()
    except TypeError as error:
        raise ConfigurationError(
            f"{key}={value!r} cannot be used: it is of {type(value).__name__}; give a number, text, a truth "
            "value or a list of them"
        ) from error
