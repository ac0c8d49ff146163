"""What goes with a row: which label, which context, and are they those that the flow was made for?

In a fit the condition travels in the row, [features | label | context], so that shuffles, batches and
checkpoints keep a row and its condition together; the objective takes them apart again.
Conventions: rows [N, D], context [..., C], labels [...], whole numbers from 0. One context [C] or one label
counts for every row.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from models.flows.architecture import FlowArchitecture

__all__ = ["check_rows", "conditional_input", "of_joined", "rows_to_fit", "spread_condition"]


def check_rows(x: Any, event_size: int, dtype: tf.DType, name: str = "vectors") -> tf.Tensor:
    """Return vectors [..., D] as a tensor of the flow's dtype; what is no tensor is converted.

    Raises:
        ValueError: they have another number of features, or are a tensor of another dtype.
    """
    if not tf.is_tensor(x) and not isinstance(x, tf.Variable):
        x = tf.constant(np.asarray(x), dtype)
    if x.dtype != dtype:
        raise ValueError(f"{name} are {x.dtype.name} and the flow is {dtype.name}; convert one of the two")
    if x.shape.rank == 0 or x.shape[-1] not in (None, event_size):
        raise ValueError(f"{name} have shape {tuple(x.shape)}, and the flow needs (..., {event_size})")
    return x


def check_given(architecture: FlowArchitecture, context: Any, label: Any) -> None:
    """Make sure that a context and labels are given where the flow takes them, and nowhere else.

    Raises:
        ValueError: one is missing, or too much.
    """
    for name, given, wanted in (
        ("context", context, architecture.context_size),
        ("label", label, architecture.n_classes),
    ):
        if (given is None) != (wanted == 0):
            had, needs = (f"no {name}", f"a {name}") if given is None else (f"a {name}", "none")
            raise ValueError(f"the flow got {had} and needs {needs}")


def check_labels(label: Any, n_classes: int) -> None:
    """Make sure that labels whose values are known are classes of the flow; others would count as none.

    Raises:
        ValueError: they are no whole numbers, or out of range.
    """
    if tf.is_symbolic_tensor(label):
        return
    labels = np.asarray(label)
    if labels.dtype.kind not in "iu":
        raise ValueError(f"labels are {labels.dtype}; the flow needs whole numbers from 0 to {n_classes - 1}")
    if labels.size and (labels.min() < 0 or labels.max() >= n_classes):
        raise ValueError(
            f"labels go from {labels.min()} to {labels.max()}; the flow needs 0 to {n_classes - 1}, or "
            f"n_classes={labels.max() + 1}"
        )


def spread_condition(value: Any, rank: int, leading: Any, dtype: tf.DType) -> tf.Tensor:
    """Return a condition for each row, where one may have been given for all.

    Args:
        value: of the rank of one condition, or with the leading axes of the rows before that.
        rank: of one condition: 0 for a label, 1 for a context.
        leading: shape of the rows before their last axis.
        dtype: of a condition that is no tensor.
    """
    value = value if tf.is_tensor(value) else tf.constant(np.asarray(value), dtype)
    if value.shape.rank != rank:
        return value
    return tf.broadcast_to(value, tf.concat([leading, tf.shape(value)], axis=0))


def conditional_input(
    architecture: FlowArchitecture, context: Any, label: Any, leading: Any, dtype: tf.DType
) -> tf.Tensor | None:
    """Return what the networks take beside features: one-hot labels, then the context; None for neither.

    Args:
        architecture: of the flow.
        context: [..., C], or [C] for every row; or None.
        label: [...], or [] for every row; or None.
        leading: shape of the rows before their last axis.
        dtype: of the flow.

    Raises:
        ValueError: what is given is not what the flow was made for.
    """
    check_given(architecture, context, label)
    parts = []
    if label is not None:
        check_labels(label, architecture.n_classes)
        labels = spread_condition(label, 0, leading, tf.int32)
        parts.append(tf.one_hot(labels, architecture.n_classes, dtype=dtype))
    if context is not None:
        contexts = check_rows(context, architecture.context_size, dtype, "contexts")
        parts.append(spread_condition(contexts, 1, leading, dtype))
    return tf.concat(parts, axis=-1) if len(parts) > 1 else parts[0] if parts else None


def rows_to_fit(
    flow: Any,
    x: np.ndarray | Sequence[np.ndarray],
    validation: np.ndarray | None,
    context: Any,
    label: Any,
    *,
    share: float,
    seed: int,
) -> tuple[list[np.ndarray], np.ndarray]:
    """Return versions of the joined rows to fit to, and the joined rows to validate by; see ``Flow.fit``.

    Raises:
        ValueError: shapes, labels or the share do not go with the flow or the rows.
    """
    check_given(flow.architecture, context, label)
    versions = [x] if isinstance(x, np.ndarray) else list(x)
    for rows in [*versions, *([] if validation is None else [validation])]:
        if np.ndim(rows) != 2 or np.shape(rows)[1] != flow.event_size:
            raise ValueError(f"rows have shape {np.shape(rows)}; the flow needs (N, {flow.event_size})")
    if flow.architecture.condition_size:
        if validation is not None:
            raise ValueError("validation rows have no condition; leave them out and give validation_share")
        versions = [joined_rows(flow.architecture, rows, context, label, flow.dtype) for rows in versions]
    return held_out(versions, share, seed) if validation is None else (versions, validation)


def joined_rows(
    architecture: FlowArchitecture, x: np.ndarray, context: Any, label: Any, dtype: tf.DType
) -> np.ndarray:
    """Return features, labels and contexts side by side: [N, D + (1 where there are labels) + C].

    Raises:
        ValueError: a condition has another shape than the rows need, or a label is no class.
    """
    parts = [np.asarray(x)]
    for name, given, shape in (
        ("label", label, (len(x),)),
        ("context", context, (len(x), architecture.context_size)),
    ):
        if given is None:
            continue
        values = np.asarray(given)
        if values.shape == shape[1:]:
            values = np.broadcast_to(values, shape)
        if values.shape != shape:
            raise ValueError(f"{name} has shape {values.shape}; {len(x)} rows need {shape} or {shape[1:]}")
        parts.append(values.reshape(len(x), -1))
    if label is not None:
        check_labels(label, architecture.n_classes)
    return np.concatenate([part.astype(dtype.as_numpy_dtype, copy=False) for part in parts], axis=1)


def of_joined(flow: Any, function: Callable[..., Any]) -> Callable[[Any], Any]:
    """Return a function of joined rows for one of rows and conditions, such as ``flow.log_prob``."""
    architecture, size = flow.architecture, flow.event_size

    def of_rows(rows: Any) -> Any:
        given, place = {}, size
        if architecture.n_classes:
            given["label"] = tf.cast(rows[:, place], tf.int32)
            place += 1
        if architecture.context_size:
            given["context"] = rows[:, place:]
        return function(rows[:, :size], **given)

    return of_rows if architecture.condition_size else function


def held_out(versions: Sequence[np.ndarray], share: float, seed: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Split versions of the same rows into those to fit to, and of the first version those to validate by.

    Raises:
        ValueError: nothing is left for one of the two.
    """
    n = len(versions[0])
    n_validation = round(share * n)
    if not 0 < n_validation < n:
        raise ValueError(
            f"validation_share={share:g} of {n} rows is {n_validation}, and both parts need one; give more "
            "rows, another share, or validation rows"
        )
    order = np.random.default_rng([seed, 1]).permutation(n)
    kept = np.sort(order[n_validation:])
    return [rows[kept] for rows in versions], versions[0][np.sort(order[:n_validation])]
