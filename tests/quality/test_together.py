"""Does a recording that is measured among others get the numbers that it gets alone?"""

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given, strategies as st

from pipeline.audio.decoding import Recording
from pipeline.frontend.spectra import overlapping_frames
from pipeline.quality.equal_runs import find_equal_runs
from pipeline.quality.measures import ClipMeasures, measure, measure_all
from pipeline.quality.sketch import sketch, sketch_all
from tests.quality import faulty_clips


def clean_clip(seed: int = 0) -> np.ndarray:
    return np.asarray(faulty_clips.clean_clip(seed)[:, 0])


def recording(samples: np.ndarray, rate: int = 16_000) -> Recording:
    sound = np.asarray(samples, np.float32)
    return Recording(samples=sound, sample_rate=rate, n_samples=len(sound), n_channels=1, sha256="0")


@pytest.fixture(scope="module")
def mixed() -> list[Recording]:
    """Clean, faulty, silent and padded recordings of several lengths and rates, none beside its like."""
    sounds = [clean_clip(seed) for seed in range(3)]
    faults = [fault for group in faulty_clips.FAULTS.values() for fault in group]
    faulty = [fault(faulty_clips.clean_clip(9))[:, 0] for fault in faults]
    padded = [np.concatenate([np.zeros(n), clean_clip(n)[n:-n], np.zeros(n)]) for n in (100, 4_000)]
    short = [clean_clip()[:n] for n in (1, 2, 321, 480, 481, 7_000)]
    found = [recording(sound) for sound in (*sounds, *faulty, *padded, *short, np.zeros(16_000))]
    found += [recording(sound, rate) for rate in (8_000, 44_100) for sound in sounds]
    return [found[i] for i in np.random.default_rng(0).permutation(len(found))]


def test_measures_among_others_are_those_of_a_recording_alone(mixed: list[Recording]) -> None:
    assert measure_all(mixed) == [measure(one) for one in mixed]


def test_no_recordings_have_no_measures() -> None:
    assert measure_all([]) == []


def test_silence_among_sounds_has_its_length_and_nothing_else() -> None:
    silence = measure_all([recording(clean_clip()), recording(np.zeros(8_000))])[1]
    assert silence == ClipMeasures(duration_seconds=0.5)


def test_sketches_among_others_are_those_of_a_clip_alone() -> None:
    windows = np.array([clean_clip(seed) for seed in range(10)] + [np.zeros(16_000)], np.float32)
    alone = np.array([sketch(window, 16_000) for window in windows])
    np.testing.assert_array_equal(sketch_all(windows, 16_000), alone)
    assert not alone[-1].any()


@given(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=12), min_size=1, max_size=4))
def test_runs_are_the_groups_of_three_or_more_equal_samples(clips: list[list[int]]) -> None:
    expected = []
    for number, clip in enumerate(clips):
        start = 0
        for value, group in groupby(clip):
            length = len(list(group))
            expected += [(number, start, length, value)] if length >= 3 else []
            start += length
    runs = find_equal_runs([np.array(clip, np.float32) for clip in clips])
    assert list(zip(runs.clips, runs.starts, runs.lengths, runs.values, strict=True)) == expected


def test_overlapping_frames_are_the_slices_that_they_are_named_after() -> None:
    clips = np.random.default_rng(0).standard_normal((2, 50)).astype(np.float32)
    frames = overlapping_frames(clips, 5, 10, 10)
    np.testing.assert_array_equal(frames, [[clip[10 * i : 10 * i + 10] for i in range(5)] for clip in clips])


def test_frames_beyond_the_end_are_refused() -> None:
    with pytest.raises(ValueError, match="6 frames of 10 samples, 10 apart, need 60 samples, got 59"):
        overlapping_frames(np.zeros(59, np.float32), 6, 10, 10)
