"""Is a flow on principal components, with a Gaussian on the rest, one density of all features?"""

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from models.flows.architecture import FlowArchitecture
from models.flows.fitting.options import FitOptions
from models.flows.layers.linear import Rotation
from models.flows.principal_flow import PrincipalFlow
from tests.models.flows.autodiff import log_abs_det, shake

SIZE, N_COMPONENTS = 5, 2
OPTIONS = FitOptions(batch_size=25, max_epochs=2)


def make(
    event_size: int = SIZE, n_components: int = N_COMPONENTS, *, noise_scale: float = 0.1, n_layers: int = 2
) -> PrincipalFlow:
    return PrincipalFlow(
        event_size,
        n_components=n_components,
        noise_scale=noise_scale,
        architecture=FlowArchitecture(n_layers=n_layers, hidden_units=(8,), log_scale_bound=1.0),
        seed=0,
    )


def clips_of(event_size: int, n: int = 60) -> np.ndarray:
    """Return correlated clips, most of whose variance lies in few directions."""
    generator = np.random.default_rng(0)
    mixing = generator.standard_normal((event_size, event_size)) * 0.3 ** np.arange(event_size)
    return (generator.standard_normal((n, event_size)) @ mixing.T + 5.0).astype(np.float32)


@pytest.fixture
def clips() -> np.ndarray:
    return clips_of(SIZE)


@pytest.fixture
def placed(clips: np.ndarray) -> PrincipalFlow:
    """A flow with the components of ``clips``, and weights far from the identity."""
    flow = make()
    flow._find_components([clips])
    shake(flow, 0.3)
    return flow


@pytest.fixture(scope="module")
def fitted() -> PrincipalFlow:
    flow = make(n_layers=1)
    clips = clips_of(SIZE)
    flow.fit([clips[:50]], clips[50:], OPTIONS)
    return flow


def test_log_prob_matches_the_autodiff_jacobian(placed: PrincipalFlow, clips: np.ndarray) -> None:
    def to_noise(x: tf.Tensor) -> tf.Tensor:
        return placed.distribution.bijector.inverse(x)

    noise = to_noise(tf.constant(clips)).numpy().astype(np.float64)
    expected = scipy.stats.norm.logpdf(noise).sum(axis=1) + log_abs_det(to_noise, clips, tf.float32)
    # float32: squares of a few dozen and six digits.
    np.testing.assert_allclose(placed.log_prob(clips), expected, rtol=1e-4, atol=1e-4)


def test_log_prob_is_the_flow_on_the_components_plus_a_gaussian_on_the_rest(
    placed: PrincipalFlow, clips: np.ndarray
) -> None:
    z = (clips - placed.mean.numpy()) / placed.scale.numpy() @ placed.rotation.matrix.numpy()
    inside = placed.components.log_prob(tf.constant(z[:, :N_COMPONENTS])).numpy()
    outside = scipy.stats.norm.logpdf(z[:, N_COMPONENTS:], scale=placed.residual_scale.numpy()).sum(axis=1)
    expected = inside + outside - np.log(placed.scale.numpy()).sum()
    np.testing.assert_allclose(placed.log_prob(clips), expected, rtol=1e-4, atol=1e-4)


def test_the_density_integrates_to_one() -> None:
    flow = make(2, 1, noise_scale=0.3)
    flow._find_components([clips_of(2)])
    shake(flow, 0.3)
    # The grid follows the standardised features; beyond 15 deviations lies nothing that float32 could add.
    axis = np.linspace(-15.0, 15.0, 400)
    z = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    x = (z * flow.scale.numpy() + flow.mean.numpy()).astype(np.float32)
    density = np.exp(flow.log_prob(x).astype(np.float64))
    total = density.sum() * (axis[1] - axis[0]) ** 2 * np.prod(flow.scale.numpy().astype(np.float64))
    assert total == pytest.approx(1.0, abs=1e-4)


def test_the_rotation_is_orthogonal(placed: PrincipalFlow) -> None:
    matrix = placed.rotation.matrix.numpy()
    np.testing.assert_allclose(matrix.T @ matrix, np.eye(SIZE), atol=1e-6)


def test_a_rotations_inverse_undoes_it(placed: PrincipalFlow, clips: np.ndarray) -> None:
    there = placed.rotation.forward(tf.constant(clips))
    np.testing.assert_allclose(placed.rotation.inverse(tf.identity(there)), clips, atol=1e-4)


def test_a_rotations_log_determinant_is_zero(placed: PrincipalFlow, clips: np.ndarray) -> None:
    np.testing.assert_allclose(log_abs_det(placed.rotation.forward, clips, tf.float32), 0.0, atol=1e-5)
    x = tf.constant(clips)
    assert np.all(placed.rotation.forward_log_det_jacobian(x, 1).numpy() == 0.0)
    assert np.all(placed.rotation.inverse_log_det_jacobian(x, 1).numpy() == 0.0)


def test_a_new_rotation_changes_nothing(clips: np.ndarray) -> None:
    np.testing.assert_array_equal(Rotation(SIZE).forward(tf.constant(clips)), clips)


