"""Why is a window of hours of sound an event, when exactly, and at which frequency?

The recordings that the run learned from are heard again once there is an event; of each event one
window is read a second time, and told as a recording of the run would be. So a recording is read twice at
most, and memory holds one window. Nothing of this enters a score.
Conventions: seconds count from the beginning of the long recording.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from pipeline.audio import RawWindow, open_stream
from pipeline.detection import TrainedModel, read_fitted_rows
from pipeline.errors import PipelineError, UnusableClip
from pipeline.explanation import PLACES, UsualSounds, hear_usual, tell_sound
from pipeline.files import read_sealed_json
from pipeline.frontend import whole_recording
from pipeline.runs import PROVENANCE_NAME, read_clip_table
from pipeline.terminal import say

__all__ = ["EventReasons"]

UNHEARD = "not heard again"
# The reason's own seconds beside those of the event.
NAMES = {"start_seconds": "reason_start_seconds", "end_seconds": "reason_end_seconds"}


class EventReasons:
    """Tells events of one run.

    Args:
        run_path: a run of sounds.
        model: of that run.
        window_seconds: of a window.
        every_seconds: from the beginning of one to that of the next.
    """

    def __init__(
        self, run_path: Path, model: TrainedModel, window_seconds: float, every_seconds: float
    ) -> None:
        self._run_path, self._model = run_path, model
        self._cut = (window_seconds, every_seconds)
        self._usual: UsualSounds | None = None
        self._problem = ""
        self._of: Path | None = None
        self._windows: Iterator[RawWindow] = iter(())
        self._read_to = -1.0

    def add(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return an event with ``reason``, ``evidence`` and where this lies, None where it has no such place.

        Where the recordings that were learned from are gone, that is said once and events have no reason.
        """
        if self._usual is None and not self._problem:
            self._learn()
        if self._usual is None:
            return event
        names = [NAMES.get(name, name) for name in PLACES]
        features, start = self._model.features, event["told_seconds"]
        try:
            window = self._window(_path_of(event), start)
            samples, _ = whole_recording(window.decode(), features)
        except (UnusableClip, OSError) as error:
            problem = getattr(error, "strerror", None) or error
            return {**event, "reason": UNHEARD, "evidence": str(problem), **dict.fromkeys(names)}
        told = tell_sound(samples, self._usual, features, start)
        places = [told.places.get(name) for name in PLACES]
        return {
            **event,
            "reason": told.reason,
            "evidence": told.evidence,
            **dict(zip(names, places, strict=True)),
        }

    def _learn(self) -> None:
        try:
            root = Path(str(read_sealed_json(self._run_path / PROVENANCE_NAME)["corpus"]["root"]))
            table, fitted = read_clip_table(self._run_path), read_fitted_rows(self._run_path)
            self._usual = hear_usual(table, fitted, self._model.features, root)
        except (PipelineError, KeyError, TypeError) as error:
            self._problem = str(error) if isinstance(error, PipelineError) else "the run names no corpus"
            say(f"score: events are told without reasons: {self._problem}")

    def _window(self, path: Path, start_seconds: float) -> RawWindow:
        """Return a window; events come in their order, so that a recording is read on from the last one."""
        if path != self._of or self._read_to >= start_seconds:
            self._of, self._windows = path, open_stream(path).windows(*self._cut)
        for window in self._windows:
            at = window.first / window.sample_rate
            if at == start_seconds:
                self._read_to = at
                return window
        self._of = None
        raise UnusableClip("changed", "it became shorter while it was read; score it again")


def _path_of(line: dict[str, Any]) -> Path:
    raw = line.get("path_bytes")
    return Path(line["path"] if raw is None else os.fsdecode(unquote_to_bytes(raw)))
