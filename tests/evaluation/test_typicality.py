"""Sounds that nobody said are judged on either side of what is usual."""

import numpy as np
import pytest

from models.detector import Scores
from pipeline.evaluation.typicality import typicality_figures
from pipeline.settings.features import FeatureSettings
from pipeline.settings.presets import resolve_settings


class LikesSilence:
    """A density that is highest where there is least: the smoother, the likelier."""

    def __init__(self, features: FeatureSettings) -> None:
        self.features = features

    def scores(self, features: np.ndarray, recorded_seconds: np.ndarray) -> Scores:
        log_prob = -features.reshape(len(features), -1).std(axis=1).astype(np.float64)
        return Scores(log_prob=log_prob, terms={"flow": -log_prob})


@pytest.fixture
def figures() -> dict[str, dict[str, float]]:
    features = resolve_settings("logmel").features
    model = LikesSilence(features)
    usual = np.random.default_rng(0).normal(-15.0, 1.0, 200)
    return typicality_figures(model, -usual, usual, usual, seed=0)


def test_silence_is_the_likeliest_clip_of_all(figures: dict[str, dict[str, float]]):
    assert figures["silence"]["log_likelihood"] == 0.0


def test_silence_is_beyond_all_clips_on_the_other_side(figures: dict[str, dict[str, float]]):
    assert figures["silence"]["two_sided_log_likelihood"] == 1.0


def test_every_share_lies_between_none_and_all(figures: dict[str, dict[str, float]]):
    assert set(figures) == {"silence", "white noise", "a tone"}
    assert all(0.0 <= share <= 1.0 for row in figures.values() for share in row.values())
