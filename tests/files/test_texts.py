"""Do texts that Arrow holds behave as an array of them does?"""

import numpy as np
import pyarrow
import pytest

from pipeline.files.texts import Texts, numbered

TEXTS = ["zero/a.wav", "one/ä.wav", "", "zero/a.wav", "two/b.wav"]


@pytest.mark.parametrize(
    "rows",
    [
        slice(1, 4),
        np.array([4, 0, 0]),
        np.array([True, False, False, True, True]),
        np.array([], np.intp),
        np.array([-1, -5]),
        [2, 3],
    ],
)
def test_rows_are_taken_as_of_an_array(rows: object) -> None:
    expected = np.array(TEXTS, object)[rows]  # type: ignore[index]
    found = Texts.of(TEXTS)[rows]  # type: ignore[call-overload]
    assert found.dtype == object and found.tolist() == expected.tolist()


def test_single_texts_lengths_and_iteration() -> None:
    texts = Texts(pyarrow.chunked_array([TEXTS[:2], TEXTS[2:]]))
    assert (len(texts), texts[1], texts[np.int64(-1)]) == (5, "one/ä.wav", "two/b.wav")
    assert list(texts) == TEXTS and list(texts.take(np.array([3, 1]))) == ["zero/a.wav", "one/ä.wav"]
    assert Texts.of(texts) is texts


def test_a_row_that_is_not_there_is_an_error() -> None:
    with pytest.raises(IndexError):
        Texts.of(TEXTS)[np.array([5])]


def test_equal_texts_have_one_number() -> None:
    assert numbered(TEXTS).tolist() == [0, 1, 2, 0, 3]
    assert numbered([]).tolist() == []
