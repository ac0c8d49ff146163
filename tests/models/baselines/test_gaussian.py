"""Is the baseline the Gaussian that Ledoit and Wolf describe, at any number of features?"""

import tracemalloc

import numpy as np
import pytest
import scipy.stats
from sklearn.covariance import ledoit_wolf

from models.baselines.gaussian import ShrunkGaussian


def clips_of(n: int, size: int) -> np.ndarray:
    generator = np.random.default_rng(0)
    mixing = generator.standard_normal((size, size)) * 0.9 ** np.arange(size)
    return generator.standard_normal((n, size)) @ mixing.T * np.linspace(0.1, 10.0, size) + 5.0


@pytest.mark.parametrize(("n", "size"), [(60, 10), (20, 60), (30, 30)])
def test_it_equals_scipys_gaussian_with_scikit_learns_shrunk_covariance(n: int, size: int) -> None:
    clips = clips_of(n + 15, size)
    train, fresh = clips[:n], clips[n:]
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    covariance, shrinkage = ledoit_wolf((train - mean) / deviation, assume_centered=True)
    gaussian = ShrunkGaussian(train)
    assert gaussian.shrinkage == pytest.approx(shrinkage, rel=1e-9)
    expected = scipy.stats.multivariate_normal(np.zeros(size), covariance).logpdf((fresh - mean) / deviation)
    # Float64 and condition numbers up to 1e5.
    np.testing.assert_allclose(gaussian.log_prob(fresh), expected - np.log(deviation).sum(), rtol=1e-9)


def test_many_features_take_no_more_memory_than_a_few_copies_of_the_clips() -> None:
    train = np.random.default_rng(0).standard_normal((20, 20_000))
    tracemalloc.start()
    log_prob = ShrunkGaussian(train).log_prob(train)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert np.isfinite(log_prob).all()
    # The clips to fit to and those to score, each standardised, and the deviation's own copy before; a
    # covariance would be 1,000.
    assert peak < 4 * train.nbytes


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_constant_feature_gives_finite_values(dtype: type) -> None:
    train: np.ndarray = clips_of(30, 6).astype(dtype)
    train[:, 2] = 0.1
    assert np.isfinite(ShrunkGaussian(train).log_prob(train)).all()


def test_equal_clips_give_finite_values() -> None:
    train = np.ones((5, 4))
    assert np.isfinite(ShrunkGaussian(train).log_prob(train)).all()


def test_a_clip_is_less_likely_the_farther_out_it_lies() -> None:
    train = clips_of(30, 50)
    outward = np.random.default_rng(1).standard_normal(50) * train.std(axis=0)
    clips = train.mean(axis=0) + np.arange(6)[:, None] * outward
    assert np.all(np.diff(ShrunkGaussian(train).log_prob(clips)) < 0.0)


def test_it_does_not_depend_on_the_features_units_but_for_their_volume() -> None:
    train = clips_of(30, 8)
    units = 10.0 ** np.linspace(-2, 1, 8)
    there = ShrunkGaussian(train * units).log_prob(train * units)
    np.testing.assert_allclose(there, ShrunkGaussian(train).log_prob(train) - np.log(units).sum(), rtol=1e-9)


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_clips_are_refused(n: int) -> None:
    with pytest.raises(ValueError, match=f"at least 2 vectors, got {n}"):
        ShrunkGaussian(np.ones((n, 3)))
