"""What is found in files that are read, a batch of them at a time?

Only ``UnusableClip`` and ``OSError`` set a file aside. A window of a long recording that was read already
stands for a file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from pipeline.audio import Content, Recording, decode, open_content, sha256_of, to_window
from pipeline.errors import UnusableClip
from pipeline.features.channels import channel_features
from pipeline.features.records import SET_ASIDE, ClipFacts, Source
from pipeline.frontend import FrontEnd, noise_over, whole_versions
from pipeline.quality import empty_above, measure_all, sound_digest

__all__ = ["read_all"]

# Recordings of so many samples in all, 16 seconds at 16 kHz, are measured at once: 1 MB stays in a cache.
MEASURED_TOGETHER = 1 << 18
_Channels = tuple[tuple[int, ...], np.ndarray | None]


def read_all(
    windows: np.ndarray,
    features: np.ndarray,
    full_scales: np.ndarray,
    sources: Sequence[Source],
    front_end: FrontEnd,
) -> tuple[ClipFacts, ...]:
    """Fill each row of ``windows`` and ``full_scales`` with one file's, and return the facts of all.

    Features of whole recordings are computed here: no recording is kept beside its window.
    """
    facts: dict[int, ClipFacts] = {}
    readable: dict[int, tuple[Recording, tuple[str, ...]]] = {}
    of_channels: dict[int, _Channels] = {}
    for row, source in enumerate(sources):
        found = _read_into(windows[row], features[row], source, front_end)
        if isinstance(found, ClipFacts):
            facts[row] = found
        else:
            recording, notes, of_channels[row] = found
            readable[row] = recording, notes
            full_scales[row] = recording.full_scale
        if sum(len(recording.samples) for recording, _ in readable.values()) >= MEASURED_TOGETHER:
            facts |= _measured(readable)
            readable.clear()
    facts |= _measured(readable)
    for row, (numbers, each) in of_channels.items():
        if numbers:
            facts[row] = replace(facts[row], channels=numbers, channel_features=each)
    return tuple(facts[row] for row in range(len(sources)))


def _read_into(
    window: np.ndarray, features: np.ndarray, source: Source, front_end: FrontEnd
) -> ClipFacts | tuple[Recording, tuple[str, ...], _Channels]:
    """Fill ``window`` with one file's sound; return it, its notes and channels, or why it was set aside."""
    settings = front_end.settings
    content: Content = b""
    if source.defect:
        return ClipFacts(status=SET_ASIDE, reason=source.defect)
    try:
        if source.window is not None:
            recording = source.window.decode()
        else:
            content = open_content(source.path)
            recording = decode(content, source.path.suffix)
        window[:], notes = to_window(recording, settings.sample_rate, settings.duration_seconds)
        if front_end.takes_any_length:
            # The window is for people alone.
            features[:], notes = _of_whole(recording, front_end)
        channels: _Channels = ((), None)
        if settings.channels in ("largest", "mean"):
            channels = channel_features(recording, partial(_features_of, front_end=front_end))
        recording = replace(recording, heard=None)
    except UnusableClip as error:
        return ClipFacts(sha256=sha256_of(content), status=SET_ASIDE, reason=str(error))
    except OSError as error:
        return ClipFacts(status=SET_ASIDE, reason=f"unreadable: {error.strerror or error}")
    return recording, notes, channels


def _features_of(recording: Recording, *, front_end: FrontEnd) -> np.ndarray:
    """Return the features of one recording: float32 [*shape]."""
    settings = front_end.settings
    if front_end.takes_any_length:
        return _of_whole(recording, front_end)[0]
    samples, _ = to_window(recording, settings.sample_rate, settings.duration_seconds)
    return front_end([samples], [recording.full_scale])[0]


def _of_whole(recording: Recording, front_end: FrontEnd) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the features of a whole recording, behind them those with noise laid over it, and notes."""
    settings = front_end.settings
    versions, notes = whole_versions(recording, settings, noise_over(recording, settings))
    return front_end(versions).ravel(), notes


def _measured(readable: Mapping[int, tuple[Recording, tuple[str, ...]]]) -> dict[int, ClipFacts]:
    """Return the facts of recordings, by the row that each is read from."""
    measures = measure_all([recording for recording, _ in readable.values()])
    return {
        row: ClipFacts(
            sha256=recording.sha256,
            sample_rate=recording.sample_rate,
            n_samples=recording.n_samples,
            n_channels=recording.n_channels,
            empty_above_hertz=empty,
            reason="; ".join([*notes, f"nothing above {empty:,g} Hz"] if empty else notes),
            sound_sha256=sound_digest(recording),
            measures=numbers,
        )
        for (row, (recording, notes)), numbers in zip(readable.items(), measures, strict=True)
        for empty in [empty_above(recording.samples, recording.sample_rate, recording.full_scale)]
    }
