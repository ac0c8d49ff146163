"""Does training come back from a loss or weights that are not finite, say so, and give up in the end?"""

import numpy as np
import pytest
import tensorflow as tf

from models.flows.fitting.options import FitOptions
from models.flows.fitting.training import MAX_RECOVERIES, TrainingDiverged, fit
from tests.models.flows.centres import Centre, fit_centre, rows_around


def poisoned(rows: np.ndarray) -> np.ndarray:
    """Return the rows, with one NaN among them."""
    bad = rows.copy()
    bad[len(bad) // 2, 0] = np.nan
    return bad


def test_a_non_finite_loss_goes_back_to_the_last_good_state() -> None:
    short, long = Centre(), Centre()
    rows = rows_around(3.0)
    fit_centre(short, [rows], max_epochs=1)
    fit_centre(long, [rows, poisoned(rows)], max_epochs=2)
    assert np.any(short.mean.numpy() != 0.0)
    np.testing.assert_array_equal(long.mean.numpy(), short.mean.numpy())


def test_a_non_finite_loss_says_so_and_training_goes_on() -> None:
    rows = rows_around(3.0)
    history = fit_centre(Centre(), [rows, poisoned(rows), rows])
    assert [bool(epoch.message) for epoch in history] == [False, True, False]
    assert "went back to the last good state, learning rate now 5.0e-02" in history[1].message
    assert np.isnan(history[1].batch)
    assert np.isfinite(history[2].batch)


def test_a_log_prob_that_is_nan_once_does_not_end_the_training() -> None:
    model, rows = Centre(), rows_around(3.0)
    n_calls = tf.Variable(0, trainable=False)

    @tf.function(jit_compile=True)
    def log_prob(x: tf.Tensor) -> tf.Tensor:
        # Four batches and one evaluation an epoch: the seventh call is a batch of the second epoch.
        factor = tf.where(tf.equal(n_calls.assign_add(1), 7), np.nan, 1.0)
        return factor * model.log_prob(x)

    options = FitOptions(batch_size=10, learning_rate=0.1, max_epochs=5, patience=0)
    history = fit(model, log_prob, [rows], rows, options)
    assert [bool(epoch.message) for epoch in history] == [False, True, False, False, False]
    assert history[1].validation == history[0].validation < history[2].validation < history[4].validation


def test_a_loss_that_stays_non_finite_is_an_error() -> None:
    model = Centre()
    with pytest.raises(
        TrainingDiverged, match=f"non-finite {MAX_RECOVERIES + 1} times, .* learning rate 3.1e-03"
    ):
        fit_centre(model, [poisoned(rows_around(3.0))], max_epochs=50)


def test_weights_that_became_non_finite_are_taken_back() -> None:
    model = Centre()
    # One enormous row: the loss is finite in float32, its gradient's norm is not.
    rows = rows_around(0.0, n=10)
    rows[0] = 1e19
    fit_centre(model, [rows], max_epochs=2)
    assert np.isfinite(model.mean.numpy()).all()
