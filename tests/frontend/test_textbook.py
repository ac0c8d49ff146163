"""Are the textbook views and the challenge's frames what their names say?"""

import librosa
import numpy as np
import pytest

from pipeline.frontend.textbook import TEXTBOOK_VIEWS, mel_frames, textbook_views

RATE = 16_000


def noise(seconds: float, seed: int = 0, rate: int = RATE) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(round(seconds * rate)).astype(np.float32)


def test_frames_are_those_of_librosa_but_for_a_constant_in_each_band() -> None:
    recording = 0.1 * noise(2.0)
    ours = mel_frames(recording, RATE)
    power = librosa.feature.melspectrogram(
        y=recording, sr=RATE, n_fft=1024, hop_length=512, n_mels=128, power=2.0, pad_mode="constant"
    )
    theirs = 10.0 * np.log10(np.maximum(power, np.finfo(float).eps)).T
    assert ours.shape == theirs.shape
    difference = ours - theirs
    np.testing.assert_allclose(difference - difference.mean(axis=0), 0.0, atol=1e-3)


@pytest.mark.parametrize("rate", [1_000, 2_000, 8_000, 48_000])
def test_no_band_is_empty_at_any_rate(rate: int) -> None:
    frames = mel_frames(noise(1.0, rate=rate), rate)
    assert frames.min() > -30.0
    assert frames.shape[1] <= 128


def test_views_do_not_depend_on_the_level() -> None:
    recording = noise(1.5)
    np.testing.assert_allclose(
        textbook_views(recording, RATE), textbook_views(0.001 * recording, RATE), atol=1e-3
    )


def test_clicks_are_heard_in_their_view() -> None:
    plain, clicked = noise(3.0), noise(3.0)
    clicked[5_000::16_000] += 60.0
    first = sum(size for name, size in TEXTBOOK_VIEWS.items() if name != "click")
    ours, theirs = (textbook_views(x, RATE)[first:].reshape(5, -1) for x in (clicked, plain))
    # The 99.9 % quantile over the median, in every band: an impact is short and broad.
    assert (ours[3] > theirs[3] + 3.0).mean() > 0.9


def test_a_recording_of_one_sample_has_views_and_frames() -> None:
    assert textbook_views(np.ones(1), RATE).shape == (sum(TEXTBOOK_VIEWS.values()),)
    assert len(mel_frames(np.ones(1), RATE)) >= 1
