"""How is a flow fitted to rows that each come with a condition?

The condition travels in the row: features, then the label, then the context, [N, D + 1 + C]; the
objective takes them apart again. So shuffles, batches and checkpoints keep a row and its condition together.
Conventions: rows [N, D], context [N, C], labels [N], whole numbers from 0; values in nats.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from models.flows.fitting import Epoch, FitOptions, fit
from models.flows.flow import Flow

__all__ = ["fit_conditional"]


def fit_conditional(
    flow: Flow,
    x: np.ndarray,
    options: FitOptions,
    *,
    context: np.ndarray | None = None,
    label: np.ndarray | None = None,
    validation_share: float = 0.1,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
) -> list[Epoch]:
    """Prepare a float32 flow and fit it to ``x`` [N, D] given a context [N, C] and labels [N].

    Args:
        flow: takes a condition.
        x: rows; the share that decides when to stop is drawn by ``options.seed``.
        options: numbers of the fit.
        context: a vector for each row.
        label: a class for each row.
        validation_share: of the rows, above 0 and below 1.
        on_epoch: told of each epoch.

    Returns:
        One ``Epoch`` for each epoch.

    Raises:
        ValueError: shapes, labels or the share do not go with the flow.
    """
    rows = _joined(flow, x, context, label)
    n_validation = max(round(validation_share * len(rows)), 1)
    if not 0 < validation_share < 1 or n_validation >= len(rows):
        raise ValueError(
            f"validation_share={validation_share} of {len(rows)} rows leaves none to fit or to validate; "
            "give more rows, or a share between 0 and 1"
        )
    rows = rows[np.random.default_rng([options.seed, 1]).permutation(len(rows))]
    validation, train = rows[:n_validation], rows[n_validation:]
    features, given = _apart(flow, train)
    flow.prepare(features, **given)

    def log_prob(joined: tf.Tensor) -> tf.Tensor:
        found, condition = _apart(flow, joined)
        return flow.log_prob(found, **condition)

    compiled = tf.function(log_prob, autograph=False, jit_compile=True)
    return fit(flow, compiled, [train], validation, options, on_epoch=on_epoch)


def _joined(flow: Flow, x: np.ndarray, context: np.ndarray | None, label: np.ndarray | None) -> np.ndarray:
    """Return features, label and context side by side, float32, after a look at each."""
    architecture = flow.architecture
    if flow.dtype != tf.float32:
        raise ValueError(f"the flow is of {flow.dtype.name} and fits are of float32; make it of float32")
    if not architecture.condition_size:
        raise ValueError("the flow takes no condition; use Flow.fit")
    if np.ndim(x) != 2 or np.shape(x)[1] != flow.event_size:
        raise ValueError(f"rows have shape {np.shape(x)}, and the flow needs (N, {flow.event_size})")
    for name, given, wanted, shape in (
        ("context", context, architecture.context_size, (len(x), architecture.context_size)),
        ("label", label, architecture.n_classes, (len(x),)),
    ):
        if (given is None) != (wanted == 0):
            had, needs = (f"no {name}", f"a {name}") if given is None else (f"a {name}", "none")
            raise ValueError(f"the flow got {had} and needs {needs}")
        if given is not None and np.shape(given) != shape:
            raise ValueError(f"{name} has shape {np.shape(given)}; {len(x)} rows need {shape}")
    parts = [np.asarray(x, np.float32)]
    if label is not None:
        labels = np.asarray(label)
        if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= architecture.n_classes:
            raise ValueError(
                f"labels are {labels.dtype} from {labels.min()} to {labels.max()}; the flow needs whole "
                f"numbers from 0 to {architecture.n_classes - 1}"
            )
        parts.append(labels[:, None].astype(np.float32))
    if context is not None:
        parts.append(np.asarray(context, np.float32))
    return np.concatenate(parts, axis=1)


def _apart(flow: Flow, rows: np.ndarray | tf.Tensor) -> tuple:
    """Return the features, and context and label as keywords of ``Flow.log_prob``."""
    place, given = flow.event_size, {}
    if flow.architecture.n_classes:
        given["label"] = tf.cast(rows[:, place], tf.int32)
        place += 1
    if flow.architecture.context_size:
        given["context"] = rows[:, place:]
    return rows[:, : flow.event_size], given
