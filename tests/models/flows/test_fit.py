"""Does a flow learn from rows and their conditions as a caller hands them over, in either precision?"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from models.flows.architecture import FlowArchitecture
from models.flows.fitting import Epoch, FitOptions
from models.flows.flow import Flow
from models.flows.layers.normalization import ActivationNormalization

N = 400
QUICK = FitOptions(max_epochs=30, learning_rate=1e-2)


def made(dtype: tf.DType = tf.float32, **changes: object) -> Flow:
    architecture = FlowArchitecture(n_layers=2, hidden_units=(8,), **changes)  # type: ignore[arg-type]
    return Flow(2, architecture, dtype=dtype)


def two_heaps() -> tuple[np.ndarray, np.ndarray]:
    """Return rows around two places, and which of them each is from."""
    generator = np.random.default_rng(0)
    label = np.arange(N) % 2
    return generator.standard_normal((N, 2)) + 6.0 * label[:, None], label


@pytest.mark.parametrize("normalization", ["none", "activation"])
def test_each_row_is_likelier_under_its_own_label(normalization: str) -> None:
    x, label = two_heaps()
    flow = made(n_classes=2, normalization=normalization)
    history = flow.fit(x, options=QUICK, label=label)
    own, other = (flow.log_prob(x, label=given).numpy() for given in (label, 1 - label))
    assert history[-1].validation > history[0].validation
    assert np.mean(own > other) > 0.95


def test_samples_are_of_the_context_that_was_asked_for() -> None:
    x, label = two_heaps()
    flow = made(context_size=1)
    flow.fit(x, options=QUICK, context=2.0 * label[:, None] - 1.0)
    low, high = (flow.sample(200, 0, context=np.array([place])).numpy().mean() for place in (-1.0, 1.0))
    assert abs(low) < 1.0
    assert abs(high - 6.0) < 1.0


def test_one_condition_for_all_rows_is_the_same_as_one_for_each() -> None:
    flow = made(n_classes=3, context_size=2)
    x, context = two_heaps()[0], np.array([0.5, -1.0])
    one = flow.log_prob(x, context, np.int64(2))
    each = flow.log_prob(x, np.tile(context, (N, 1)), np.full(N, 2))
    assert np.array_equal(one, each)


def test_a_fit_without_validation_rows_holds_some_out_and_prepares_the_flow() -> None:
    x = two_heaps()[0].astype(np.float32)
    order = np.random.default_rng([0, 1]).permutation(N)
    kept, held = np.sort(order[N // 10 :]), np.sort(order[: N // 10])
    by_itself, by_hand = made(), made()
    history = by_itself.fit(x, options=FitOptions(max_epochs=2))
    by_hand.prepare(x[kept])
    assert history == by_hand.fit([x[kept]], x[held], FitOptions(max_epochs=2))
    assert np.array_equal(by_itself.log_prob(x), by_hand.log_prob(x))


def test_a_float64_flow_is_fitted_in_float64() -> None:
    x, label = two_heaps()
    flow = made(tf.float64, n_classes=2)
    history = flow.fit(x, options=FitOptions(max_epochs=3), label=label)
    assert history[-1].validation > history[0].validation
    value = flow.log_prob(x, label=label)
    assert value.dtype == tf.float64
    order = np.random.default_rng([0, 1]).permutation(N)[: N // 10]
    best = max(epoch.validation for epoch in history)
    assert float(np.mean(value.numpy()[order])) == pytest.approx(best, rel=1e-12)


def test_activation_normalisation_begins_from_rows_with_their_conditions() -> None:
    x, label = two_heaps()
    flow = made(n_classes=2, normalization="activation")
    flow.prepare(x, label=label)
    assert any(
        np.any(variable.numpy() != 0.0)
        for layer in flow.layers
        if isinstance(layer, ActivationNormalization)
        for variable in layer.trainable_variables
    )


@pytest.mark.parametrize(
    ("label", "words"),
    [
        (np.full(N, 2), "labels go from 2 to 2; the flow needs 0 to 1, or n_classes=3"),
        (np.full(N, -1), "labels go from -1 to -1"),
        (np.zeros(3, int), r"label has shape \(3,\); 400 rows need \(400,\) or \(\)"),
        (np.zeros(N), "labels are float64; the flow needs whole numbers from 0 to 1"),
        (None, "got no label and needs a label"),
    ],
)
def test_labels_that_do_not_go_with_the_rows_are_refused(label: np.ndarray | None, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        made(n_classes=2).fit(two_heaps()[0], label=label)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"x": np.zeros((N, 3))}, r"rows have shape \(400, 3\); the flow needs \(N, 2\)"),
        ({"x": np.zeros(N)}, r"rows have shape \(400,\)"),
        ({"x": np.zeros((N, 2)), "validation": np.zeros((3, 1))}, r"rows have shape \(3, 1\)"),
        ({"x": np.zeros((4, 2))}, "validation_share=0.1 of 4 rows is 0, and both parts need one"),
        ({"x": np.zeros((N, 2)), "validation_share": 1.0}, "validation_share=1 of 400 rows is 400"),
        ({"x": np.zeros((N, 2)), "context": np.zeros(2)}, "got a context and needs none"),
    ],
)
def test_rows_that_do_not_go_with_the_flow_are_refused(arguments: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        made().fit(**arguments)


def test_validation_rows_and_their_conditions_go_together() -> None:
    x, label = two_heaps()
    flow = made(n_classes=2)
    with pytest.raises(ValueError, match="validation rows have no label and need a label"):
        flow.fit(x, x, label=label)
    with pytest.raises(ValueError, match="conditions of validation rows need the rows; give validation"):
        flow.fit(x, label=label, validation_label=label)


SMALL = FlowArchitecture(n_layers=1, hidden_units=(4,), n_classes=2)


def test_a_caller_gives_validation_rows_with_their_labels_and_sees_each_epoch(tmp_path: Path) -> None:
    x, label = two_heaps()
    flow, told = Flow(2, SMALL), list[int]()

    def stop(epoch: Epoch) -> bool:
        told.append(epoch.number)
        return epoch.number == 2

    asked: dict[str, Any] = {"validation": x[300:], "label": label[:300], "validation_label": label[300:]}
    history = flow.fit(x[:300], **asked, ema=0.9, callbacks=[stop], checkpoint=tmp_path / "fit")
    assert told == [1, 2]
    value = flow.log_prob(x[300:], label=label[300:]).numpy().mean()
    assert max(epoch.validation for epoch in history) == pytest.approx(value, rel=1e-5)
    # A fit that has ended is not done again, and its checkpoint is of no other.
    again = Flow(2, SMALL)
    assert again.fit(x[:300], **asked, ema=0.9, callbacks=[stop], checkpoint=tmp_path / "fit") == history
    assert np.array_equal(again.log_prob(x, label=label), flow.log_prob(x, label=label))
    with pytest.raises(ValueError, match=r"is of a fit with ema 0.9, and this one has 0.5; fit as before"):
        again.fit(x[:300], **asked, ema=0.5, checkpoint=tmp_path / "fit")
    with pytest.raises(ValueError, match=r"is of a fit with rows \w+, and this one has \w+"):
        again.fit(x[1:301], **asked, ema=0.9, checkpoint=tmp_path / "fit")


def test_a_data_set_is_fitted_as_arrays_are() -> None:
    x, label = two_heaps()
    dataset = tf.data.Dataset.from_tensor_slices({"x": x, "label": label}).batch(64)
    flow = Flow(2, SMALL)
    history = flow.fit(dataset, max_epochs=2, learning_rate=1e-2)
    kept = np.arange(N) % 10 != 9
    assert np.allclose(flow.mean, x[kept].mean(axis=0))
    assert history[1].validation > history[0].validation
    for elements, words in (
        (dataset.map(lambda row: row["x"]), "the flow got no label and needs a label"),
        (dataset.map(lambda row: row | {"x": row["x"][:, :1]}), r"elements hold x of shape \(None, 1\)"),
        (dataset.map(lambda row: row | {"label": row["label"] + 5}), "labels go from 5 to 6"),
    ):
        with pytest.raises(ValueError, match=words):
            flow.fit(elements)


def test_leading_axes_broadcast_as_numpys_do() -> None:
    flow = made(context_size=1, n_classes=3)
    x, context, label = two_heaps()[0][:8], np.linspace(-1, 1, 5)[:, None, None], np.arange(3)[:, None, None]
    found = flow.log_prob(x, context, label)
    assert found.shape == (3, 5, 8)
    for at in ((0, 1), (2, 4)):
        one = flow.log_prob(x, context[at[1], 0], np.full(8, at[0]))
        np.testing.assert_allclose(found[at], one, rtol=1e-5)
    drawn = flow.sample((3, 5, 8), 0, context, label)
    assert drawn.shape == (3, 5, 8, 2)
    each = np.broadcast_to(context[:, 0], (5, 1))[None].repeat(3, axis=0).repeat(8, axis=1).reshape(-1, 1)
    flat = flow.sample(120, 0, each, np.repeat(np.arange(3), 40))
    np.testing.assert_array_equal(np.reshape(drawn, (120, 2)), flat)
    with pytest.raises(ValueError, match=r"leading axes do not go together: vectors \(8,\), contexts \(5,\)"):
        flow.log_prob(x, context[:, 0], 1)
    with pytest.raises(ValueError, match=r"\(2,\) samples cannot have conditions of \(5, 2\)"):
        flow.sample(2, 0, context, 1)


@pytest.mark.parametrize(
    ("x", "words"),
    [
        (np.zeros((5, 3)), r"vectors have shape \(5, 3\), and the flow needs \(\.\.\., 2\)"),
        (np.float32(1.0), r"vectors have shape \(\)"),
        (tf.zeros([5, 2], tf.float64), "vectors are float64 and the flow is float32; convert one"),
    ],
)
def test_vectors_of_another_shape_or_dtype_are_refused_in_words(x: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        made().log_prob(x)


def test_labels_out_of_range_are_refused_where_rows_are_scored_and_drawn() -> None:
    flow = made(n_classes=2)
    for call in (lambda: flow.log_prob(np.zeros((1, 2)), label=[2]), lambda: flow.sample(1, 0, label=-1)):
        with pytest.raises(ValueError, match="the flow needs 0 to 1"):
            call()
