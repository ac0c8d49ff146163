"""Are the clips of a large corpus unlike one another, and the same each time?"""

import numpy as np

from benchmarks.many_clips import N_SAMPLES, varied
from pipeline.quality.near_pairs import near_pairs
from pipeline.quality.sketch import sketch_all
from pipeline.settings import QualitySettings
from tests.tiny_corpus import SAMPLE_RATE, TARGET, spoken

SOUND = spoken(TARGET, 100, np.random.default_rng(0)).astype(np.float32)


def test_a_variant_is_the_same_each_time_and_fills_the_window() -> None:
    one, again = (varied(SOUND, np.random.default_rng(1)) for _ in range(2))
    assert one.shape == (N_SAMPLES,)
    np.testing.assert_array_equal(one, again)
    assert 0.69 < np.abs(one).max() < 0.71


def test_no_two_of_a_hundred_variants_are_near_duplicates() -> None:
    variants = np.stack([varied(SOUND, np.random.default_rng(seed)) for seed in range(100)])
    threshold = QualitySettings().near_duplicate_decibel
    assert not list(near_pairs(sketch_all(variants, SAMPLE_RATE), threshold))
