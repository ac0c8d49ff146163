"""What does a flow take in a fit, and how are rows, conditions and options handed on to it?

Conventions: rows x [N, D] with labels [N] and contexts [N, C], or one of each for all; or a
``tf.data.Dataset`` of batches x [B, D], or of dictionaries with ``x``, ``label`` and ``context``.
"""

import hashlib
import os
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from models.flows.fitting import (
    CompiledSteps,
    Epoch,
    FileCheckpoint,
    FitOptions,
    Steps,
    StreamedRows,
    fit,
    with_numbers,
)
from models.flows.joined_rows import of_joined, rows_to_fit
from models.flows.storage import StoredFlow

__all__ = ["FittedFlow"]

Callback = Callable[[Epoch], object]


class FittedFlow(StoredFlow):
    """A flow that can be fitted; its size, record, seed and dtype are those of ``StoredFlow``."""

    @abstractmethod
    def log_prob(self, x: Any, context: Any = None, label: Any = None) -> tf.Tensor:
        """Return the log-density of rows in nats."""

    @abstractmethod
    def prepare(self, x: np.ndarray, context: Any = None, label: Any = None) -> None:
        """Set what comes from the training rows before any step."""

    @abstractmethod
    def training_log_prob(self, x: tf.Tensor, context: Any = None, label: Any = None) -> tf.Tensor:
        """Return what training maximises, of each row."""

    @abstractmethod
    def validation_log_prob(self, x: tf.Tensor, context: Any = None, label: Any = None) -> tf.Tensor:
        """Return what validation takes the mean of, of each row."""

    @abstractmethod
    def freeze(self, x: np.ndarray) -> None:
        """Set what comes from the training rows before they are scored."""

    def fit(
        self,
        x: np.ndarray | Sequence[np.ndarray] | tf.data.Dataset,
        validation: np.ndarray | None = None,
        options: FitOptions | None = None,
        *,
        context: Any = None,
        label: Any = None,
        validation_context: Any = None,
        validation_label: Any = None,
        validation_share: float = 0.1,
        checkpoint: str | os.PathLike[str] | None = None,
        callbacks: Sequence[Callback] = (),
        monitored: Mapping[str, np.ndarray] | None = None,
        on_epoch: Callback = lambda epoch: None,
        report_every: int = 0,
        on_steps: Callable[[Steps], None] = lambda steps: None,
        compiled: CompiledSteps | None = None,
        **numbers: Any,
    ) -> list[Epoch]:
        """Fit to rows, given their conditions where the flow takes any; see ``models.flows.fitting``.

        The first fit prepares the flow; another goes on from the weights that it left, with a new optimiser.

        Args:
            x: rows [N, D], or several versions of the same rows, or a data set (see the module): it is read
                once before the fit and once an epoch, and is shuffled here.
            validation: rows [M, D] that decide when to stop; by default a share of the rows, drawn by
                ``options.seed`` (of a data set, each so-many-th row).
            options: numbers of the fit.
            context: [N, C], or [C] for every row.
            label: [N], or one for every row.
            validation_context: of the validation rows, as ``context``.
            validation_label: of the validation rows, as ``label``.
            validation_share: of the rows, where none are given.
            checkpoint: a file that keeps the fit while it lasts: the same call, made again after it was
                killed, goes on and ends in the same weights. Remove it before another fit.
            callbacks: each is told of each epoch; one that returns True ends the fit.
            monitored: see ``models.flows.fitting.fit``, as for the three below.
            on_epoch: told of each epoch.
            report_every: steps after which ``on_steps`` is told.
            on_steps: told within an epoch.
            compiled: steps of earlier fits of this flow, used again where they are the same.
            **numbers: options by name, in place of those in ``options``: ``learning_rate=1e-4``.

        Returns:
            One ``Epoch`` for each epoch.

        Raises:
            TypeError: an unknown option.
            ValueError: shapes, labels, options or the share do not go with the flow or the rows, or the
                checkpoint is damaged or of another fit.
            TrainingDiverged: the loss stayed non-finite.
        """
        options = with_numbers(options, numbers)
        train, held = rows_to_fit(
            self,
            x,
            validation,
            (context, label),
            (validation_context, validation_label),
            share=validation_share,
            seed=options.seed,
        )
        first = train[0].first if isinstance(train[0], StreamedRows) else train[0]
        if checkpoint is not None:
            kept = FileCheckpoint(Path(checkpoint), self._asked(options, [*train, held]))
            options = replace(options, next_checkpoint=lambda: kept)
        if not self.is_prepared:
            of_joined(self, self.prepare)(first)

        def tell(epoch: Epoch) -> bool:
            stops = [call(epoch) is True for call in (on_epoch, *callbacks)]  # each is told
            return any(stops)

        return fit(
            self,
            self._validated(),
            train,
            held,
            options,
            monitored=monitored,
            objective=of_joined(self, self.training_log_prob),
            before_scoring=lambda: self.freeze(first),
            on_epoch=tell,
            report_every=report_every,
            on_steps=on_steps,
            compiled=compiled,
        )

    def _validated(self) -> Callable[[tf.Tensor], tf.Tensor]:
        """Return what validation takes the mean of, compiled, of joined rows; the same at each call."""
        if not hasattr(self, "_joined_score"):
            joined = of_joined(self, self.validation_log_prob)
            self._joined_score = tf.function(joined, autograph=False, jit_compile=True)
        return self._joined_score

    def _asked(self, options: FitOptions, rows: Sequence[np.ndarray | StreamedRows]) -> dict[str, str]:
        """Return what a fit to these rows is, in words that two calls of the same program share."""
        digest = hashlib.sha256()
        for some in rows:
            shown = np.concatenate([some.first, some.held_out]) if isinstance(some, StreamedRows) else some
            digest.update(repr(some.shape).encode())
            digest.update(np.ascontiguousarray(shown).tobytes())
        without_effect = ("next_checkpoint", "strategy")
        words = {name: _word(value) for name, value in vars(options).items() if name not in without_effect}
        return {
            "flow": f"{self.event_size} features, seed {self.seed}, {self.dtype.name}, {self.architecture}",
            **words,
            "rows": digest.hexdigest()[:16],
        }


def _word(value: Any) -> str:
    """Return a text of an option; a function's is its name, for its place in memory changes."""
    if hasattr(value, "get_config"):
        return f"{type(value).__name__} {value.get_config()}"
    return str(getattr(value, "__qualname__", repr(value)))
