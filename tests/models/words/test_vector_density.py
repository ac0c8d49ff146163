"""Is the density of vectors Ledoit and Wolf's, of any few clips, and the same after it was saved?"""

import numpy as np
import pytest
from sklearn.covariance import LedoitWolf

from models.words.vector_density import VectorDensity, unit_length

SIZE = 24


def vectors(n: int, seed: int = 0, tilt: float = 0.0) -> np.ndarray:
    """Vectors around one direction, of any length; ``tilt`` turns the direction."""
    generator = np.random.default_rng(seed)
    centre = np.zeros(SIZE)
    centre[0], centre[1] = np.cos(tilt), np.sin(tilt)
    around = centre + 0.1 * generator.standard_normal((n, SIZE)) * np.linspace(0.2, 1.5, SIZE)
    return 10 ** generator.uniform(-1, 1, (n, 1)) * around


def fitted(n: int = 200, *, has_background: bool = True) -> VectorDensity:
    made = VectorDensity(SIZE, has_background=has_background)
    made.fit(vectors(n), vectors(n, seed=1, tilt=1.0))
    return made


@pytest.mark.parametrize("n", [5, 22, 200])
def test_the_density_is_the_shrunk_gaussian_of_scikit_learn(n: int) -> None:
    oracle = LedoitWolf().fit(unit_length(vectors(n)))
    expected = 0.5 * oracle.mahalanobis(unit_length(vectors(10, seed=2)))
    found = fitted(n).surprisals(vectors(10, seed=2))["density"]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_the_length_of_a_vector_says_nothing() -> None:
    density, clips = fitted(), vectors(5, seed=2)
    for name, found in density.surprisals(1_000 * clips).items():
        np.testing.assert_allclose(found, density.surprisals(clips)[name], rtol=1e-9)


def test_what_is_like_the_background_is_stranger_by_both() -> None:
    density = fitted()
    own, other = density.surprisals(vectors(50, seed=3)), density.surprisals(vectors(50, seed=4, tilt=1.0))
    assert list(own) == ["density", "ratio"]
    assert own["density"].max() < other["density"].min()
    assert own["ratio"].max() < 0 < other["ratio"].min()


def test_what_both_find_strange_has_a_density_and_hardly_a_ratio() -> None:
    """A voice that is in neither: the ratio leaves it to the density."""
    density, odd = fitted(), vectors(1, seed=5)
    odd[0, -1] += 20 * np.linalg.norm(odd)
    found, usual = density.surprisals(odd), density.surprisals(vectors(50, seed=3))
    assert found["density"][0] > 10 * usual["density"].max()
    assert abs(found["ratio"][0]) < 0.5 * found["density"][0]


def test_without_a_background_there_is_no_ratio() -> None:
    assert list(fitted(has_background=False).surprisals(vectors(3))) == ["density"]


def test_equal_clips_and_zeros_have_finite_densities() -> None:
    density = VectorDensity(SIZE, has_background=True)
    density.fit(np.ones((20, SIZE)), np.zeros((20, SIZE)))
    for found in density.surprisals(np.stack([np.ones(SIZE), np.zeros(SIZE)])).values():
        assert np.isfinite(found).all()


def test_one_clip_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2 vectors, got 1"):
        fitted(1)


def test_it_is_the_same_from_its_arrays_and_refuses_others() -> None:
    density, again = fitted(), VectorDensity(SIZE, has_background=True)
    again.restore(density.arrays())
    for name, found in again.surprisals(vectors(5, seed=2)).items():
        np.testing.assert_array_equal(found, density.surprisals(vectors(5, seed=2))[name])
    with pytest.raises(ValueError, match="vectors/background/mean needs shape"):
        again.restore(fitted(has_background=False).arrays())