def test_the_components_are_those_of_most_variance(placed: PrincipalFlow, clips: np.ndarray) -> None:
    variances = ((clips - placed.mean.numpy()) / placed.scale.numpy() @ placed.rotation.matrix.numpy()).var(
        axis=0
    )
    assert np.all(np.diff(variances) < 0.0)
    # Standardised features have a total variance of D, wherever it lies.
    assert variances.sum() == pytest.approx(SIZE, rel=1e-5)


def test_the_residual_is_the_mean_variance_outside_plus_the_noises(
    placed: PrincipalFlow, clips: np.ndarray
) -> None:
    variances = ((clips - placed.mean.numpy()) / placed.scale.numpy() @ placed.rotation.matrix.numpy()).var(
        axis=0
    )
    expected = variances[N_COMPONENTS:].mean() + 0.1**2
    assert float(placed.residual_scale.numpy()) ** 2 == pytest.approx(expected, rel=1e-4)


def test_changed_copies_do_not_move_the_centre(clips: np.ndarray) -> None:
    flow = make()
    flow._find_components([clips, clips + 3.0])
    np.testing.assert_allclose(flow.mean, clips.mean(axis=0), rtol=1e-6)


def test_fitting_moves_every_trainable_variable(fitted: PrincipalFlow) -> None:
    untrained = make(n_layers=1).trainable_variables
    assert len(untrained) == 2 + 2  # weights and biases of the hidden and of the output layer
    for before, after in zip(untrained, fitted.trainable_variables, strict=True):
        assert np.any(before.numpy() != after.numpy()), after.name


def test_fitting_repeats_to_the_bit(fitted: PrincipalFlow) -> None:
    again, clips = make(n_layers=1), clips_of(SIZE)
    again.fit([clips[:50]], clips[50:], OPTIONS)
    for one, other in zip(again.variables, fitted.variables, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_fitting_leaves_the_clips_as_they_are(clips: np.ndarray) -> None:
    flow, before = make(), clips.copy()
    flow._find_components([clips])
    flow._blurred(clips, np.random.default_rng(0))
    np.testing.assert_array_equal(clips, before)


def test_the_blur_has_the_stated_size_in_deviations_of_each_feature() -> None:
    flow, clips = make(noise_scale=0.25), clips_of(SIZE, n=5000)
    flow._find_components([clips])
    noise = flow._blurred(clips, np.random.default_rng(0)) - clips
    # The standard error of a deviation from 5,000 draws is 1 %: five of them.
    np.testing.assert_allclose(noise.std(axis=0) / flow.scale.numpy(), 0.25, rtol=0.05)


def test_a_constant_feature_gives_a_finite_log_prob(clips: np.ndarray) -> None:
    clips[:, 1] = 3.0
    flow = make()
    flow._find_components([clips])
    assert np.isfinite(flow.log_prob(clips)).all()


@pytest.mark.parametrize("n_components", [0, SIZE, SIZE + 1])
def test_as_many_components_as_features_or_none_are_refused(n_components: int) -> None:
    with pytest.raises(ValueError, match=f"n_components={n_components} must lie between 1 and 4"):
        make(SIZE, n_components)


def test_a_base_that_cannot_stand_beside_the_rest_is_refused() -> None:
    architecture = FlowArchitecture(base="mixture")
    with pytest.raises(
        ValueError, match="base='mixture' and normalization='none': components need base='normal'"
    ):
        PrincipalFlow(SIZE, n_components=2, noise_scale=0.1, architecture=architecture, seed=0)


def test_an_affine_flow_is_the_gaussian_of_most_likelihood_without_a_step(clips: np.ndarray) -> None:
    flow = PrincipalFlow(
        SIZE,
        n_components=SIZE - 1,
        noise_scale=0.0,
        architecture=FlowArchitecture(family="affine"),
        seed=0,
    )
    history = flow.fit([clips], clips, OPTIONS, monitored={"other": clips + 1})
    gaussian = scipy.stats.multivariate_normal(clips.mean(axis=0), np.cov(clips.T, bias=True))
    np.testing.assert_allclose(flow.log_prob(clips), gaussian.logpdf(clips), rtol=2e-3, atol=0.1)
    assert len(history) == 1
    assert history[0].monitored["other"] < history[0].validation


def test_a_feature_that_hardly_varied_does_not_decide_alone(clips: np.ndarray) -> None:
    still = clips.copy()
    still[:, 0] = 5.0 + 1e-4 * np.random.default_rng(0).standard_normal(len(clips))
    flow = make(n_layers=1)
    flow.fit([still[:50]], still[50:], OPTIONS)
    moved, elsewhere = still[50:].copy(), still[50:].copy()
    moved[:, 0] += 0.1
    elsewhere[:, 1] += 10 * clips[:, 1].std()
    here, moved_here, away = (float(np.mean(flow.log_prob(x))) for x in (still[50:], moved, elsewhere))
    assert here - moved_here < here - away
