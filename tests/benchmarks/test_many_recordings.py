"""Are recordings made of others that are of their length, of one kind, and the same for every run?"""

from pathlib import Path

import numpy as np
import soundfile

from benchmarks.detection.many_recordings import mixed


def test_what_is_made_has_the_length_and_holds_only_what_was_given(tmp_path: Path) -> None:
    paths = []
    for hertz in (500, 1_000):
        tone = 0.3 * np.sin(2 * np.pi * hertz * np.arange(8_000) / 8_000)
        paths.append(tmp_path / f"{hertz}.wav")
        soundfile.write(paths[-1], tone, 8_000)
    for name in ("once", "again"):
        mixed(paths, tmp_path / name, n_recordings=3, seconds=2.5)
    made = sorted((tmp_path / "once").iterdir())
    assert len(made) == 3
    for path in made:
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()
        sound, rate = soundfile.read(path)
        assert (rate, len(sound)) == (8_000, 20_000)
        power = np.abs(np.fft.rfft(sound)) ** 2
        hertz = np.fft.rfftfreq(len(sound), 1 / rate)
        near = (abs(hertz - 500) < 20) | (abs(hertz - 1_000) < 20)
        assert power[near].sum() > 0.99 * power.sum()
