"""How do many flows of one shape cost one compilation?

Tracing and compiling a small flow takes longer than fitting it. The flows of a detector's views, and those
of all detectors that one process fits or reads, differ in their weights alone: one compiled flow serves all
of a shape, in turns, and is given the weights of whose turn it is. It keeps nothing between turns that
another turn could see: weights and Adam's moments are set first, each time.
Conventions: rows are [N, K + 1], K features and what is already known of a row's log-density; nats.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from threading import RLock
from weakref import WeakKeyDictionary

import numpy as np
import tensorflow as tf

from models.flows.architecture import FlowArchitecture
from models.flows.attribution import compiled_slopes, mean_slopes
from models.flows.fitting import CompiledSteps, Epoch, FitOptions, evaluate, fit
from models.flows.flow import Flow

__all__ = ["SharedDensity", "shared_density"]

_TURN = RLock()
_VARIABLES: WeakKeyDictionary[Flow, tuple[tf.Variable, ...]] = WeakKeyDictionary()


class SharedDensity(tf.Module):
    """The compiled log-density of rows, its slopes and its fit, for every flow of one shape.

    Args:
        n_features: K.
        architecture: of the flows.
    """

    def __init__(self, n_features: int, architecture: FlowArchitecture) -> None:
        super().__init__(name="shared_density")
        self.flow = Flow(n_features, architecture)
        self._steps: CompiledSteps = {}
        self._slopes = compiled_slopes(self.flow.log_prob)
        self._is_taken = False

    def score(self, flow: Flow, rows: np.ndarray) -> np.ndarray:
        """Return the log-density of each row under ``flow``: float32 [N].

        Raises:
            RuntimeError: called by ``on_epoch`` of a fit, whose weights it would overwrite.
        """
        with self._turn(flow):
            return evaluate(self._log_prob, rows)

    def mean_slopes(self, flow: Flow, x: np.ndarray, origin: np.ndarray) -> np.ndarray:
        """Return the mean gradient of the log-density under ``flow`` of features: float64 [N, K].

        Args:
            flow: whose turn it is.
            x: features [N, K].
            origin: where the way to each begins [K], see ``models.attribution``.

        Raises:
            RuntimeError: as ``score``.
        """
        with self._turn(flow):
            return mean_slopes(self._slopes, x, origin)

    def fit(
        self,
        flow: Flow,
        train: Sequence[np.ndarray],
        validation: np.ndarray,
        options: FitOptions,
        *,
        monitored: Mapping[str, np.ndarray],
        on_epoch: Callable[[Epoch], None],
    ) -> list[Epoch]:
        """Fit ``flow`` from the weights that it has; see ``models.flows.fitting.training.fit``."""
        with self._turn(flow):
            history = fit(
                self,
                self._log_prob,
                train,
                validation,
                options,
                monitored=monitored,
                on_epoch=on_epoch,
                compiled=self._steps,
            )
            _copy(self.flow, flow)
        return history

    @contextmanager
    def _turn(self, flow: Flow) -> Iterator[None]:
        with _TURN:
            if self._is_taken:
                raise RuntimeError("a flow of this shape is being fitted: score after the fit")
            self._is_taken = True
            try:
                _copy(flow, self.flow)
                yield
            finally:
                self._is_taken = False

    @tf.function(autograph=False, jit_compile=True)
    def _log_prob(self, rows: tf.Tensor) -> tf.Tensor:
        return self.flow.log_prob(rows[:, :-1]) + rows[:, -1]


@lru_cache(maxsize=8)
def shared_density(n_features: int, architecture: FlowArchitecture) -> SharedDensity:
    """Return the one density of a shape in this process."""
    return SharedDensity(n_features, architecture)


def _copy(source: Flow, target: Flow) -> None:
    for old, new in zip(_variables_of(target), _variables_of(source), strict=True):
        old.assign(new)


def _variables_of(flow: Flow) -> tuple[tf.Variable, ...]:
    """Return ``flow.variables``, which never change: finding them costs more than copying them."""
    if flow not in _VARIABLES:
        _VARIABLES[flow] = flow.variables
    return _VARIABLES[flow]
