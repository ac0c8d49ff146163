"""How does a flow become named arrays or one file, and a flow again?

Arrays and a file of NumPy's alone: nothing is pickled, and no class is named.
"""

import os
from collections.abc import Mapping
from typing import TypeVar

import numpy as np
import tensorflow as tf

from models.flows.architecture import FlowArchitecture
from models.flows.fitting import read_archive, write_archive
from models.flows.variables import restore_variables, variable_arrays

__all__ = ["StoredFlow"]

Own = TypeVar("Own", bound="StoredFlow")

ARCHITECTURE, HEAD = "flow/architecture", "flow/event_size_seed_and_bytes"
DTYPES = {4: tf.float32, 8: tf.float64}


class StoredFlow(tf.Module):
    """A flow that can be named, kept and made again from what was kept.

    Args:
        event_size: features of a vector, D.
        architecture: which flow.
        seed: of the initial weights and random orders.
        dtype: float32 or float64.

    Attributes:
        is_prepared: whether the flow has seen the rows that standardise.
    """

    def __init__(
        self, event_size: int, architecture: FlowArchitecture, *, seed: int = 0, dtype: tf.DType = tf.float32
    ) -> None:
        super().__init__(name="flow")
        self.event_size, self.architecture, self.seed, self.dtype = event_size, architecture, seed, dtype
        self.is_prepared = False

    def arrays(self) -> dict[str, np.ndarray]:
        """Return everything that ``from_arrays`` needs, as named arrays."""
        return {
            ARCHITECTURE: self.architecture.to_array(),
            HEAD: np.array([self.event_size, self.seed, self.dtype.size]),
            **variable_arrays(self, "flow"),
        }

    @classmethod
    def from_arrays(cls: type[Own], arrays: Mapping[str, np.ndarray]) -> Own:
        """Build the flow whose ``arrays`` these are; it scores as before, to the bit.

        Raises:
            ValueError: an array is missing, of another shape, or damaged.
        """
        for key in (ARCHITECTURE, HEAD):
            if key not in arrays:
                raise ValueError(f"{key} is missing: these are not the arrays of a flow")
        head = np.asarray(arrays[HEAD])
        if head.shape != (3,) or head.dtype.kind not in "iu" or head[0] < 1 or head[2] not in DTYPES:
            raise ValueError(f"{head.tolist()} is no event size, seed and bytes a number; fit the flow again")
        event_size, seed, n_bytes = (int(number) for number in head)
        architecture = FlowArchitecture.from_array(arrays[ARCHITECTURE])
        flow = cls(event_size, architecture, seed=seed, dtype=DTYPES[n_bytes])
        restore_variables(flow, "flow", arrays)
        flow.is_prepared = True
        return flow

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the flow to one file, an archive of NumPy's, in place of an old one when it is whole."""
        write_archive(path, self.arrays())

    @classmethod
    def load(cls: type[Own], path: str | os.PathLike[str]) -> Own:
        """Return the flow of a file that ``save`` wrote; it scores as before, to the bit.

        Raises:
            FileNotFoundError: there is none.
            ValueError: the file is damaged, or holds something else.
        """
        return cls.from_arrays(read_archive(path, "flow"))

    def __repr__(self) -> str:
        """Return what the flow is, and whether it has seen rows."""
        card, n_weights = self.architecture, sum(int(np.prod(v.shape)) for v in self.trainable_variables)
        sizes = {"context_size": card.context_size, "n_classes": card.n_classes}
        condition = "".join(f", {name}={size}" for name, size in sizes.items() if size)
        state = "prepared" if self.is_prepared else "not fitted"
        return (
            f"<Flow {card.family} of {self.event_size} features{condition}, {card.n_layers} layers, "
            f"{n_weights:,} weights, {self.dtype.name}, {state}>"
        )
