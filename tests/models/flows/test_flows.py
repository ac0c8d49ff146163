"""Can a flow be prepared, fitted and asked frame by frame, and does it keep its order while it learns?"""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from models.flows.architecture import FlowArchitecture
from models.flows.fitting.options import FitOptions
from models.flows.fitting.training import Epoch, Steps, evaluate
from models.flows.flow import Flow
from models.flows.layers.autoregressive import Autoregressive
from models.flows.layers.made import MADE
from models.flows.layers.masks import connectivity, layer_masks
from tests.models.flows.autodiff import jacobians, shake
from tests.models.flows.flow_members import MEMBERS, Member, clips, given_to, member

SIZE = 4


def make(**arguments: Any) -> Flow:
    """Return a float64 flow far from the identity."""
    chosen: dict[str, Any] = {"n_layers": 2, "hidden_units": (8,)} | arguments
    flow = Flow(SIZE, FlowArchitecture(**chosen), dtype=tf.float64)
    shake(flow, 0.3)
    return flow


def noise_of(flow: Flow, x: np.ndarray) -> np.ndarray:
    return flow.bijector.inverse(tf.constant(x)).numpy()


def networks(flow: Flow) -> list[MADE]:
    return [layer.network for layer in flow.layers if isinstance(layer, Autoregressive)]


@pytest.mark.parametrize("order", ["given", "reversed", "random"])
@pytest.mark.parametrize("hidden_units", [(1,), (2, 5), (8, 8)], ids=str)
def test_a_layers_noise_depends_on_its_own_feature_and_those_before(
    order: str, hidden_units: tuple[int, ...]
) -> None:
    flow = make(n_layers=1, order=order, hidden_units=hidden_units)
    # Of size one: at a hundred tanh is flat to the last digit.
    x = np.random.default_rng(0).standard_normal((5, SIZE))
    found = np.abs(jacobians(flow.bijector.inverse, x)).max(axis=0) > 0.0
    seed = int(np.random.SeedSequence(flow.seed).generate_state(1)[0])
    reach = connectivity(layer_masks(SIZE, hidden_units, order, seed))
    np.testing.assert_array_equal(found, reach.T | np.eye(SIZE, dtype=bool))


def test_two_layers_let_every_noise_variable_depend_on_every_feature() -> None:
    assert np.all(np.abs(jacobians(make().bijector.inverse, clips()[:5])).max(axis=0) > 0.0)


def test_preparing_counts_in_the_log_determinant() -> None:
    flow, x = make(), clips()
    flow.prepare(x)
    before = flow.log_prob(tf.constant(x))
    flow.prepare(10.0 * x)
    # A density over features ten times as wide is 10^D times as low; rounding alone differs.
    after = flow.log_prob(tf.constant(10.0 * x))
    np.testing.assert_allclose(after, before - SIZE * np.log(10.0), rtol=1e-10)


