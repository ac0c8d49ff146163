"""Is a recording of any length shown from end to end, at its seconds and hertz?"""

import io
import math
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from pipeline.frontend.places import recording_range
from pipeline.html.axes import picture_axes
from pipeline.html.heat_map import describe_densest
from pipeline.html.media import MOST_PLAYED_SECONDS, Media, embed_recording
from pipeline.html.spectrogram import recording_png

RATE = 8_000


def decoded(media: Media) -> tuple[np.ndarray, int]:
    import base64

    return soundfile.read(io.BytesIO(base64.b64decode(media.audio.partition(",")[2])))


def brightness(samples: np.ndarray) -> np.ndarray:
    """The picture's indices of colour, the lowest band first: [n_rows, n_columns]."""
    return np.asarray(Image.open(io.BytesIO(recording_png(samples, RATE))))[::-1].astype(int)


@pytest.mark.parametrize("seconds", [0.05, 2.0, 100.0])
def test_a_burst_stands_at_its_share_of_the_time(seconds: float):
    n = round(seconds * RATE)
    samples = 1e-3 * np.random.default_rng(0).standard_normal(n)
    samples[int(0.74 * n) : int(0.76 * n)] += 1.0 * np.random.default_rng(1).standard_normal(
        int(0.76 * n) - int(0.74 * n)
    )
    picture = brightness(samples)
    # A frame of 25 ms is half of the shortest recording.
    assert picture.sum(axis=0).argmax() / picture.shape[1] == pytest.approx(0.75, abs=0.02 + 0.0125 / seconds)


def test_no_moment_of_a_long_recording_is_left_out():
    samples = 1e-4 * np.random.default_rng(0).standard_normal(100 * RATE)
    samples[round(63.21 * RATE)] = 1.0
    columns = brightness(samples).sum(axis=0)
    assert columns.argmax() == int(0.6321 * len(columns))


def test_a_tone_stands_at_its_place_on_the_axis():
    samples = np.sin(2 * np.pi * 500 * np.arange(4 * RATE) / RATE)
    row = brightness(samples).sum(axis=1).argmax()
    low, high = recording_range(RATE)
    expected = math.log(500 / low) / math.log(high / low)
    assert (row + 0.5) / 96 == pytest.approx(expected, abs=0.02)
    axes = str(picture_axes(4.0, low, high))
    label = re.search(r'y="([\d.]+)%"[^>]*>500 Hz<', axes)
    assert label is not None
    assert float(label[1]) == pytest.approx(100 * (1 - expected), abs=0.01)


def test_seconds_stand_at_their_share():
    axes = str(picture_axes(8.0, 25.0, 7_200.0))
    found = {text: float(x) for x, text in re.findall(r'x="([\d.]+)%"[^>]*>(\d+ s)<', axes)}
    assert found == {"0 s": 0.0, "2 s": 25.0, "4 s": 50.0, "6 s": 75.0}


def test_the_first_minute_of_a_long_recording_is_played_and_all_of_it_shown(tmp_path: Path):
    soundfile.write(tmp_path / "long.wav", np.random.default_rng(0).uniform(-0.1, 0.1, 70 * RATE), RATE)
    media = embed_recording(tmp_path, "long.wav", sha256="", sample_rate=RATE, longest_seconds=600.0)
    heard, rate = decoded(media)
    assert (len(heard) / rate, media.seconds) == (MOST_PLAYED_SECONDS, 70.0)
    assert media.notes[-1] == "the first 60 s are played, 70.0 s are shown"


def test_a_recording_of_a_low_rate_is_played_at_one_that_browsers_know(tmp_path: Path):
    soundfile.write(tmp_path / "heart.wav", np.random.default_rng(0).uniform(-0.1, 0.1, 3 * 2_000), 2_000)
    media = embed_recording(tmp_path, "heart.wav", sha256="", sample_rate=2_000, longest_seconds=600.0)
    heard, rate = decoded(media)
    assert (rate, len(heard) / rate, media.seconds) == (8_000, 3.0, 3.0)
    assert "500 Hz" in media.axes and "1 kHz" not in media.axes


@pytest.mark.parametrize(("path", "said"), [("gone.wav", "gone"), ("../outside.wav", "leads out")])
def test_a_recording_that_cannot_be_shown_says_why(path: str, said: str, tmp_path: Path):
    assert said in embed_recording(tmp_path, path, sha256="", sample_rate=RATE, longest_seconds=600.0).problem


def test_the_densest_part_is_told_in_hertz_and_what_is_everywhere_has_no_time():
    edges = np.geomspace(100.0, 6_400.0, 7)
    cells = np.zeros((12, 6))
    cells[3:5, 3] = 2.0
    told = describe_densest(cells, 12.0, edges)
    assert told == "most of it between 3.00 and 5.00 s, above all from 800 to 1,600 Hz (+4.0 nats)"
    cells[:, 3] = 1.0
    told = describe_densest(cells, 12.0, edges)
    assert told == "over all of the time, above all from 800 to 1,600 Hz (+12.0 nats)"
