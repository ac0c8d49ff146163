"""What does one flow say of clips when its products are coarse?"""

import numpy as np
import pytest

from models.clips.detector import FlowDetector
from pipeline.detection.making import make_detector
from pipeline.settings.presets import resolve_settings


def detector(products: str) -> FlowDetector:
    settings = resolve_settings(
        "fft",
        ["model.n_layers=2", "model.hidden_units=[64]", f"model.scoring_products={products}"],
        target="x",
    )
    made = make_detector((40,), settings)
    assert isinstance(made, FlowDetector)
    made.flow.prepare(clips(200, 0))
    return made


def clips(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 5, (n, 40)).astype(np.float32)


@pytest.fixture
def both() -> tuple[np.ndarray, np.ndarray]:
    exact, coarse = (detector(products).score(clips(50, 1)).score for products in ("float32", "bfloat16"))
    return exact, coarse


def test_bfloat16_products_are_taken_where_the_settings_say_so(both: tuple[np.ndarray, np.ndarray]) -> None:
    exact, coarse = both
    assert np.any(exact != coarse)


def test_bfloat16_products_score_within_a_tenth_of_a_nat(both: tuple[np.ndarray, np.ndarray]) -> None:
    exact, coarse = both
    np.testing.assert_allclose(coarse, exact, atol=0.1)