def test_preparing_takes_the_training_rows_to_mean_zero_and_deviation_one() -> None:
    flow, x = make(n_layers=0), clips()
    flow.prepare(x)
    np.testing.assert_allclose(noise_of(flow, x).mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(noise_of(flow, x).std(axis=0), 1.0, rtol=1e-12)


def test_standardisation_is_not_trained() -> None:
    flow = make()
    assert not {id(flow.mean), id(flow.scale)} & {id(variable) for variable in flow.trainable_variables}


@pytest.mark.parametrize("family", ["maf", "iaf", "real_nvp", "spline_maf", "affine"])
@pytest.mark.parametrize("dtype", [tf.float32, tf.float64], ids=lambda dtype: dtype.name)
def test_a_constant_feature_gives_a_finite_log_prob(dtype: tf.DType, family: str) -> None:
    x = clips().astype(dtype.as_numpy_dtype)
    x[:, 1] = 3.0
    flow = Flow(SIZE, FlowArchitecture(family=family, n_layers=1, hidden_units=(8,)), dtype=dtype)
    flow.prepare(x)
    assert np.isfinite(flow.log_prob(tf.constant(x))).all()


def test_preparing_follows_the_data_in_chunks_as_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    whole, cut = make(normalization="activation"), make(normalization="activation")
    whole.prepare(clips())
    monkeypatch.setattr("models.flows.layers.preparation.CHUNK", 7)
    cut.prepare(clips())
    for one, other in zip(whole.variables, cut.variables, strict=True):
        np.testing.assert_allclose(other.numpy(), one.numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["maf-random", "iaf", "real-nvp-lu-activation", "spline", "affine-mixture"])
def test_float32_agrees_with_float64(name: str) -> None:
    double = member(MEMBERS[name])
    single = Flow(SIZE, MEMBERS[name])
    for variable, value in zip(single.variables, double.flow.variables, strict=True):
        variable.assign(tf.cast(value, variable.dtype))
    found = Member(single, double.x, given_to(MEMBERS[name], len(double.x), tf.float32)).log_prob()
    # Standardising 100 +- 2 loses two of seven digits; squares of up to a few dozen follow.
    np.testing.assert_allclose(found, double.log_prob(), rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("family", ["maf", "iaf", "real_nvp", "spline_maf", "affine"])
def test_a_score_does_not_depend_on_the_batch(family: str) -> None:
    flow = Flow(SIZE, FlowArchitecture(family=family, n_layers=1, hidden_units=(8,)))
    shake(flow, 0.2)
    rows = np.random.default_rng(0).standard_normal((20, SIZE)).astype(np.float32)
    together, alone = evaluate(flow.log_prob, rows, 16), evaluate(flow.log_prob, rows[3:4], 16)
    np.testing.assert_array_equal(alone, together[3:4])


@pytest.mark.parametrize("family", ["maf", "iaf", "real_nvp", "spline_coupling", "unaf", "flow_matching"])
def test_one_row_under_a_label_and_a_context_needs_no_axis_in_front(family: str) -> None:
    flow = make(family=family, n_layers=1, n_classes=2, context_size=3, n_signals=2, ode_steps=2)
    row, context = np.arange(4.0), np.array([0.5, -1.0, 2.0])
    alone = flow.log_prob(row, context, 1).numpy()
    assert alone.shape == ()
    assert alone == pytest.approx(flow.log_prob(row[None], context[None], np.array([1])).numpy()[0])
    assert flow.log_prob(row, np.stack([context, 0.0 * context]), 1).shape == (2,)


@pytest.fixture(scope="module")
def fitted() -> tuple[Flow, list[np.ndarray], list[Epoch], list[Steps]]:
    flow = Flow(SIZE, FlowArchitecture(n_layers=2, hidden_units=(8, 8), order="random"))
    rows = clips(n=60).astype(np.float32)
    flow.prepare(rows)
    before = [variable.numpy() for variable in flow.trainable_variables]
    reports: list[Steps] = []
    options = FitOptions(batch_size=10, learning_rate=1e-2, max_epochs=3, patience=0)
    history = flow.fit([rows], rows, options, report_every=4, on_steps=reports.append)
    return flow, before, history, reports


Fitted = tuple[Flow, list[np.ndarray], list[Epoch], list[Steps]]


def test_every_trainable_variable_moves_in_training(fitted: Fitted) -> None:
    flow, before, _, _ = fitted
    assert len(before) == 2 * 2 * 3
    for variable, old in zip(flow.trainable_variables, before, strict=True):
        assert np.any(variable.numpy() != old), variable.name


def test_weights_are_still_masked_after_training(fitted: Fitted) -> None:
    masks = layer_masks(SIZE, (8, 8))
    for network in networks(fitted[0]):
        for layer, mask in zip([*network.hidden, network.output], masks, strict=True):
            for kernel in layer.kernel().numpy():
                np.testing.assert_array_equal(kernel != 0.0, mask > 0.0)


def test_fitting_raises_the_likelihood(fitted: Fitted) -> None:
    history = fitted[2]
    assert history[-1].validation > history[0].validation > history[0].batch


def test_a_fit_reports_its_steps(fitted: Fitted) -> None:
    reports = fitted[3]
    assert [(report.epoch, report.step) for report in reports] == [(1, 4), (2, 4), (3, 4)]
    assert all(np.isfinite(report.batch) for report in reports)
    assert reports[0].batch < reports[-1].batch


def test_no_assigned_weights_break_the_order() -> None:
    flow = make(n_layers=1)
    for network in networks(flow):
        for layer in [*network.hidden, network.output]:
            for weight in layer.weights:
                weight.assign(np.random.default_rng(0).standard_normal(weight.shape))
    found = jacobians(flow.bijector.inverse, clips()[:5])
    assert np.all(found[:, np.triu(np.ones((SIZE, SIZE), bool), 1)] == 0.0)
