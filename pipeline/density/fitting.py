"""How well does one flow describe rows that it has not seen?

Fits a flow to the training rows, stops by the validation rows, and scores every row once, at the end. On
the way a fixed sample of the test rows is followed, which decides nothing. All values are mean
log-likelihoods in nats of a z-scored row. A value within an epoch is taken with the statistics of
batch normalisation frozen over a fixed sample of the training rows, all others over every one.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pipeline.density.preprocessing import PreparedRows
from pipeline.density.settings import DensitySettings
from pipeline.detection import fit_options
from pipeline.errors import ConfigurationError, PipelineError
from pipeline.processes import import_tensorflow

if TYPE_CHECKING:
    from models.flows import Epoch, Steps

__all__ = ["FittedFlow", "MeanNats", "Moment", "fit_flow"]


@dataclass(frozen=True)
class MeanNats:
    """A mean log-likelihood of rows.

    Attributes:
        value: nats; minus infinity where a row is impossible under the model.
        error: 2 standard errors in nats, of the rows that are possible.
        n_impossible: rows without a finite log-likelihood.
    """

    value: float
    error: float
    n_impossible: int

    @classmethod
    def of(cls, log_prob: np.ndarray) -> "MeanNats":
        """Return the mean of ``log_prob`` [N] in nats."""
        finite = log_prob[np.isfinite(log_prob)].astype(np.float64)
        n_impossible = len(log_prob) - len(finite)
        error = 2.0 * float(np.std(finite, ddof=1)) / len(finite) ** 0.5 if len(finite) > 1 else 0.0
        return cls(-np.inf if n_impossible else float(finite.mean()), error, n_impossible)

    def __str__(self) -> str:
        if self.n_impossible:
            return f"-inf ({self.n_impossible:,} rows impossible)"
        return f"{self.value:.3f} +- {self.error:.3f}"


@dataclass(frozen=True)
class Moment:
    """What was known within an epoch, after ``step`` batches of it, or at its end; values in nats."""

    epoch: int
    step: int
    batch: float
    test: float
    validation: float | None = None
    is_best: bool = False
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class FittedFlow:
    """One fitted flow and what it is worth.

    Attributes:
        test: over every test row.
        validation: over every validation row, of the weights that were kept.
        log_prob: of each drawn row, nats: of train, of validation, of test, float32 [n].
        moments: in the order of time.
        arrays: of the flow, for ``models.flows.flow.Flow.from_arrays``.
        seconds: that fitting and scoring took.
        peak_mb: the most memory that the process has held by then; None where the system does not tell.
    """

    test: MeanNats
    validation: MeanNats
    log_prob: np.ndarray = field(repr=False)
    moments: tuple[Moment, ...] = field(repr=False)
    arrays: dict[str, np.ndarray] = field(repr=False)
    seconds: float
    peak_mb: float | None = None

    @property
    def epochs(self) -> tuple[Moment, ...]:
        """The moments at the end of an epoch."""
        return tuple(moment for moment in self.moments if moment.validation is not None)


def fit_flow(rows: PreparedRows, settings: DensitySettings, say: Callable[[str], None]) -> FittedFlow:
    """Fit one flow and score the test rows.

    Args:
        rows: of the table.
        settings: the numbers.
        say: told a line of progress every ``training.report_every`` batches, and one at each epoch's end.

    Raises:
        ConfigurationError: a flow cannot be built from these numbers.
        PipelineError: training diverged.
    """
    import_tensorflow()
    from models.flows import Flow, FlowArchitecture, TrainingDiverged, evaluate

    started = time.monotonic()
    training = settings.training
    options = fit_options(settings.training, settings.seed)
    try:
        flow = Flow(len(rows.columns), FlowArchitecture(**settings.flow.model_dump()), seed=settings.seed)
    except ValueError as error:
        raise ConfigurationError(str(error)) from error
    followed = _sample(rows.test, training.n_followed)
    known = _sample(rows.train, training.n_followed)
    n_steps = len(rows.train) // min(training.batch_size, len(rows.train))
    moments: list[Moment] = []

    def on_steps(steps: "Steps") -> None:
        flow.freeze(known)
        test = float(np.mean(evaluate(flow.compiled_log_prob, followed)))
        moments.append(Moment(steps.epoch, steps.step, steps.batch, test))
        say(
            f"epoch {steps.epoch}, batch {steps.step:,} of {n_steps:,}: "
            f"batch average {steps.batch:.3f}, test {test:.3f} nats"
        )

    def on_epoch(epoch: "Epoch") -> None:
        moment = Moment(
            epoch.number,
            n_steps,
            epoch.batch,
            epoch.monitored["test"],
            validation=epoch.validation,
            is_best=epoch.is_best,
            message=epoch.message,
        )
        moments.append(moment)
        best = ", the best so far" if epoch.is_best else ""
        say(
            f"epoch {epoch.number} ended: batch average {epoch.batch:.3f}, test {moment.test:.3f}, "
            f"validation {epoch.validation:.3f} nats{best}"
        )
        if epoch.message:
            say(f"epoch {epoch.number}: {epoch.message}")

    flow.prepare(rows.train)
    try:
        flow.fit(
            [rows.train],
            rows.validation,
            options,
            monitored={"test": followed},
            on_epoch=on_epoch,
            report_every=training.report_every,
            on_steps=on_steps,
        )
    except TrainingDiverged as error:
        raise PipelineError(str(error)) from error
    parts = (rows.train, rows.validation, rows.test)
    train, validation, test = (evaluate(flow.compiled_log_prob, part) for part in parts)
    return FittedFlow(
        test=MeanNats.of(test),
        validation=MeanNats.of(validation),
        log_prob=np.concatenate([train, validation, test]),
        moments=tuple(moments),
        arrays=flow.arrays(),
        seconds=time.monotonic() - started,
        peak_mb=_peak_mb(),
    )


def _sample(rows: np.ndarray, n: int) -> np.ndarray:
    """Return the first ``n`` rows: they stand in random order already."""
    return rows[:n]


def _peak_mb() -> float | None:
    """Return the most memory that this process has held, in MB."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6)
