"""How is a detector fitted while somebody waits for it?

One step of the progress is one epoch of one of the detector's flows, so it ends early where training
stops early. What happened on the way (a step taken back, say) is told as it happens.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pipeline.detection.checkpoints import Checkpoints
from pipeline.detection.making import fit_options
from pipeline.errors import PipelineError
from pipeline.processes import import_tensorflow
from pipeline.settings import Settings
from pipeline.terminal import Progress, say

if TYPE_CHECKING:
    from models.detector import Detector
    from models.flows import Epoch

__all__ = ["fit_with_progress"]


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
    checkpoints: Checkpoints | None = None,
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
        checkpoints: where the fits are kept while they last.

    Raises:
        PipelineError: training diverged.
    """
    import_tensorflow()
    from models.flows import TrainingDiverged

    n_epochs = detector.n_flows * settings.training.max_epochs
    options = fit_options(settings.training, settings.seed)
    if checkpoints is not None:
        options = replace(options, next_checkpoint=checkpoints.next)
        if checkpoints.n_found:
            number = "1 fit was" if checkpoints.n_found == 1 else f"{checkpoints.n_found} fits were"
            say(f"{number} kept from a call that did not end, done or under way")
    with Progress(title, n_epochs, "epochs at most") as progress:

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
