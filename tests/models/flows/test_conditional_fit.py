"""Does a flow learn what depends on the condition, and refuse conditions that do not go with its rows?"""

import numpy as np
import pytest
import tensorflow as tf

from models.flows import FitOptions, Flow, FlowArchitecture
from models.flows.conditional_fit import fit_conditional

N = 400


def _made(**changes: object) -> Flow:
    return Flow(2, FlowArchitecture(n_layers=2, hidden_units=(8,), **changes))  # type: ignore[arg-type]


def _rows() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    label = np.arange(N) % 2
    return generator.standard_normal((N, 2)) + 6.0 * label[:, None], label


def test_each_row_is_likelier_under_its_own_label() -> None:
    x, label = _rows()
    flow = _made(n_classes=2, normalization="activation")
    history = fit_conditional(flow, x, FitOptions(max_epochs=30, learning_rate=1e-2), label=label)
    rows = tf.constant(x, tf.float32)
    own, other = (flow.log_prob(rows, label=tf.constant(found)).numpy() for found in (label, 1 - label))
    assert history[-1].validation > history[0].validation
    assert np.mean(own > other) > 0.95


def test_a_context_is_learned() -> None:
    x, label = _rows()
    context = label[:, None] * 2.0 - 1.0
    flow = _made(context_size=1)
    fit_conditional(flow, x, FitOptions(max_epochs=30, learning_rate=1e-2), context=context)
    rows = tf.constant(x, tf.float32)
    own, other = (flow.log_prob(rows, context=sign * context).numpy() for sign in (1.0, -1.0))
    assert np.mean(own > other) > 0.95


@pytest.mark.parametrize(
    ("label", "words"),
    [
        (np.full(N, 2), "from 2 to 2; the flow needs whole numbers from 0 to 1"),
        (np.zeros(3, int), r"label has shape \(3,\); 400 rows need \(400,\)"),
        (np.zeros(N), "labels are float64"),
        (None, "got no label and needs a label"),
    ],
)
def test_labels_that_do_not_go_with_the_rows_are_refused(label: np.ndarray | None, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        fit_conditional(_made(n_classes=2), _rows()[0], FitOptions(), label=label)
