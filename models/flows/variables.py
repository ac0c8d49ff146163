"""How does a fitted module become named arrays, and a module again?

Names carry the place in the module's fixed order of variables; no class is named, nothing is pickled.
A variable of integers is an order of features: each place once.
"""

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

__all__ = ["restore_variables", "variable_arrays"]


def variable_arrays(module: tf.Module, prefix: str) -> dict[str, np.ndarray]:
    """Return the module's variables as arrays, named in their fixed order."""
    return {_key(prefix, i, variable): variable.numpy() for i, variable in enumerate(module.variables)}


def restore_variables(module: tf.Module, prefix: str, arrays: Mapping[str, np.ndarray]) -> None:
    """Set the module's variables from ``variable_arrays`` of the same architecture.

    Raises:
        ValueError: a variable is missing, has another shape, or holds what is no finite number,
            or no order where it should be one.
    """
    for i, variable in enumerate(module.variables):
        key = _key(prefix, i, variable)
        if key not in arrays or arrays[key].shape != tuple(variable.shape):
            found = arrays[key].shape if key in arrays else "nothing"
            raise ValueError(f"variable {key} needs shape {tuple(variable.shape)}, found {found}")
        if arrays[key].dtype.kind not in "fiu" or not np.all(np.isfinite(arrays[key])):
            raise ValueError(f"variable {key} needs finite numbers; it is damaged, fit the model again")
        if variable.dtype.is_integer and not np.array_equal(
            np.sort(arrays[key]), np.arange(len(arrays[key]))
        ):
            raise ValueError(
                f"variable {key} needs each place from 0 to {len(arrays[key]) - 1} once; it is damaged, "
                "fit the model again"
            )
        variable.assign(arrays[key])


def _key(prefix: str, i: int, variable: tf.Variable) -> str:
    return f"{prefix}/{i:03d}_{variable.name.split(':')[0]}"
