"""How is a detector fitted while somebody waits for it, and kept while that lasts?

One step of the progress is one epoch of one of the detector's flows, so it ends early where training
stops early. What happened on the way (a step taken back, say) is told as it happens. Each fit of a training
stage has a file of its own, numbered in the order in which fits begin, which is the same each time: one that
was killed goes on from it, and one that ended is read and not done again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.detection.making import fit_options
from pipeline.errors import ArtefactError, PipelineError
from pipeline.files import read_arrays, write_arrays
from pipeline.processes import import_tensorflow
from pipeline.settings import Settings
from pipeline.terminal import Progress, say

if TYPE_CHECKING:
    from models.detector import Detector
    from models.flows import Epoch

__all__ = ["Checkpoints", "fit_with_progress"]


@dataclass(frozen=True)
class _FitFile:
    """One fit's file; as ``models.flows.fitting`` asks for it."""

    path: Path

    def load(self) -> Mapping[str, np.ndarray] | None:
        try:
            return read_arrays(self.path) if self.path.exists() else None
        except ArtefactError:  # a power cut: the fit begins anew
            return None

    def save(self, arrays: Mapping[str, np.ndarray]) -> None:
        write_arrays(self.path, arrays)


class Checkpoints:
    """The files of a stage's fits.

    Args:
        folder: where they are; those that an earlier stage with the same inputs left there are used.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._n_begun = 0
        self.n_found = len(list(folder.glob("fit-*.npz")))

    def next(self) -> _FitFile:
        """Return the file of the fit that begins now."""
        self._n_begun += 1
        return _FitFile(self._folder / f"fit-{self._n_begun:04d}.npz")


def fit_with_progress(
    detector: "Detector",
    train: np.ndarray,
    validation: np.ndarray,
    settings: Settings,
    *,
    title: str,
    tell: Callable[[str], None],
    monitored: Mapping[str, np.ndarray] | None = None,
    auxiliary: np.ndarray | None = None,
    names_epochs: bool = False,
    kept: Path | None = None,
) -> list["Epoch"]:
    """Fit a detector with a progress bar, and return its history.

    Args:
        detector: unfitted.
        train: features of the clips to learn from [N, ...].
        validation: features of the clips that stop the training [K, ...].
        settings: of the run.
        title: what the progress shows.
        tell: told a sentence for each epoch in which something happened, in which it names the epoch.
        monitored: features that are followed each epoch and decide nothing, by name.
        auxiliary: features of training clips of other words, for a background model.
        names_epochs: whether the progress says which epoch of which flow has ended.
        kept: where the fits are kept while they last.

    Raises:
        PipelineError: training diverged.
    """
    import_tensorflow()
    from models.flows import TrainingDiverged

    n_epochs = detector.n_flows * settings.training.max_epochs
    options = fit_options(settings.training, settings.seed)
    if kept is not None:
        checkpoints = Checkpoints(kept)
        options = replace(options, next_checkpoint=checkpoints.next)
        if checkpoints.n_found:
            number = "1 fit was" if checkpoints.n_found == 1 else f"{checkpoints.n_found} fits were"
            say(f"{number} kept from a call that did not end, done or under way")
    with Progress(title, n_epochs, "epochs at most", first="compiling") as progress:

        def on_epoch(epoch: "Epoch") -> None:
            part = f"{epoch.part} " if epoch.part else ""
            name = f"{part}epoch {epoch.number}, " if names_epochs else ""
            progress.advance(1, f"{name}log-likelihood {epoch.validation:.1f} nats on validation")
            if epoch.message:
                tell(f"epoch {epoch.number}: {epoch.message}")

        try:
            return detector.fit(
                train, validation, options, monitored=monitored or {}, on_epoch=on_epoch, auxiliary=auxiliary
            )
        except TrainingDiverged as error:
            raise PipelineError(str(error)) from error
