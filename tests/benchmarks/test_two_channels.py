"""Do the rooms of the benchmark have the levels that they promise, and does each way score each recording?"""

import numpy as np
import pytest

from benchmarks.detection.two_channels import ways
from benchmarks.detection.two_channels.rooms import Disturbance, Room, impacts, voices
from benchmarks.detection.two_channels.sites import Site, recorded

RATE = 16_000
N = RATE // 2


def decibel(sound: np.ndarray) -> np.ndarray:
    return np.asarray(10 * np.log10(np.mean(sound**2, axis=0)))


def noise(n_samples: int, generator: np.random.Generator) -> np.ndarray:
    return generator.standard_normal(n_samples)


def test_the_machine_is_louder_at_the_near_microphone_and_the_room_as_loud_at_both() -> None:
    generator = np.random.default_rng(0)
    room = Room.drawn(RATE, generator)
    quiet = room.record(noise(N, generator), noise, N, 60.0, generator)
    near, far = decibel(quiet)
    assert abs(near) < 1.5 and 6 < near - far < 12
    alone = np.mean([decibel(room.record(None, noise, N, 0.0, generator)) for _ in range(20)], axis=0)
    assert np.all(np.abs(alone) < 2.5) and abs(alone[0] - alone[1]) < 1.0


@pytest.mark.parametrize("beside", [impacts(RATE), voices(RATE)], ids=["impacts", "voices"])
def test_what_else_sounds_is_finite_and_as_long_as_asked(beside: Disturbance) -> None:
    sound = beside(N, np.random.default_rng(0))
    assert sound.shape == (N,) and np.isfinite(sound).all() and sound.any()


def test_each_way_scores_each_recording_and_hears_a_tone_in_a_quiet_room() -> None:
    generator = np.random.default_rng(0)
    tone = 0.5 * np.sin(2 * np.pi * 3_000 * np.arange(N) / RATE)
    is_anomaly = np.arange(6) >= 3
    site = Site(
        learned=[noise(N, generator) for _ in range(8)],
        judged=[noise(N, generator) + is_one * tone for is_one in is_anomaly],
        is_anomaly=is_anomaly,
        beside=[noise],
    )
    pairs = recorded(site, 25.0, 0, is_learned_quietly=False)
    found = ways.scores_of(pairs, 0)
    assert ways.OURS in found
    for way, scores in found.items():
        assert scores.shape == (6,) and np.isfinite(scores).all(), way
    for way in (ways.OURS, ways.OURS_AND_NOISE):
        assert found[way][3:].min() > found[way][:3].max()
