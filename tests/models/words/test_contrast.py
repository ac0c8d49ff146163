"""Ordinary clips pass, clips without contrast do not."""

import numpy as np
import pytest

from models.words.contrast import Contrast


def words(n: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    shape = 10 * np.sin(np.arange(20))[None, :, None] * np.cos(np.arange(8))[None, None, :]
    return shape * generator.uniform(0.7, 1.3, (n, 1, 1)) + generator.normal(0, 2, (n, 20, 8))


@pytest.fixture
def contrast() -> Contrast:
    fitted = Contrast()
    fitted.fit(words(300, 0), words(60, 1))
    return fitted


def test_ordinary_clips_have_no_excess(contrast: Contrast):
    assert np.mean(contrast.excess(words(500, 2)) > 0) <= 0.03


def test_silence_is_far_beyond_what_is_typical(contrast: Contrast):
    assert contrast.excess(np.zeros((1, 20, 8)))[0] > 20


def test_steady_noise_is_beyond_what_is_typical(contrast: Contrast):
    noise = np.random.default_rng(3).normal(0, 1, (20, 20, 8))
    assert contrast.excess(noise).min() > 5


def test_more_contrast_than_any_word_has_is_strange_too(contrast: Contrast):
    assert contrast.excess(20 * words(5, 4)).min() > 5


def test_a_flatter_voice_is_ordinary_where_all_voices_heard_are_one():
    fitted, one_voice = Contrast(), words(1, 0)
    fitted.fit(np.repeat(one_voice, 50, axis=0), one_voice)
    assert fitted.excess(0.75 * one_voice) == 0.0
    assert fitted.excess(0.1 * one_voice)[0] > 5


def test_level_alone_changes_nothing(contrast: Contrast):
    clips = 0.5 * words(5, 5)
    np.testing.assert_allclose(contrast.excess(clips - 40), contrast.excess(clips), atol=1e-6)


def test_it_comes_back_from_its_arrays(contrast: Contrast):
    again = Contrast()
    again.restore(contrast.arrays())
    clips = 0.3 * words(5, 6)
    np.testing.assert_array_equal(again.excess(clips), contrast.excess(clips))


def test_arrays_of_another_shape_are_refused(contrast: Contrast):
    with pytest.raises(ValueError, match="contrast/mean needs shape"):
        Contrast().restore({**contrast.arrays(), "contrast/mean": np.zeros(3)})
