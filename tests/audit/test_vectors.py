"""Does an audit listen to vectors where the features hold them, and to sketches alone where not?"""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.audit.ranking import with_other_words
from pipeline.frontend.vectors import vectors_of
from pipeline.settings.presets import resolve_settings
from tests.audit.sketched_corpus import SketchedCorpus

FEATURES = resolve_settings("pretrained").features
N_LEVELS = FEATURES.n_frames * FEATURES.n_mels
SIZE = FEATURES.vector_windows * 96
PLANTED = 7  # of the target's clips by name; its sketch is the target's, its vectors are another word's


@pytest.fixture
def corpus() -> SketchedCorpus:
    """Clips whose sketches are right and of which one has the vectors of another word."""
    made = SketchedCorpus({"zero": 60, "one": 40})
    generator = np.random.default_rng(1)
    centres = {word: generator.standard_normal(SIZE) for word in ("zero", "one")}
    said = made.table.word.copy()
    said[PLANTED] = "one"
    features = np.zeros((len(said), N_LEVELS + 2 * SIZE), np.float32)
    for row, word in enumerate(said):
        length = generator.uniform(0.5, 20)
        vectors = centres[word] + 0.5 * generator.standard_normal(SIZE)
        features[row, N_LEVELS : N_LEVELS + SIZE] = length * vectors
    made.table = replace(made.table, features=features)
    return made


def test_a_clip_whose_vectors_are_another_word_s_stands_first(corpus: SketchedCorpus) -> None:
    path = corpus.table.path[PLANTED]
    heard = corpus.listed(preset="pretrained")
    assert heard["path"][0] == path
    assert heard["sounds_like"][0] == "one"
    assert set(heard["sounds_like"][1:]) == {"zero"}
    deaf = corpus.listed()
    assert deaf["sounds_like"][list(deaf["path"]).index(path)] == "zero"


def test_what_vectors_say_is_added_to_what_sketches_say(corpus: SketchedCorpus) -> None:
    heard, deaf = corpus.listed(preset="pretrained"), corpus.listed()
    heard, deaf = (
        {name: values[np.argsort(columns["path"])] for name, values in columns.items()}
        for columns in (heard, deaf)
    )
    for name in ("score", "own_distance", "other_distance", "discriminant", "fold"):
        np.testing.assert_array_equal(heard[name], deaf[name])
    expected = with_other_words(
        deaf["score_with_words"], heard["vector_excess"], heard["vector_discriminant"], heard["fold"]
    )
    np.testing.assert_allclose(heard["score_with_words"], expected)
    assert "vector_excess" not in deaf


def test_vectors_have_length_one_and_those_set_aside_are_zeros(corpus: SketchedCorpus) -> None:
    corpus.table.features[3] = 0
    lengths = np.linalg.norm(vectors_of(corpus.table.features, FEATURES), axis=1)
    assert lengths[3] == 0
    np.testing.assert_allclose(np.delete(lengths, 3), 1.0, rtol=1e-5)
    assert vectors_of(corpus.table.features, resolve_settings("default").features) is None
