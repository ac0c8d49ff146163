"""Does fitting repeat, stop in time, keep its best, and tell what happens as it goes?"""

import numpy as np
import pytest
import tensorflow as tf

from models.baselines.gaussian import ShrunkGaussian
from models.flows.architecture import FlowArchitecture
from models.flows.fitting.options import FitOptions
from models.flows.fitting.progress import Epoch
from models.flows.fitting.training import Steps, evaluate, fit
from models.flows.flow import Flow
from tests.models.flows.centres import SIZE, Centre, fit_centre, rows_around


def fit_flow() -> tuple[list[Epoch], list[np.ndarray]]:
    flow = Flow(SIZE, FlowArchitecture(n_layers=1, hidden_units=(8,)))
    history = fit(
        flow,
        tf.function(flow.log_prob, jit_compile=True),
        [rows_around(1.0)],
        rows_around(1.0, seed=1),
        FitOptions(batch_size=16, max_epochs=3),
    )
    return history, [variable.numpy() for variable in flow.variables]


@pytest.fixture(scope="module")
def fitted() -> tuple[list[Epoch], list[np.ndarray]]:
    return fit_flow()


def test_training_repeats_to_the_bit_under_one_seed(fitted: tuple[list[Epoch], list[np.ndarray]]) -> None:
    history, weights = fit_flow()
    assert history == fitted[0]
    for again, first in zip(weights, fitted[1], strict=True):
        np.testing.assert_array_equal(again, first)


def test_another_seed_draws_other_batches() -> None:
    first, again, other = (fit_centre(Centre(), [rows_around(3.0)], seed=seed) for seed in (0, 0, 1))
    assert first == again
    assert first[0].batch != other[0].batch


def test_a_linear_flow_comes_close_to_the_gaussian_that_made_the_clips() -> None:
    generator = np.random.default_rng(0)
    mixing = np.array([[1.0, 0.0, 0.0], [0.8, 0.6, 0.0], [-0.5, 0.5, 0.7]])
    train, validation, fresh = (
        (generator.standard_normal((n, SIZE)) @ mixing.T).astype(np.float32) for n in (600, 200, 2000)
    )
    flow = Flow(SIZE, FlowArchitecture(n_layers=1, hidden_units=(16,)))
    flow.prepare(train)
    options = FitOptions(learning_rate=1e-2, max_epochs=40)
    fit(flow, tf.function(flow.log_prob, jit_compile=True), [train], validation, options)
    reached = flow.log_prob(tf.constant(fresh)).numpy().mean()
    # 600 clips fix a Gaussian's nine numbers to 0.01 nats; the flow has more to fit.
    assert reached == pytest.approx(ShrunkGaussian(train).log_prob(fresh).mean(), abs=0.1)


def test_the_best_weights_are_kept() -> None:
    model, validation = Centre(-1.0), rows_around(0.0, seed=1)
    history = fit_centre(model, [rows_around(3.0)], validation, max_epochs=30, patience=5)
    best = max(epoch.validation for epoch in history)
    assert history[-1].validation < best
    kept = evaluate(model.log_prob, validation)
    assert float(kept.mean()) == best


def test_training_stops_after_patience_epochs_without_a_better_one() -> None:
    history = fit_centre(Centre(-1.0), [rows_around(3.0)], rows_around(0.0), max_epochs=40, patience=4)
    last_best = max(epoch.number for epoch in history if epoch.is_best)
    assert 1 < last_best < len(history) < 40
    assert len(history) == last_best + 4


def test_an_epoch_is_best_where_its_validation_value_is_a_new_maximum() -> None:
    history = fit_centre(Centre(-1.0), [rows_around(3.0)], rows_around(0.0), max_epochs=20)
    values = [epoch.validation for epoch in history]
    assert [epoch.is_best for epoch in history] == [
        value > max(values[:i], default=-np.inf) for i, value in enumerate(values)
    ]


def test_without_patience_every_epoch_runs_and_the_last_weights_stay() -> None:
    model, validation = Centre(-1.0), rows_around(0.0, seed=1)
    history = fit_centre(model, [rows_around(3.0)], validation, max_epochs=20)
    assert len(history) == 20
    kept = evaluate(model.log_prob, validation)
    assert float(kept.mean()) == history[-1].validation < max(epoch.validation for epoch in history)


