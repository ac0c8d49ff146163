"""Are numbers that do not go together refused before anything is fitted?"""

import pytest

from pipeline.detection.making import make_detector
from pipeline.errors import ConfigurationError
from pipeline.settings import resolve_settings


@pytest.mark.parametrize(
    ("key", "advice"),
    [("model.family=affine", "another family"), ("model.permutation=lu", "none, reversed or random")],
)
def test_a_learned_matrix_of_a_whole_waveform_is_refused_with_its_size(key: str, advice: str) -> None:
    settings = resolve_settings("waveform", [key])
    with pytest.raises(ConfigurationError, match=rf"D=16,000 \(1\.0 GB each\), above the 4,096.*{advice}"):
        make_detector((16_000,), settings)


def test_a_learned_matrix_of_bands_is_made() -> None:
    settings = resolve_settings("fft", ["model.permutation=lu", "model.n_layers=2", "model.hidden_units=[4]"])
    assert make_detector((64,), settings).event_size == 64
