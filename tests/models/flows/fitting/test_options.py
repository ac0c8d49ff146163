"""Do schedules, averages, optimisers and accumulated gradients do what they say, also after a kill?"""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from models.flows.fitting import progress
from models.flows.fitting.options import Cosine, FitOptions, with_numbers
from models.flows.fitting.sources import StreamedRows
from models.flows.fitting.training import Epoch, fit
from tests.models.flows.centres import Centre, rows_around
from tests.models.flows.fitting.checkpoints import KilledError, Memory

ROWS = rows_around(3.0)
BATCH = 10


def fitted(rows: Any = ROWS, memory: Any = None, **numbers: Any) -> tuple[list[Epoch], np.ndarray]:
    """Return the history of a fit of a Gaussian's centre, and the centre [3]."""
    numbers = {"batch_size": BATCH, "learning_rate": 0.1, "max_epochs": 3, "patience": 0} | numbers
    options = FitOptions(next_checkpoint=None if memory is None else lambda: memory, **numbers)
    model = Centre()
    return fit(model, model.log_prob, [rows], ROWS, options), model.mean.numpy()


def by_hand(rate: Callable[[int], float], decay: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the centre after three epochs of plain gradient descent, and its moving average."""
    generator, mean, average = np.random.default_rng(0), np.zeros(3), np.zeros(3)
    step = 0
    for _ in range(3):
        for chosen in generator.permutation(len(ROWS)).reshape(-1, BATCH):
            mean = mean - rate(step) * (mean - ROWS[chosen].astype(np.float64)).mean(axis=0)
            step += 1
            now = min(decay, step / (step + 9.0))
            average = now * average + (1.0 - now) * mean
    return mean, average


def test_a_cosine_rises_falls_and_stays() -> None:
    rate = Cosine(2.0, n_steps=12, warmup_steps=2, least=0.5)
    found = [float(rate(tf.constant(step))) for step in (0, 1, 2, 7, 12, 99)]
    assert found == pytest.approx([1.0, 2.0, 2.0, 1.25, 0.5, 0.5])


def test_a_schedule_gives_each_step_its_rate() -> None:
    rate = Cosine(0.4, n_steps=12, warmup_steps=3)
    _, mean = fitted(learning_rate=rate, optimizer=tf_keras.optimizers.SGD, clip_norm=0.0)
    np.testing.assert_allclose(mean, by_hand(lambda step: float(rate(tf.constant(step))), 0.0)[0], rtol=1e-5)


def test_the_weights_that_stay_are_the_moving_average() -> None:
    history, mean = fitted(optimizer=tf_keras.optimizers.SGD, clip_norm=0.0, ema=0.5)
    np.testing.assert_allclose(mean, by_hand(lambda step: 0.1, 0.5)[1], rtol=1e-5)
    squares = ((ROWS - mean) ** 2).sum(axis=1)
    assert history[-1].validation == pytest.approx(-0.5 * squares.mean(), rel=1e-5)


def test_accumulated_batches_take_the_steps_of_one_large_batch() -> None:
    (history, mean), (wanted, large) = fitted(accumulate=2), fitted(batch_size=2 * BATCH)
    np.testing.assert_allclose(mean, large, rtol=1e-5)
    assert [epoch.batch for epoch in history] == pytest.approx([epoch.batch for epoch in wanted], rel=1e-5)


@pytest.fixture
def _keeps_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(progress, "WRITING_SHARE", np.inf)


STATED: dict[str, Any] = {
    "learning_rate": Cosine(0.3, n_steps=20, warmup_steps=2),
    "ema": 0.9,
    "accumulate": 2,
    "batch_size": 1,
    "patience": 2,
}


@pytest.mark.usefixtures("_keeps_all")
@pytest.mark.parametrize(("n_writes", "optimizer"), [(1, "nadam"), (2, "rmsprop"), (3, "lion")])
def test_what_is_stated_in_a_fit_holds_after_a_kill_to_the_bit(n_writes: int, optimizer: str) -> None:
    stated = STATED | {"optimizer": optimizer}
    wanted, mean = fitted(**stated)
    memory = Memory(n_writes)
    with pytest.raises(KilledError):
        fitted(memory=memory, **stated)
    history, again = fitted(memory=memory, **stated)
    assert history == wanted
    np.testing.assert_array_equal(again, mean)


@pytest.mark.usefixtures("_keeps_all")
def test_a_stream_is_gone_on_with_to_the_bit_and_sees_each_row_once_an_epoch() -> None:
    def stream() -> StreamedRows:
        return StreamedRows(tf.data.Dataset.from_tensor_slices(ROWS), 0, np.float32)

    seen = np.concatenate(list(stream().batches(np.random.default_rng(0), BATCH, 0)))
    np.testing.assert_array_equal(np.sort(seen, axis=0), np.sort(ROWS, axis=0))
    assert not np.array_equal(seen, ROWS)
    wanted, memory = fitted(stream(), batch_size=1), Memory(1)
    with pytest.raises(KilledError):
        fitted(stream(), memory, batch_size=1)
    history, mean = fitted(stream(), memory, batch_size=1)
    assert history == wanted[0]
    np.testing.assert_array_equal(mean, wanted[1])


def test_each_so_many_th_row_of_a_stream_is_held_out() -> None:
    rows = StreamedRows(tf.data.Dataset.from_tensor_slices(ROWS), 4, np.float32)
    np.testing.assert_array_equal(rows.held_out, ROWS[3::4])
    assert (len(rows), rows.shape, rows.first.shape) == (30, (30, 3), (30, 3))
    seen = np.concatenate(list(rows.batches(np.random.default_rng(0), BATCH, 1)))
    assert seen.shape == (20, 3)


def test_true_of_a_caller_ends_the_fit() -> None:
    model = Centre()
    options = FitOptions(batch_size=BATCH, max_epochs=9)
    history = fit(model, model.log_prob, [ROWS], ROWS, options, on_epoch=lambda epoch: epoch.number == 2)
    assert len(history) == 2


@pytest.mark.parametrize(
    ("numbers", "error", "words"),
    [
        ({"learning_rat": 1.0}, TypeError, "a fit has no option 'learning_rat'; did you mean learning_rate?"),
        ({"zzz": 1.0}, TypeError, "no option 'zzz'; options are batch_size, learning_rate"),
        ({"optimizer": "best"}, ValueError, "optimizer='best' is unknown; use one of adam, adamw"),
        ({"ema": 1.0}, ValueError, "ema=1.0 must be 0 (no average) or a decay below 1"),
        ({"accumulate": 0}, ValueError, "accumulate=0 batches of batch_size=100 rows: at least 1 each"),
    ],
    ids=str,
)
def test_options_that_cannot_be_are_refused(numbers: dict, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=re.escape(words)):
        with_numbers(None, numbers)


def test_an_optimiser_that_is_none_is_refused() -> None:
    with pytest.raises(TypeError, match="the optimiser is a float; it must be one of tf_keras.optimizers"):
        fitted(optimizer=lambda rate: rate)
    with pytest.raises(ValueError, match="accumulate=99 batches need as many rows, got 40"):
        fitted(accumulate=99)
