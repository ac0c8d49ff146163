"""Are settings for frames that do not go together refused in the words of the configuration?"""

import numpy as np
import pytest

from pipeline.detection.making import make_detector
from pipeline.errors import ConfigurationError
from pipeline.features.batches import feature_shape
from pipeline.settings.presets import resolve_settings

CONTEXTS = ("position", "convolution", "attention")


@pytest.mark.parametrize("context", CONTEXTS)
def test_each_context_has_a_preset(context: str) -> None:
    page = resolve_settings(f"frames-{context}")
    assert (page.features.kind, page.model.kind, page.model.context) == ("frames", "frames", context)


@pytest.mark.parametrize("seconds", [0.5, 1.0, 3.0])
def test_a_preset_takes_features_of_any_duration(seconds: float) -> None:
    settings = resolve_settings("frames-position", [f"features.duration_seconds={seconds}"])
    shape = feature_shape(settings.features)
    detector = make_detector(shape, settings)
    clips = np.ones((1, *shape), np.float32)
    assert detector.score(clips).score.shape == (1,)


def test_without_a_background_one_flow_is_fitted() -> None:
    settings = resolve_settings("frames-position", ["model.with_background=false"])
    assert make_detector((49, 41), settings).n_flows == 1


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("features.kind='aligned'", "model.kind='frames' needs features.kind='frames', got 'aligned'"),
        ("model.distortions=['reversed']", "names 'reversed', which is unknown; did you mean 'reverse'"),
        ("model.permutation='lu'", "features have no attributions of their own"),
        ("model.base='mixture'", "features have no attributions of their own"),
        ("model.context_heads=5", "5 heads cannot share 64 channels equally"),
    ],
)
def test_numbers_that_do_not_go_together_are_refused(override: str, message: str) -> None:
    settings = resolve_settings("frames-attention", [override])
    with pytest.raises(ConfigurationError, match=message):
        make_detector((49, 41), settings)
