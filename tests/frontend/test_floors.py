"""Do features of the same sound at another gain differ in level alone?"""

import numpy as np
import pytest

from pipeline.frontend.front_end import FrontEnd
from pipeline.settings.features import FeatureSettings
from tests.tiny_corpus import spoken

GAIN = 2.0**-10  # a power of two, so that the samples are the same digits


def clip() -> np.ndarray:
    generator = np.random.default_rng(0)
    return (spoken("zero", 0, generator) + 1e-4 * generator.standard_normal(16_000)).astype(np.float32)


def features(kind: str, gain: float, full_scale: float) -> np.ndarray:
    return FrontEnd(FeatureSettings(kind=kind))([clip() * np.float32(gain)], [full_scale])[0]


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("kind", ["aligned", "frames"])
def test_a_gain_changes_nothing_where_the_level_is_removed(kind: str, known: bool) -> None:
    plain = features(kind, 1.0, float(known))
    faint = features(kind, GAIN, GAIN * known)
    # Levels near -140 dB in place of -80 have another last digit of a float32.
    np.testing.assert_allclose(faint, plain, atol=1e-4)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("kind", ["fft", "stft", "logmel"])
def test_a_gain_moves_all_levels_by_the_same_where_the_level_stays(kind: str, known: bool) -> None:
    moved = features(kind, GAIN, GAIN * known) - features(kind, 1.0, float(known))
    np.testing.assert_allclose(moved, 20 * np.log10(GAIN), atol=1e-4)


def test_a_full_scale_of_one_floors_at_the_settings_level() -> None:
    levels = FrontEnd(FeatureSettings(kind="logmel"))(np.zeros((1, 16_000), np.float32))
    np.testing.assert_allclose(levels, -80.0, rtol=1e-6)


@pytest.mark.parametrize("kind", ["aligned", "logmel", "stft", "fft"])
def test_silence_of_an_unknown_full_scale_gives_finite_features(kind: str) -> None:
    assert np.isfinite(FrontEnd(FeatureSettings(kind=kind))([np.zeros(16_000, np.float32)], [0.0])).all()
