"""What can a caller in Python do with a run that is trained?

A ``Detector`` is a run folder whose model is read when it is first needed, and kept. Its scores are those of
``audio-anomaly score``, to the bit: waveforms become files first. Reading the model costs seconds, a waveform
thereafter some milliseconds.
"""

import os
import tempfile
import warnings
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.detection import TrainedModel, read_fitted_rows, read_model
from pipeline.errors import PipelineError
from pipeline.files import read_sealed_json
from pipeline.interface.calling import calling
from pipeline.interface.judged import Explanation, Score, explanation_of, score_of, table_of
from pipeline.interface.run_copies import check_run, copy_run, files_of, kept_with
from pipeline.interface.waveforms import write_waveform
from pipeline.recordings.files import score_paths
from pipeline.remote_runs import run_here
from pipeline.runs import CONFIG_NAME, PROVENANCE_NAME
from pipeline.settings import Settings, read_settings

__all__ = ["Detector", "PathName", "load_run"]

PathName = str | os.PathLike[str]


class Detector:
    """A detector of one class, as a run folder holds it; made by ``fit`` and ``load_run``.

    Args:
        run_path: a run whose model is trained and whole.
        notes: what was told when it was made.
        progress: whether calls print progress on standard error.
    """

    def __init__(self, run_path: Path, *, notes: Sequence[str] = (), progress: bool = False) -> None:
        self.run_path = run_path
        self.notes = tuple(notes)
        self.progress = progress

    @cached_property
    def settings(self) -> Settings:
        """The numbers of the run."""
        return read_settings(self.run_path / CONFIG_NAME)

    @property
    def target(self) -> str:
        """The class that is normal."""
        return self.settings.target

    @property
    def preset(self) -> str:
        """The page that the run started from."""
        return self.settings.preset

    @property
    def alpha(self) -> float:
        """The false-alarm rate at which sounds are flagged."""
        return self.settings.evaluation.alpha

    @cached_property
    def n_clips(self) -> int:
        """How many clips the model learned from."""
        return len(read_fitted_rows(self.run_path))

    @cached_property
    def created(self) -> str:
        """When the run was made, ISO 8601."""
        return str(read_sealed_json(self.run_path / PROVENANCE_NAME)["created"])

    @property
    def threshold(self) -> float:
        """The score above which a sound is flagged; infinite where too few clips calibrate for any flag."""
        calibration = np.unique(self._model.calibration)
        p_values = self._model.p_values(np.append(calibration, np.inf))
        if p_values[-1] > self.alpha:
            return np.inf
        kept = calibration[p_values[:-1] > self.alpha]
        return float(kept.max()) if len(kept) else -np.inf

    @cached_property
    def _model(self) -> TrainedModel:
        with calling(progress=self.progress):
            model = read_model(self.run_path)
        if refusal := model.refused_flags(self.alpha):
            warnings.warn(refusal, stacklevel=2)
        return model

    def score(self, waveform: Any, sample_rate: int) -> Score:
        """Return how strange a sound is.

        Args:
            waveform: [n_samples], or [n_channels, n_samples]; floats, or integers of 16 or 32 bits.
            sample_rate: Hz.

        Raises:
            PipelineError: it is no waveform, or it cannot be used.
        """
        return score_of(self._usable(self._lines([waveform], sample_rate))[0])

    def score_samples(self, waveforms: Iterable[Any], sample_rate: int) -> np.ndarray:
        """Return the scores of sounds, higher for stranger ones: float64 [N].

        Args:
            waveforms: see ``score``.
            sample_rate: of all, Hz.

        Raises:
            PipelineError: one is no waveform, or cannot be used.
        """
        lines = self._usable(self._lines(list(waveforms), sample_rate))
        return np.array([line["score"] for line in lines], np.float64)

    def score_files(self, paths: PathName | Iterable[PathName]) -> Any:
        """Return a table of Arrow, one row a file, in the order given; ``to_pandas()`` gives one of pandas.

        Args:
            paths: audio files, or folders of them. A file that cannot be used has nulls, and a tag says why.

        Raises:
            PipelineError: a path does not exist, or a folder holds no audio file.
        """
        chosen = [paths] if isinstance(paths, str | os.PathLike) else paths
        return table_of(self._judge([Path(path) for path in chosen]))

    def explain(self, sound: Any, sample_rate: int | None = None) -> Explanation:
        """Return why a sound is strange, what its score is the sum of, and what is wrong with the recording.

        The reason is that of ``audio-anomaly score --explain`` and of the report. It costs a second or more,
        as the sound is compared with the clips of the run; for the preset ``sounds`` these are heard again.

        Args:
            sound: the path of a file, or a waveform.
            sample_rate: of a waveform, Hz.

        Raises:
            PipelineError: it cannot be used.
        """
        if isinstance(sound, str | os.PathLike):
            lines = self._judge([Path(sound)], is_explained=True)
        else:
            lines = self._lines([sound], sample_rate, is_explained=True)
        if len(lines) != 1:
            raise PipelineError(f"{sound} holds {len(lines)} files, and one is explained at a time")
        line = self._usable(lines)[0]
        return explanation_of(line)

    def save(self, path: PathName) -> "Detector":
        """Copy the run folder, check the copy file by file, and return its detector.

        Args:
            path: where nothing stands yet.

        Raises:
            PipelineError: something stands there, or the disk is full.
            ArtefactError: a file of the run, or of the copy, is damaged.
        """
        aim = Path(path)
        if aim.exists():
            raise PipelineError(f"{aim} is there already; name a path where nothing stands")
        with calling(progress=self.progress):
            copy_run(self.run_path, aim)
        return Detector(aim, notes=self.notes, progress=self.progress)

    def __repr__(self) -> str:
        return (
            f"Detector(target={self.target!r}, preset={self.preset!r}, n_clips={self.n_clips}, "
            f"created={self.created!r}, run_path={str(self.run_path)!r})"
        )

    def __getstate__(self) -> dict[str, Any]:
        """Return the content of the run folder: what is unpickled needs no other file."""
        files = {name: path.read_bytes() for name, path in files_of(self.run_path).items()}
        return {"files": files, "notes": self.notes, "progress": self.progress}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Write the run folder to a temporary one, which goes with this detector."""
        folder = kept_with(self)
        for name, content in state["files"].items():
            path = folder / "run" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        self.run_path, self.notes, self.progress = folder / "run", state["notes"], state["progress"]

    def _judge(self, paths: Sequence[Path], *, is_explained: bool = False) -> list[dict[str, Any]]:
        model = self._model
        with calling(progress=self.progress):
            return list(score_paths(self.run_path, paths, model=model, is_explained=is_explained))

    def _lines(
        self, waveforms: Sequence[Any], sample_rate: Any, *, is_explained: bool = False
    ) -> list[dict[str, Any]]:
        with tempfile.TemporaryDirectory(prefix="audio-anomaly-") as folder:
            paths = [Path(folder) / f"waveform {number}.wav" for number in range(len(waveforms))]
            for path, waveform in zip(paths, waveforms, strict=True):
                write_waveform(path, waveform, sample_rate, name=path.stem)
            return self._judge(paths, is_explained=is_explained)

    @staticmethod
    def _usable(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for line in lines:
            if line["score"] is None:
                raise PipelineError(f"{Path(line['path']).stem} cannot be scored: {', '.join(line['tags'])}")
        return lines


def load_run(path: PathName, *, progress: bool = False) -> Detector:
    """Return the detector of a run folder, whoever made it.

    Args:
        path: of a run whose model is trained, or its URL in a store.
        progress: whether its calls print progress on standard error.

    Raises:
        PipelineError: no run stands there.
        ArtefactError: it is damaged, or of another version.
    """
    with calling(progress=progress), run_here(path) as place:
        check_run(place)
    return Detector(place, progress=progress)
