"""Does a compiled loop of optimiser steps train what single steps train, and stop where it must?"""

from unittest.mock import patch

import numpy as np
import pytest

from models.flows.fitting import steps
from models.flows.fitting.steps import NUMBERS_A_CALL, STEPS_A_CALL, OptimiserSteps
from tests.models.flows.centres import SIZE, Centre, fit_centre, rows_around


def optimiser_steps(model: Centre, row_shape: tuple[int, ...] = (SIZE,)) -> OptimiserSteps:
    return OptimiserSteps(
        model.log_prob.python_function,
        [model.mean],
        learning_rate=0.1,
        clip_norm=10.0,
        row_shape=row_shape,
        batch_size=5,
    )


# 23 rows are four batches of 5: full calls of 1, of 3 and one more, and a call that is never full.
@pytest.mark.parametrize("n_steps", [1, 3, 20])
def test_how_many_steps_a_call_takes_changes_nothing_in_what_is_trained(n_steps: int) -> None:
    rows = rows_around(3.0, n=23)
    usual, other = Centre(), Centre()
    history = fit_centre(usual, [rows], batch_size=5)
    with patch.object(steps, "STEPS_A_CALL", n_steps):
        assert fit_centre(other, [rows], batch_size=5) == history
    np.testing.assert_array_equal(other.mean.numpy(), usual.mean.numpy())


def test_the_loop_takes_the_steps_of_adam_by_hand() -> None:
    model, rows = Centre(), rows_around(3.0, n=20)
    losses = optimiser_steps(model).run_epoch(rows, np.random.default_rng(0), lambda losses: None)
    order = np.random.default_rng(0).permutation(20).reshape(4, 5)
    mean, first, second = np.zeros(SIZE), np.zeros(SIZE), np.zeros(SIZE)
    for number, chosen in enumerate(order, start=1):
        difference = mean - rows[chosen].astype(np.float64)
        assert losses[number - 1] == pytest.approx(0.5 * np.mean(np.sum(difference**2, axis=1)), rel=1e-5)
        gradient = difference.mean(axis=0)
        first, second = 0.9 * first + 0.1 * gradient, 0.999 * second + 0.001 * gradient**2
        unbiased = (first / (1 - 0.9**number), second / (1 - 0.999**number))
        mean = mean - 0.1 * unbiased[0] / (np.sqrt(unbiased[1]) + 1e-7)
    np.testing.assert_allclose(model.mean.numpy(), mean, rtol=1e-4)


def test_losses_end_at_the_first_that_is_not_finite() -> None:
    rows = rows_around(3.0, n=20)
    rows[np.random.default_rng(0).permutation(20)[5]] = np.nan
    # The model has to live on: its bound log_prob holds it weakly.
    model = Centre()
    losses = optimiser_steps(model).run_epoch(rows, np.random.default_rng(0), lambda losses: None)
    assert np.isfinite(losses).tolist() == [True, False]


def test_wide_rows_take_fewer_steps_a_call() -> None:
    assert optimiser_steps(Centre()).n_steps == STEPS_A_CALL
    assert optimiser_steps(Centre(), (NUMBERS_A_CALL // 15,)).n_steps == 3
    assert optimiser_steps(Centre(), (NUMBERS_A_CALL,)).n_steps == 1


def test_a_report_sees_the_weights_of_its_own_step() -> None:
    rows, every, third = rows_around(3.0), list[np.ndarray](), list[np.ndarray]()
    for seen, report_every in ((every, 1), (third, 3)):
        model = Centre()
        optimiser_steps(model).run_epoch(
            rows,
            np.random.default_rng(0),
            lambda losses, model=model, seen=seen: seen.append(model.mean.numpy()),
            report_every,
        )
    assert (len(every), len(third)) == (8, 2)
    np.testing.assert_array_equal(third, [every[2], every[5]])
    assert np.all(every[2] != every[5])
