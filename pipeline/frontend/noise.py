"""What do recordings of the room without the machine add?

Each recording that is learned from is heard a second time with one of them laid over it, so that what sounds
in the room is usual, however quiet it was when the machine was recorded. Where a far microphone is taken off,
they tell its gain as well: of each recording the level of the near channel over the far one, the median over
the bins of its spectrum; of all the median. No recording of the machine decides.
Conventions: recordings of the room are at the gains of those of the machine; levels are in decibel. Which one
lies over a recording follows from the bytes of that, so that the order of the files changes nothing.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import numpy as np
import scipy.fft

from pipeline.audio import EXTENSIONS, Recording, read_clip, to_rate
from pipeline.errors import ConfigurationError, PipelineError, UnusableClip
from pipeline.frontend.kinds import OF_ANY_LENGTH
from pipeline.frontend.near import heard_channels, near_and_far
from pipeline.settings import FeatureSettings, Settings

__all__ = ["noise_over", "settle_noise"]

FRAME_SECONDS = 0.032


def settle_noise(settings: Settings) -> tuple[Settings, list[str]]:
    """Return the settings with what the recordings of the room tell, and why.

    Args:
        settings: of a run, with the rate at which recordings are heard.

    Raises:
        ConfigurationError: recordings of the room for features that do not use them.
        PipelineError: no such folder, none in it, or one that cannot be used.
    """
    features = settings.features
    if not features.noise_recordings:
        return _changed(settings, noise_sha256=""), []
    if features.kind not in OF_ANY_LENGTH:
        raise ConfigurationError(
            f"features.noise_recordings serve features.kind='statistics', and the kind is {features.kind!r}; "
            "leave them out, or take --preset sounds"
        )
    if features.noise_sha256 and not Path(features.noise_recordings).exists():
        return settings, []  # of a run whose features are done; those of other recordings would need them
    paths = _recordings(Path(features.noise_recordings))
    found = [_checked(path, features) for path in paths]
    digest = hashlib.sha256("".join(sha256 for sha256, _ in found).encode()).hexdigest()
    settings = _changed(settings, noise_sha256=digest)
    notes = [
        f"each recording is learned once more with one of {len(paths)} of the room laid over it "
        "(features.noise_recordings)"
    ]
    if features.channels == "near" and not features.far_decibel:
        levels = [level for _, level in found]
        decibel = round(float(np.median(levels)), 2) or 0.01  # 0 stands for one that is still to be measured
        settings = _changed(settings, far_decibel=decibel)
        notes.append(
            f"channel {features.far_channel} is heard at {decibel:+.2f} dB: so much louder is the room in "
            f"channel {features.near_channel} in the median of {len(paths)} recordings without the machine, "
            f"{min(levels):+.2f} to {max(levels):+.2f} dB in all (features.far_decibel changes it)"
        )
    return settings, notes


def noise_over(recording: Recording, settings: FeatureSettings) -> tuple[np.ndarray, ...]:
    """Return the channels of the recording of the room that is laid over one of the machine, or none.

    Raises:
        PipelineError: it can no longer be used.
    """
    if not settings.noise_recordings:
        return ()
    paths = _known(settings.noise_recordings, settings.noise_sha256)
    return _heard(paths[int(recording.sha256[:12] or "0", 16) % len(paths)], settings)


@lru_cache(maxsize=2)
def _known(folder: str, digest: str) -> Sequence[Path]:
    return _recordings(Path(folder))


@lru_cache(maxsize=8)
def _heard(path: Path, settings: FeatureSettings) -> tuple[np.ndarray, ...]:
    with _problems_told(path):
        return heard_channels(read_clip(path), settings)[0]


@contextmanager
def _problems_told(path: Path) -> Iterator[None]:
    try:
        yield
    except UnusableClip as error:
        raise PipelineError(f"{path} of features.noise_recordings cannot be used: {error}") from error
    except OSError as error:
        problem = error.strerror or error
        raise PipelineError(f"{path} of features.noise_recordings cannot be read: {problem}") from error


def _changed(settings: Settings, **numbers: str | float) -> Settings:
    return settings.model_copy(update={"features": settings.features.model_copy(update=numbers)})


def _recordings(folder: Path) -> Sequence[Path]:
    if not folder.is_dir():
        raise PipelineError(f"features.noise_recordings={folder} is no folder; name one of recordings")
    suffixes = {suffix for of_kind in EXTENSIONS.values() for suffix in of_kind}
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in suffixes and path.is_file()]
    if not paths:
        raise PipelineError(
            f"features.noise_recordings={folder} holds 0 recordings; put some of the room without the "
            "machine into it"
        )
    return paths


def _checked(path: Path, features: FeatureSettings) -> tuple[str, float]:
    """Return the digest of a file, and how far its near channel is above the far one, in decibel."""
    with _problems_told(path):
        recording = read_clip(path)
        if features.channels == "near":
            return recording.sha256, _level(path, recording, features)
        to_rate(recording, features.recording_rate, features.longest_seconds)
    return recording.sha256, 0.0


def _level(path: Path, recording: Recording, features: FeatureSettings) -> float:
    pair, _ = near_and_far(recording, features.model_copy(update={"far_decibel": 0.0}))
    n_fft = 2 * max(round(FRAME_SECONDS / 2 * features.recording_rate), 8)
    window = np.hanning(n_fft + 2)[1:-1]
    powers = np.zeros((2, n_fft // 2 + 1))
    for own, sound in zip(powers, pair, strict=True):
        for first in range(0, max(len(sound) - n_fft, 0) + 1, n_fft // 2):
            frame = sound[first : first + n_fft]
            own += np.abs(scipy.fft.rfft(frame * window[: len(frame)], n_fft)) ** 2
    is_heard = powers.min(axis=0) > 0
    if not is_heard.any():
        raise PipelineError(
            f"{path} of features.noise_recordings has no sound in channel {features.near_channel} or "
            f"{features.far_channel}; remove it"
        )
    return float(np.median(10.0 * np.log10(powers[0, is_heard] / powers[1, is_heard])))
