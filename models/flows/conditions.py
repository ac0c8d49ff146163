"""What goes with a row: which label, which context, and are they those that the flow was made for?

Conventions: rows [N, D], context [..., C], labels [...], whole numbers from 0. One context [C] or one label
counts for every row; leading axes broadcast as NumPy's do.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from models.flows.architecture import FlowArchitecture

__all__ = [
    "broadcast_rows",
    "check_given",
    "check_labels",
    "check_rows",
    "conditional_input",
    "spread_condition",
]


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


def check_given(architecture: FlowArchitecture, context: Any, label: Any, whose: str = "the flow") -> None:
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
            verbs = ("have", "need") if whose.endswith("s") else ("got", "needs")
            raise ValueError(f"{whose} {verbs[0]} {had} and {verbs[1]} {needs}")


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


def broadcast_rows(x: tf.Tensor, context: Any, label: Any, dtype: tf.DType) -> tuple[tf.Tensor, Any, Any]:
    """Return vectors, contexts and labels whose leading axes are the same, where there are several.

    One condition for all rows, and what has a shape that is not known yet, stay as they are.

    Args:
        x: [..., D].
        context: [..., C], or None.
        label: [...], or None.
        dtype: of the flow.

    Raises:
        ValueError: the leading axes do not go together.
    """
    context = context if context is None or tf.is_tensor(context) else tf.constant(np.asarray(context), dtype)
    label = label if label is None or tf.is_tensor(label) else tf.constant(np.asarray(label))
    heads = {"vectors": x.shape[:-1]}
    heads |= {} if context is None or context.shape.rank == 0 else {"contexts": context.shape[:-1]}
    heads |= {} if label is None else {"labels": label.shape}
    if len(heads) == 1 or not all(head.is_fully_defined() for head in heads.values()):
        return x, context, label
    try:
        joint = list(np.broadcast_shapes(*(tuple(head) for head in heads.values())))
    except ValueError as error:
        words = ", ".join(f"{name} {tuple(head)}" for name, head in heads.items())
        raise ValueError(f"leading axes do not go together: {words}; give one, or as many of each") from error
    if heads["vectors"] != joint:
        x = tf.broadcast_to(x, [*joint, x.shape[-1]])
    if len(joint) > 1 and heads.get("contexts", []) not in ([], joint):
        context = tf.broadcast_to(context, [*joint, context.shape[-1]])
    if len(joint) > 1 and heads.get("labels", []) not in ([], joint):
        label = tf.broadcast_to(label, joint)
    return x, context, label


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
