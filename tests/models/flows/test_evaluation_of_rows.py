"""Is a row's value the same in whatever company it is scored?"""

import numpy as np
import pytest
import tensorflow as tf

from models.flows.architecture import FlowArchitecture
from models.flows.fitting import evaluate
from models.flows.flow import Flow
from tests.models.flows.autodiff import shake


@pytest.fixture(scope="module")
def scored() -> tf.types.experimental.PolymorphicFunction:
    flow = Flow(8, FlowArchitecture(n_layers=2, hidden_units=(32,)))
    shake(flow, 0.2)
    return tf.function(flow.log_prob, jit_compile=True)


@pytest.fixture
def many() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((300, 8)).astype(np.float32)


@pytest.mark.parametrize("n", [1, 7, 64, 65])
def test_a_score_does_not_depend_on_how_many_are_scored(
    n: int, scored: tf.types.experimental.PolymorphicFunction, many: np.ndarray
) -> None:
    np.testing.assert_array_equal(evaluate(scored, many[:n], 64), evaluate(scored, many, 64)[:n])


def test_a_score_does_not_depend_on_the_order(
    scored: tf.types.experimental.PolymorphicFunction, many: np.ndarray
) -> None:
    order = np.random.default_rng(1).permutation(len(many))
    np.testing.assert_array_equal(evaluate(scored, many[order], 64), evaluate(scored, many, 64)[order])


def test_scoring_compiles_one_batch_size_only(
    scored: tf.types.experimental.PolymorphicFunction, many: np.ndarray
) -> None:
    for n in (1, 64, 100):
        evaluate(scored, many[:n], 64)
    assert scored.experimental_get_tracing_count() == 1


def test_no_clips_have_no_scores(scored: tf.types.experimental.PolymorphicFunction) -> None:
    assert evaluate(scored, np.empty((0, 8), np.float32), 64).shape == (0,)
