"""What do several flows of one architecture say of a row together, and how far are they apart?

Their mean is a density again, a mixture of equal parts. Where rows were seen the members agree; where none
were, each has its own opinion, and the spread of the log-densities says so.
Conventions: rows [..., D]; nats; members come first, [M, ...].
Source: Lakshminarayanan et al. 2017, "Simple and Scalable Predictive Uncertainty Estimation using Deep
Ensembles", section 2.4.
"""

import math
import os
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np
import tensorflow as tf

from models.flows import Epoch, FitOptions, Flow, FlowArchitecture, read_archive, with_numbers, write_archive

__all__ = ["FlowEnsemble"]

OPTIONS = {field.name for field in fields(FitOptions)}
Own = TypeVar("Own", bound="FlowEnsemble")


class FlowEnsemble(tf.Module):
    """Flows that differ in their seed alone.

    Args:
        event_size: features of a vector, D.
        architecture: of each flow.
        n_members: M.
        seed: of the first; the others follow it.
        dtype: float32 or float64.

    Attributes:
        members: the flows.

    Raises:
        ValueError: fewer than 2 members.
    """

    def __init__(
        self,
        event_size: int,
        architecture: FlowArchitecture,
        *,
        n_members: int = 5,
        seed: int = 0,
        dtype: tf.DType = tf.float32,
    ) -> None:
        super().__init__(name="flow_ensemble")
        if n_members < 2:
            raise ValueError(f"n_members={n_members} must be at least 2: one flow has no spread")
        self.members = [Flow(event_size, architecture, seed=seed + i, dtype=dtype) for i in range(n_members)]

    def fit(
        self, x: Any, validation: Any = None, options: FitOptions | None = None, **arguments: Any
    ) -> list[list[Epoch]]:
        """Fit each member, one after the other, with a seed of its own; compiled once for all.

        Where no validation rows are given, each member holds out others.

        Args:
            x: rows, see ``Flow.fit``.
            validation: rows that decide when to stop.
            options: numbers of each fit.
            **arguments: of ``Flow.fit``, but for a checkpoint.

        Returns:
            The epochs of each member.

        Raises:
            ValueError, TypeError: see ``Flow.fit``; a checkpoint.
        """
        if "checkpoint" in arguments:
            raise ValueError("an ensemble keeps no checkpoint; fit its members one by one")
        numbers = {name: arguments.pop(name) for name in list(arguments) if name in OPTIONS}
        options = with_numbers(options, numbers)
        first = self.members[0]
        worker = Flow(first.event_size, first.architecture, dtype=first.dtype)
        compiled: dict[str, Any] = {}
        histories = []
        for number, member in enumerate(self.members):
            _copy(member, worker)
            own = replace(options, seed=options.seed + number)
            histories.append(worker.fit(x, validation, own, compiled=compiled, **arguments))
            _copy(worker, member)
        return histories

    def log_probs(self, x: Any, context: Any = None, label: Any = None) -> tf.Tensor:
        """Return the log-density of ``x`` [..., D] under each member, nats [M, ...]."""
        return tf.stack([member.log_prob(x, context, label) for member in self.members])

    def log_prob(self, x: Any, context: Any = None, label: Any = None) -> tf.Tensor:
        """Return the log-density of ``x`` [..., D] under the members' mean, nats [...]."""
        found = self.log_probs(x, context, label)
        return tf.reduce_logsumexp(found, axis=0) - math.log(len(self.members))

    def spread(self, x: Any, context: Any = None, label: Any = None) -> tf.Tensor:
        """Return the standard deviation of the members' log-densities, nats [...].

        Infinite where some members call a row impossible and others do not, and 0 where all do.
        """
        found = self.log_probs(x, context, label)
        is_finite = tf.math.is_finite(found)
        deviation = tf.math.reduce_std(tf.where(is_finite, found, tf.zeros_like(found)), axis=0)
        infinite = tf.constant(np.inf, found.dtype)
        some = tf.where(tf.reduce_any(is_finite, axis=0), infinite, tf.zeros([], found.dtype))
        return tf.where(tf.reduce_all(is_finite, axis=0), deviation, some)

    def sample(self, n: int, seed: int, context: Any = None, label: Any = None) -> tf.Tensor:
        """Draw [n, D], each from a member that is drawn too; costs a drawing from every member."""
        which = np.random.default_rng([seed, 2]).integers(len(self.members), size=n)
        drawn = tf.stack([member.sample(n, seed, context, label) for member in self.members])
        return tf.gather_nd(drawn, np.stack([which, np.arange(n)], axis=1))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all members to one file, an archive of NumPy's."""
        write_archive(
            path,
            {f"{i:03d}/{k}": v for i, member in enumerate(self.members) for k, v in member.arrays().items()},
        )

    @classmethod
    def load(cls: type[Own], path: str | os.PathLike[str]) -> Own:
        """Return the ensemble of a file that ``save`` wrote; it scores as before, to the bit.

        Raises:
            FileNotFoundError: there is none.
            ValueError: the file is damaged, or holds something else.
        """
        arrays = read_archive(path, "ensemble")
        names = sorted({key.partition("/")[0] for key in arrays})
        if len(names) < 2 or names != [f"{i:03d}" for i in range(len(names))]:
            raise ValueError(f"{path} holds no ensemble of flows; save it again")
        members = [
            Flow.from_arrays({k[4:]: v for k, v in arrays.items() if k.startswith(f"{name}/")})
            for name in names
        ]
        one = members[0]
        ensemble = cls(one.event_size, one.architecture, n_members=len(members), dtype=one.dtype)
        ensemble.members = members
        return ensemble

    def __repr__(self) -> str:
        """Return what the ensemble is."""
        return f"<FlowEnsemble of {len(self.members)}: {self.members[0]!r}>"


def _copy(source: Flow, target: Flow) -> None:
    for old, new in zip(target.variables, source.variables, strict=True):
        old.assign(new)
    target.is_prepared = source.is_prepared
