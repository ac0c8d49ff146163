"""How is a density model fitted so that it neither overfits nor ends in NaN, and the same each time?

Steps on the negative mean log-likelihood, compiled, the global gradient norm clipped. After
each epoch the validation value decides: the best weights are kept, and training stops after
``patience`` epochs without a better one. A non-finite step goes back to the last good state at half
the step size, and says so. Test clips may be followed, and decide nothing. Where a checkpoint is given,
a fit that was killed goes on from it and ends in the same weights.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf

from models.flows.fitting.options import FitOptions
from models.flows.fitting.progress import Epoch, FitProgress, Keeper
from models.flows.fitting.scoring import Objective, evaluate
from models.flows.fitting.sources import StreamedRows
from models.flows.fitting.steps import OptimiserSteps
from models.flows.fitting.workers import Workers

__all__ = ["CompiledSteps", "Steps", "TrainingDiverged", "fit"]

CompiledSteps = dict[str, OptimiserSteps]

MAX_RECOVERIES = 5


class TrainingDiverged(ArithmeticError):
    """The loss kept being non-finite, however small the step."""


@dataclass(frozen=True, kw_only=True)
class Steps:
    """What is known within an epoch: steps done in it, and the mean log-likelihood (nats) since then."""

    epoch: int
    step: int
    batch: float


def fit(
    module: tf.Module,
    log_prob: Objective,
    train: Sequence[np.ndarray | StreamedRows],
    validation: np.ndarray,
    options: FitOptions,
    *,
    monitored: Mapping[str, np.ndarray] | None = None,
    before_scoring: Callable[[], None] = lambda: None,
    objective: Objective | None = None,
    on_epoch: Callable[[Epoch], object] = lambda epoch: None,
    report_every: int = 0,
    on_steps: Callable[[Steps], None] = lambda steps: None,
    compiled: CompiledSteps | None = None,
) -> list[Epoch]:
    """Fit the trainable variables of ``module`` and leave the best ones in it.

    Args:
        module: holds the variables, all of which must exist already.
        log_prob: rows [B, ...] to nats [B], best compiled already; its mean is maximised.
        train: one or more versions of the same rows, each [N, ...]; epoch e uses version e mod their
            number, which is how augmented copies come in.
        validation: rows [M, ...] that decide when to stop.
        options: the numbers.
        monitored: named rows that are only followed.
        before_scoring: called before each evaluation (to freeze statistics).
        objective: what training maximises, where it differs from ``log_prob`` (batch statistics).
        on_epoch: told of each epoch as it ends; True ends the fit.
        report_every: steps after which ``on_steps`` is told, within an epoch; 0 for never.
        on_steps: told of them. It may evaluate ``log_prob`` of its own rows, which changes nothing.
        compiled: steps of earlier fits of the same module and objective, used again where they fit; what
            is compiled here joins them.

    Returns:
        One ``Epoch`` for each epoch.

    Raises:
        ValueError: the module has no trainable variables, or there are no rows.
        TrainingDiverged: the loss stayed non-finite.
    """
    variables = list(module.trainable_variables)
    if not variables or not len(validation) or not len(train[0]):
        raise ValueError(
            f"cannot fit {len(variables)} variables on {len(train[0])} rows, "
            f"with {len(validation)} validation rows"
        )
    # XLA compiles a step that calls another tf.function anew at every call: it gets a trace of its own.
    maximised: Objective = getattr(log_prob, "python_function", log_prob) if objective is None else objective

    dtype = variables[0].dtype.as_numpy_dtype
    accumulate, workers = options.accumulate, Workers(options.strategy)
    batch_size = workers.rows_of_a_step(len(train[0]), options.batch_size, accumulate)
    workers.check_same(train[0].first if isinstance(train[0], StreamedRows) else train[0])
    asked: dict[str, Any] = {
        name: getattr(options, name) for name in ("learning_rate", "clip_norm", "optimizer", "ema")
    }
    own_rate = asked["learning_rate"] if callable(asked["learning_rate"]) else "set at the start"
    key = repr(
        (batch_size, train[0].shape[1:], {**asked, "learning_rate": own_rate}, accumulate, options.strategy)
    )
    steps = (compiled or {}).get(key)
    if steps is None:
        steps = OptimiserSteps(
            maximised,
            variables,
            **asked,
            accumulate=accumulate,
            row_shape=train[0].shape[1:],
            batch_size=batch_size,
            workers=workers,
        )
    else:
        steps.restart(options.learning_rate)
    if compiled is not None:
        compiled[key] = steps
    generator = np.random.default_rng(options.seed)
    state = [*variables, *steps.variables]
    own = list(module.variables)
    held = [*own, *steps.variables]
    checkpoint = options.next_checkpoint() if options.next_checkpoint else None
    if workers.number:
        checkpoint = None  # the first process keeps the fit of all
    keeper = Keeper(checkpoint, 2.5 * sum(variable.dtype.size * np.prod(variable.shape) for variable in held))
    at = keeper.load([tuple(variable.shape) for variable in held], len(own))
    at = workers.progress_of_first(at, held)
    is_stopped = False
    if at is None:
        at = FitProgress(values=[], good=_values(state), best=_values(variables))
    else:
        _assign(held[: len(at.values)], at.values)
        generator.bit_generator.state = at.random_state
        at.good = at.good or _values(state)
        told = [on_epoch(epoch) for epoch in at.history]
        is_stopped = workers.any(told[-1:] == [True])  # or one would end while the others go on
        if at.is_done:
            before_scoring()
            return at.history

    def mean_of(x: np.ndarray) -> float:
        return float(np.mean(evaluate(log_prob, x, dtype=dtype)))

    def progress(losses: list[float]) -> FitProgress:
        return replace(at, values=_values(held), losses=losses)

    while len(at.history) < options.max_epochs and not (
        is_stopped or (options.patience and at.stale >= options.patience)
    ):
        rows = train[len(at.history) % len(train)]
        at.random_state = generator.bit_generator.state

        def report(losses: list[float], epoch: int = len(at.history) + 1) -> None:
            mean = -float(np.mean(losses[-report_every:]))
            on_steps(Steps(epoch=epoch, step=len(losses), batch=mean))

        losses = steps.run_epoch(
            rows,
            generator,
            report,
            report_every,
            before=at.losses,
            after_call=lambda losses: keeper.save(lambda: progress(losses)) if keeper.is_due() else None,
        )
        message = ""
        if not np.all(np.isfinite(losses)) or not _finite(variables):
            at.recoveries += 1
            if at.recoveries > MAX_RECOVERIES:
                raise TrainingDiverged(
                    f"the loss was non-finite {at.recoveries} times, at last with learning rate "
                    f"{steps.learning_rate:.1e}; lower training.learning_rate"
                )
            _assign(state, at.good)
            steps.slow_down()
            finite = losses[np.isfinite(losses)]
            message = (
                f"non-finite loss after {len(finite)} of {len(losses)} steps: "
                f"went back to the last good state, learning rate now {steps.learning_rate:.1e}"
            )
        at.good = _values(state)
        with steps.averaged():
            before_scoring()
            value = workers.value_of_first(mean_of(validation))
            is_best = bool(np.isfinite(value) and value > at.best_value)
            if is_best:
                at.best_value, at.best, at.stale = value, _values(variables), 0
            else:
                at.stale += 1
            batch_value = -float(np.mean(losses)) if np.all(np.isfinite(losses)) else float("nan")
            at.history.append(
                Epoch(
                    number=len(at.history) + 1,
                    batch=batch_value,
                    validation=value,
                    is_best=is_best,
                    monitored={name: mean_of(x) for name, x in (monitored or {}).items()},
                    message=message,
                )
            )
            is_stopped = workers.any(on_epoch(at.history[-1]) is True)
        at.losses, at.random_state = [], generator.bit_generator.state
        if keeper.is_due():
            keeper.save(lambda: progress([]))
    if not np.isfinite(at.best_value):
        raise TrainingDiverged(
            f"the validation log-likelihood was finite in 0 of {len(at.history)} epochs; "
            "look for features that are not finite, or lower training.learning_rate"
        )
    if options.patience:
        _assign(variables, at.best)
    elif options.ema:
        with steps.averaged():
            averages = _values(variables)
        _assign(variables, averages)
    before_scoring()
    keeper.save(lambda: replace(at, values=_values(own), best=[], is_done=True))
    workers.any(False)  # none returns before the fit is kept
    return at.history


def _values(variables: Sequence[tf.Variable]) -> list[np.ndarray]:
    return [variable.numpy() for variable in variables]


def _assign(variables: Sequence[tf.Variable], values: Sequence[np.ndarray]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _finite(variables: Sequence[tf.Variable]) -> bool:
    return all(bool(np.all(np.isfinite(variable.numpy()))) for variable in variables)
