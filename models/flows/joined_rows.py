"""How does a condition travel with its row through a fit?

In the row, [features | label | context], so that shuffles, batches and checkpoints keep the two together; the
objective takes them apart again. Rows come from arrays, or from a ``tf.data.Dataset``.
Conventions: rows [N, D], context [N, C] or [C] for all, labels [N] or one for all, whole numbers from 0.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from models.flows.conditions import check_given, check_labels
from models.flows.discrete import Cells
from models.flows.fitting import StreamedRows

__all__ = ["of_joined", "rows_to_fit"]


def rows_to_fit(
    flow: Any,
    x: np.ndarray | Sequence[np.ndarray] | tf.data.Dataset,
    validation: np.ndarray | None,
    given: tuple[Any, Any],
    given_validation: tuple[Any, Any],
    *,
    share: float,
    seed: int,
) -> tuple[list[Any], np.ndarray]:
    """Return versions of the joined rows to fit to, and the joined rows to validate by; see ``Flow.fit``.

    Raises:
        ValueError: shapes, labels or the share do not go with the flow or the rows.
    """
    held = None
    if validation is not None:
        check_given(flow.architecture, *given_validation, "validation rows")
        held = joined_rows(flow, validation, *given_validation)
    elif any(one is not None for one in given_validation):
        raise ValueError("conditions of validation rows need the rows; give validation")
    if isinstance(x, tf.data.Dataset):
        if any(one is not None for one in given):
            raise ValueError(
                "a data set brings its conditions: elements {'x': ..., 'label': ..., 'context': ...}"
            )
        return streamed(flow, x, held, share)
    check_given(flow.architecture, *given)
    versions = [joined_rows(flow, rows, *given) for rows in ([x] if isinstance(x, np.ndarray) else list(x))]
    return held_out(versions, share, seed) if held is None else (versions, held)


def streamed(
    flow: Any, dataset: tf.data.Dataset, held: np.ndarray | None, share: float
) -> tuple[list[StreamedRows], np.ndarray]:
    """Return the joined rows of a data set, and those to validate by; each so-many-th where none are given.

    Raises:
        ValueError: elements are not those of the flow, or nothing is left for one of the two parts.
    """

    def joined(element: Any) -> tf.Tensor:
        parts = dict(element) if isinstance(element, dict) else {"x": element}
        if not {"x"} <= set(parts) <= {"x", "label", "context"}:
            raise ValueError(f"elements hold {sorted(parts)}; they need x, and label or context")
        check_given(flow.architecture, parts.get("context"), parts.get("label"))
        sizes = {"x": flow.event_size, "label": 1, "context": flow.architecture.context_size}
        columns = []
        for name in ("x", "label", "context"):
            if name in parts:
                value = parts[name][..., None] if name == "label" else parts[name]
                if value.shape.rank != 2 or value.shape[-1] not in (None, sizes[name]):
                    raise ValueError(
                        f"elements hold {name} of shape {tuple(parts[name].shape)}; batches need "
                        f"(B,{'' if name == 'label' else f' {sizes[name]}'})"
                    )
                columns.append(tf.ensure_shape(tf.cast(value, flow.dtype), [None, sizes[name]]))
        return tf.concat(columns, axis=1)

    if held is None and not 0.0 < share <= 0.5:
        raise ValueError(f"validation_share={share:g} of a data set must lie above 0 and not above 0.5")
    every = 0 if held is not None else round(1 / share)
    rows = StreamedRows(dataset.map(joined).unbatch(), every, flow.dtype.as_numpy_dtype)
    held = rows.held_out if held is None else held
    if not len(rows) or not len(held):
        raise ValueError(f"the data set leaves {len(rows)} rows to fit to and {len(held)} to validate by")
    if flow.architecture.discrete:
        cells = Cells(flow.event_size, flow.architecture.discrete)
        for some in (rows.first, held):
            cells.check(some)
    if flow.architecture.n_classes:
        check_labels(rows.first[:, flow.event_size].astype(int), flow.architecture.n_classes)
    return [rows], held


def joined_rows(flow: Any, x: np.ndarray, context: Any, label: Any) -> np.ndarray:
    """Return features, labels and contexts side by side: [N, D + (1 where there are labels) + C].

    Raises:
        ValueError: rows or a condition have another shape than the flow needs, or a label is no class.
    """
    if np.ndim(x) != 2 or np.shape(x)[1] != flow.event_size:
        raise ValueError(f"rows have shape {np.shape(x)}; the flow needs (N, {flow.event_size})")
    architecture, dtype = flow.architecture, flow.dtype
    if architecture.discrete:
        Cells(flow.event_size, architecture.discrete).check(x)
    if not architecture.condition_size:
        return x
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
