"""How do waveforms become files that hold the same samples?

Conventions: a waveform is [n_samples], or [n_channels, n_samples]; floats have full scale at 1, integers at
the largest of their kind. Files are WAV without dates: the same samples are the same bytes. Groups are
people, machines or days: what belongs together is never learned from and tested at once.
"""

import numbers
import os
import zlib
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import ConfigurationError

__all__ = ["write_corpus", "write_waveform"]

MOST_CHANNELS = 32
KINDS = ("float32", "float64", "int16", "int32")


def write_corpus(
    root: Path, target: str, waveforms: Iterable[Any], sample_rate: Any, groups: Sequence[Hashable] | None
) -> int:
    """Write waveforms as a corpus of one class, and return their number.

    Args:
        root: of the corpus; must not be there.
        target: the name of the class.
        waveforms: of the class.
        sample_rate: of all, Hz.
        groups: of each waveform; ``None`` where each stands for itself.

    Raises:
        ConfigurationError: something is no waveform, or there are not as many groups.
    """
    if Path(target).name != target or target.startswith((".", "_")):
        raise ConfigurationError(f"target={target!r} must be the name of a folder, without / . or _ in front")
    sounds = list(waveforms)
    if groups is not None and len(groups) != len(sounds):
        raise ConfigurationError(
            f"{len(groups)} groups were given for {len(sounds)} waveforms; give one for each"
        )
    folder = root / target
    folder.mkdir(parents=True)
    places: dict[Hashable, int] = {}
    for number, sound in enumerate(sounds):
        name = f"{number:06d}"
        if groups is not None:
            name = f"{places.setdefault(groups[number], len(places)):06d}_nohash_{number}"
        path = folder / f"{name}.wav"
        write_waveform(path, sound, sample_rate, name=f"waveform {number}")
        # A corpus has changed where a time has: the same samples get the same time, others another.
        seconds = zlib.crc32(path.read_bytes())
        os.utime(path, (seconds, seconds))
    return len(sounds)


def write_waveform(path: Path, waveform: Any, sample_rate: Any, *, name: str = "the waveform") -> None:
    """Write a waveform as WAV, without a loss.

    Args:
        path: of the file.
        waveform: floats or integers, [n_samples] or [n_channels, n_samples].
        sample_rate: Hz.
        name: what it is called where it is refused.

    Raises:
        ConfigurationError: it is no waveform.
    """
    from scipy.io import wavfile

    sound = np.asarray(waveform)
    if sound.dtype == np.float16:
        sound = sound.astype(np.float32)
    if sound.dtype.name not in KINDS:
        raise ConfigurationError(f"{name} is of {sound.dtype}; give samples of {', '.join(KINDS)}")
    if sound.ndim not in (1, 2) or not sound.size:
        raise ConfigurationError(
            f"{name} has the shape {list(sound.shape)}; give [n_samples], or [n_channels, n_samples]"
        )
    if sound.ndim == 2 and len(sound) > MOST_CHANNELS:
        raise ConfigurationError(
            f"{name} has {len(sound)} channels of {sound.shape[1]} samples, and {MOST_CHANNELS} channels are "
            "the most; channels come first, did you give [n_samples, n_channels]?"
        )
    if sound.dtype.kind == "f" and not np.isfinite(sound).all():
        n_broken = int(np.count_nonzero(~np.isfinite(sound)))
        raise ConfigurationError(f"{name} has {n_broken} samples of {sound.size} that are NaN or infinite")
    if not isinstance(sample_rate, numbers.Real) or not float(sample_rate).is_integer() or sample_rate < 1:
        raise ConfigurationError(
            f"sample_rate={sample_rate!r} is no rate; give that of the waveforms in whole Hz"
        )
    wavfile.write(path, int(float(sample_rate)), sound.T)
