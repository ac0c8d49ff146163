"""Does a fit that was killed go on where it was, and end in the same weights, to the bit?"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from models.flows.architecture import FlowArchitecture
from models.flows.fitting import progress
from models.flows.fitting.options import FitOptions
from models.flows.fitting.progress import Epoch, FitProgress, Keeper
from models.flows.fitting.steps import OptimiserSteps
from models.flows.flow import Flow
from tests.models.flows.centres import SIZE, rows_around
from tests.models.flows.fitting.checkpoints import KilledError, Memory

# Batch statistics, copies of the rows that take turns, and several compiled calls in an epoch.
ARCHITECTURE = FlowArchitecture(n_layers=2, hidden_units=(8,), normalization="batch")
TRAIN = [rows_around(1.0, n=600), rows_around(1.5, n=600, seed=2)]


def fitted(memory: Memory | None) -> tuple[list[Epoch], list[Epoch], list[bytes]]:
    flow = Flow(SIZE, ARCHITECTURE)
    flow.prepare(TRAIN[0])
    told: list[Epoch] = []
    options = FitOptions(
        batch_size=10,
        max_epochs=4,
        patience=2,
        learning_rate=1e-2,
        next_checkpoint=None if memory is None else lambda: memory,
    )
    history = flow.fit(TRAIN, rows_around(1.0, seed=1), options, on_epoch=told.append)
    return history, told, [variable.numpy().tobytes() for variable in flow.variables]


@pytest.fixture(scope="module")
def whole() -> tuple[list[Epoch], list[Epoch], list[bytes]]:
    return fitted(None)


@pytest.fixture
def _keeps_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(progress, "WRITING_SHARE", np.inf)


@pytest.mark.usefixtures("_keeps_all")
@pytest.mark.parametrize("n_writes", [1, 3, 4, 6, 9])
def test_a_fit_that_was_killed_ends_in_the_same_weights(
    n_writes: int, whole: tuple[list[Epoch], list[Epoch], list[bytes]]
) -> None:
    memory = Memory(n_writes)
    with pytest.raises(KilledError):
        fitted(memory)
    assert fitted(memory) == whole


@pytest.mark.usefixtures("_keeps_all")
def test_a_fit_that_ended_is_not_fitted_again(
    whole: tuple[list[Epoch], list[Epoch], list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory()
    assert fitted(memory) == whole
    monkeypatch.setattr(
        "models.flows.fitting.steps.OptimiserSteps.run_epoch", lambda *_, **__: pytest.fail("fitted again")
    )
    assert fitted(memory) == whole


def test_what_was_kept_of_another_fit_is_not_used(
    whole: tuple[list[Epoch], list[Epoch], list[bytes]],
) -> None:
    memory = Memory()
    memory.saved = FitProgress(values=[np.zeros(3)], good=[], best=[]).arrays()
    assert fitted(memory) == whole
    memory.saved = {"numbers": np.frombuffer(b"{}", np.uint8)}
    assert fitted(memory) == whole


def test_a_fit_is_kept_seldom_enough_that_writing_costs_little() -> None:
    clock = [0.0]

    class Slow(Memory):
        def save(self, arrays: Mapping[str, np.ndarray]) -> None:
            super().save(arrays)
            clock[0] += 10.0

    keeper = Keeper(Slow(), seconds=lambda: clock[0])
    state = FitProgress(values=[np.zeros(3)], good=[], best=[])
    assert not keeper.is_due()
    clock[0] = 3.0
    assert keeper.is_due()
    keeper.save(lambda: state)
    clock[0] += 199.0
    assert not keeper.is_due()
    clock[0] += 2.0
    assert keeper.is_due()


def test_a_large_fit_is_not_kept_before_writing_it_is_a_small_share_of_its_time() -> None:
    clock = [0.0]
    keeper = Keeper(Memory(), 300e6, seconds=lambda: clock[0])
    clock[0] = 59.0
    assert not keeper.is_due()
    clock[0] = 61.0
    assert keeper.is_due()


@pytest.mark.usefixtures("_keeps_all")
def test_a_step_taken_back_after_going_on_ends_as_without_the_kill(monkeypatch: pytest.MonkeyPatch) -> None:
    take, n_calls = OptimiserSteps.run_epoch, 0

    def run(*given: Any, **named: Any) -> np.ndarray:
        nonlocal n_calls
        n_calls += 1
        losses = take(*given, **named)
        return np.append(losses, np.nan) if n_calls == poisoned else losses

    monkeypatch.setattr(OptimiserSteps, "run_epoch", run)
    poisoned = 3
    expected = fitted(None)
    assert [bool(epoch.message) for epoch in expected[0]][2]
    # Two epochs of four writes each; the first epoch that the second fit runs is the poisoned one.
    memory, n_calls, poisoned = Memory(8), 0, 0
    with pytest.raises(KilledError):
        fitted(memory)
    n_calls, poisoned = 0, 1
    assert repr(fitted(memory)) == repr(expected)  # a NaN is not equal to another one