@pytest.mark.parametrize(
    ("model", "n_train", "n_validation", "message"),
    [
        (tf.Module(), 5, 4, "cannot fit 0 variables on 5 rows, with 4 validation rows"),
        (Centre(), 0, 4, "cannot fit 1 variables on 0 rows, with 4 validation rows"),
        (Centre(), 5, 0, "cannot fit 1 variables on 5 rows, with 0 validation rows"),
    ],
    ids=["no variables", "no rows", "no validation rows"],
)
def test_nothing_to_fit_is_refused(model: tf.Module, n_train: int, n_validation: int, message: str) -> None:
    rows = rows_around(0.0)
    with pytest.raises(ValueError, match=message):
        fit(model, Centre().log_prob, [rows[:n_train]], rows[:n_validation], FitOptions())


def test_monitored_words_are_followed_and_decide_nothing() -> None:
    plain, followed = Centre(), Centre()
    rows, far = rows_around(3.0), rows_around(50.0)
    options = FitOptions(batch_size=10, max_epochs=4, patience=2)
    alone = fit(plain, plain.log_prob, [rows], rows, options)
    beside = fit(followed, followed.log_prob, [rows], rows, options, monitored={"far": far, "same": rows})
    assert [epoch.validation for epoch in beside] == [epoch.validation for epoch in alone]
    np.testing.assert_array_equal(followed.mean.numpy(), plain.mean.numpy())
    for epoch in beside:
        assert epoch.monitored["same"] == epoch.validation > epoch.monitored["far"]


def test_epochs_take_the_versions_of_the_clips_in_turn() -> None:
    versions = [np.full((10, SIZE), value, np.float32) for value in (1.0, 2.0)]
    history = fit_centre(Centre(), versions, max_epochs=5, learning_rate=0.0)
    assert [epoch.batch for epoch in history] == [-1.5, -6.0, -1.5, -6.0, -1.5]


def test_statistics_are_frozen_before_each_score_and_at_the_end() -> None:
    calls: list[str] = []
    model, rows = Centre(), rows_around(0.0)
    fit(
        model,
        model.log_prob,
        [rows],
        rows,
        FitOptions(max_epochs=2),
        before_scoring=lambda: calls.append("score"),
        on_epoch=lambda epoch: calls.append(f"epoch {epoch.number}"),
    )
    # Once more at the end: the statistics have to be those of the best weights.
    assert calls == ["score", "epoch 1", "score", "epoch 2", "score"]


def test_steps_are_reported_in_turn_with_the_mean_since_the_last_report() -> None:
    rows, reports = rows_around(3.0), list[Steps]()
    model = Centre()
    # No step size: every batch is scored by the same weights, and the values can be computed afterwards.
    options = FitOptions(batch_size=5, learning_rate=0.0, max_epochs=2, patience=0)
    history = fit(model, model.log_prob, [rows], rows, options, report_every=3, on_steps=reports.append)
    assert [(report.epoch, report.step) for report in reports] == [(1, 3), (1, 6), (2, 3), (2, 6)]
    values = model.log_prob(tf.constant(rows)).numpy()
    generator = np.random.default_rng(options.seed)
    for epoch in range(2):
        order = generator.permutation(len(rows))
        for half in range(2):
            expected = values[order[15 * half : 15 * half + 15]].mean()
            assert reports[2 * epoch + half].batch == pytest.approx(expected, rel=1e-5)
        assert history[epoch].batch == pytest.approx(values.mean(), rel=1e-5)


def test_reports_of_steps_change_nothing_and_are_not_made_unasked() -> None:
    rows, reports = rows_around(3.0), list[Steps]()
    quiet, watched = Centre(), Centre()
    options = FitOptions(batch_size=10, learning_rate=0.1, max_epochs=2, patience=0)
    alone = fit(quiet, quiet.log_prob, [rows], rows, options, on_steps=reports.append)
    assert reports == []

    def look(report: Steps) -> None:
        reports.append(report)
        evaluate(watched.log_prob, rows)

    beside = fit(watched, watched.log_prob, [rows], rows, options, report_every=1, on_steps=look)
    assert len(reports) == 2 * 4
    assert beside == alone
    np.testing.assert_array_equal(watched.mean.numpy(), quiet.mean.numpy())
