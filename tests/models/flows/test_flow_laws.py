"""Is every flow of the family invertible, with the right Jacobian and the right base?"""

from dataclasses import dataclass

import numpy as np
import pytest
import scipy.special
import scipy.stats
import tensorflow as tf

from tests.models.flows.autodiff import log_abs_det
from tests.models.flows.flow_members import MEMBERS, Member, member

N_ROWS = 5
# Features of about 100 have 14 digits after the point; two layers multiply their error by up to 1e3.
# Integrals are as exact as 32 nodes are, and a differential equation as 32 steps.
TOLERANCES = {"unaf": 1e-7, "flow_matching": 1e-5}


@dataclass(frozen=True)
class Facts:
    """What a member says of its rows, gathered once: eager TFP takes a tenth of a second for each answer.

    ``derivative`` is the log-determinant of data to noise by autodiff, of the direction that is cheaper.
    """

    member: Member
    z: np.ndarray
    x_again: np.ndarray
    z_again: np.ndarray
    inverse_log_det: np.ndarray
    forward_log_det: np.ndarray
    derivative: np.ndarray
    log_prob: np.ndarray
    gradients: dict[str, np.ndarray | None]

    @property
    def tolerance(self) -> float:
        return TOLERANCES.get(self.member.flow.architecture.family, 1e-10)


@pytest.fixture(scope="module", params=MEMBERS)
def facts(request: pytest.FixtureRequest) -> Facts:
    shaken = member(MEMBERS[request.param]).head(N_ROWS)
    flow, x = shaken.flow, tf.constant(shaken.x)
    # Each constant is a tensor of its own: otherwise a bijector would answer from its cache.
    z = shaken.to_noise(x).numpy()
    x_again = shaken.to_data(tf.constant(z)).numpy()
    z_again = shaken.to_noise(tf.constant(x_again)).numpy()
    if flow.architecture.family == "iaf":
        derivative = -log_abs_det(shaken.to_data, z)
    else:
        derivative = log_abs_det(shaken.to_noise, shaken.x)
    inverse = flow.bijector.inverse_log_det_jacobian(tf.constant(shaken.x), 1, **shaken.condition)
    forward = flow.bijector.forward_log_det_jacobian(tf.constant(z), 1, **shaken.condition)
    with tf.GradientTape() as tape:
        log_prob = flow.log_prob(tf.constant(shaken.x), **shaken.given)
    gradients = tape.gradient(log_prob, flow.trainable_variables)
    names = [f"{i} {variable.name}" for i, variable in enumerate(flow.trainable_variables)]
    return Facts(
        member=shaken,
        z=z,
        x_again=x_again,
        z_again=z_again,
        inverse_log_det=np.broadcast_to(inverse, N_ROWS),
        forward_log_det=np.broadcast_to(forward, N_ROWS),
        derivative=derivative,
        log_prob=log_prob.numpy(),
        gradients={n: None if g is None else g.numpy() for n, g in zip(names, gradients, strict=True)},
    )


def base_log_prob(flow_member: Member, z: np.ndarray) -> np.ndarray:
    """Return what SciPy says of the base."""
    flow = flow_member.flow
    if flow.architecture.base == "normal":
        each = scipy.stats.norm.logpdf(z)
        each[:, list(flow.architecture.circular)] = -np.log(2.0 * np.pi)
        return each.sum(axis=-1)
    mixture, bound = flow.mixture, flow.architecture.log_scale_bound
    scales = np.exp(bound * np.tanh(mixture.log_scales.numpy() / bound))
    each = scipy.stats.norm.logpdf(z[:, None, :], mixture.means.numpy(), scales).sum(axis=-1)
    return scipy.special.logsumexp(each + scipy.special.log_softmax(mixture.logits.numpy()), axis=-1)


def test_inverse_undoes_forward(facts: Facts) -> None:
    np.testing.assert_allclose(facts.z_again, facts.z, atol=facts.tolerance)


def test_forward_undoes_inverse(facts: Facts) -> None:
    difference = facts.x_again - facts.member.x
    angles = list(facts.member.flow.architecture.circular)  # the same but for whole turns
    difference[:, angles] -= 2.0 * np.pi * np.round(difference[:, angles] / (2.0 * np.pi))
    np.testing.assert_allclose(difference, 0.0, atol=facts.tolerance)


def test_both_log_determinants_match_autodiff(facts: Facts) -> None:
    # Both are float64 sums of a few dozen terms below 1e3.
    np.testing.assert_allclose(facts.inverse_log_det, facts.derivative, rtol=1e-10, atol=facts.tolerance)
    np.testing.assert_allclose(-facts.forward_log_det, facts.derivative, rtol=1e-10, atol=facts.tolerance)


def test_log_prob_is_the_base_plus_the_log_determinant(facts: Facts) -> None:
    expected = base_log_prob(facts.member, facts.z) + facts.derivative
    np.testing.assert_allclose(facts.log_prob, expected, rtol=1e-10, atol=facts.tolerance)


def test_every_trainable_variable_receives_a_gradient(facts: Facts) -> None:
    assert len(facts.gradients) > 0
    missing = [
        name
        for name, gradient in facts.gradients.items()
        if gradient is None or not np.any(np.abs(gradient) > 0.0)
    ]
    assert missing == []


def test_shapes_beyond_rows_are_scored_alike(facts: Facts) -> None:
    twice = facts.member.log_prob(np.stack([facts.member.x, facts.member.x[:, ::-1]]))
    assert twice.shape == (2, N_ROWS)
    # Products of other sizes may round differently in the last digits.
    np.testing.assert_allclose(twice[0], facts.log_prob, rtol=1e-10)
    assert np.all(twice[1] != twice[0])


@pytest.mark.parametrize("name", [name for name, flow in MEMBERS.items() if flow.condition_size])
def test_a_condition_changes_the_density_of_every_row(name: str) -> None:
    shaken = member(MEMBERS[name]).head(N_ROWS)
    before = shaken.log_prob()
    for kind, value in shaken.given.items():
        other = shaken.given | {kind: value + 1 if kind == "context" else (value + 1) % 3}
        changed = shaken.flow.log_prob(tf.constant(shaken.x), **other).numpy()
        assert np.all(np.abs(changed - before) > 1e-4), kind
