"""Is the corpus at another gain the same clips at that gain, and told apart from one with noise added?"""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from benchmarks.detection.gains import gained_corpus
from pipeline.audio import read_clip


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "words" / "on" / "a_nohash_0.wav"
    path.parent.mkdir(parents=True)
    soundfile.write(path, 0.1 * np.random.default_rng(0).standard_normal(4_000), 16_000, subtype="PCM_16")
    (tmp_path / "words" / "testing_list.txt").write_text("on/a_nohash_0.wav\n", "utf-8")
    return tmp_path / "words"


def test_a_gain_multiplies_every_sample_and_keeps_the_lists(corpus: Path, tmp_path: Path) -> None:
    gained_corpus(corpus, tmp_path / "gained", 1e-3, 0.0)
    before, after = (read_clip(root / "on" / "a_nohash_0.wav") for root in (corpus, tmp_path / "gained"))
    np.testing.assert_allclose(after.samples, before.samples * np.float32(1e-3), rtol=1e-6)
    assert after.full_scale == pytest.approx(1e-3, rel=1e-6)
    assert (tmp_path / "gained" / "testing_list.txt").is_file()


def test_noise_of_less_than_a_step_hides_the_full_scale(corpus: Path, tmp_path: Path) -> None:
    gained_corpus(corpus, tmp_path / "gained", 1.0, 0.2)
    assert read_clip(tmp_path / "gained" / "on" / "a_nohash_0.wav").full_scale == 0.0
