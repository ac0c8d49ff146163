"""How is a clip put into the page so that it can be heard and seen without any other file?

Conventions: what is heard is the window that the model sees, as FLAC; what is seen is its log-mel
spectrogram. Of a model that hears whole recordings these are the whole recording. Both are ``data:`` URIs. A
clip that cannot be read any more has a problem in words in their place.
"""

import base64
import io
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from markupsafe import Markup

from pipeline.audio import Recording, read_clip, to_rate, to_window
from pipeline.errors import UnusableClip
from pipeline.frontend import recording_range
from pipeline.html.axes import picture_axes
from pipeline.html.spectrogram import recording_png, spectrogram_png

__all__ = [
    "MOST_PLAYED_SECONDS",
    "Media",
    "data_uri",
    "embed_clip",
    "embed_recording",
    "file_address",
    "first_minute",
    "flac_bytes",
]

BITS_A_SAMPLE = 4.5  # what a page spends on sound: 9 kB for a second at 16 kHz
MOST_PLAYED_SECONDS = 60.0  # half a megabyte at 16 kHz
LEAST_PLAYED_RATE = 8_000  # browsers may play no lower ones
MOST_DROPPED_BITS = 10  # the loudest noise keeps six bits, whose error it hides


@dataclass(frozen=True)
class Media:
    """A clip's sound and picture, or why there is none.

    Attributes:
        audio: ``data:`` URI, or ``""``.
        picture: ``data:`` URI, or ``""``.
        problem: a sentence, or ``""``.
        notes: what was done to the clip before the model sees it.
        axes: lines and labels that lie over the picture, or ``""``.
        seconds: length of the picture where it is not that of the sound, or 0.
    """

    audio: str = ""
    picture: str = ""
    problem: str = ""
    notes: tuple[str, ...] = ()
    axes: Markup | str = ""
    seconds: float = 0.0


def embed_clip(
    root: Path | None, path: str, *, sha256: str, sample_rate: int, duration_seconds: float
) -> Media:
    """Return the sound and the picture of one clip.

    Args:
        root: the corpus folder, or ``None`` where it is unknown.
        path: of the clip, relative to the root; refused where it leads out of it.
        sha256: digest that the manifest holds; ``""`` skips the comparison.
        sample_rate: Hz of the window.
        duration_seconds: of the window.
    """
    recording = _read(root, path, sha256)
    if isinstance(recording, Media):
        return recording
    samples, notes = to_window(recording, sample_rate, duration_seconds)
    return Media(
        audio=data_uri("audio/flac", flac_bytes(samples, sample_rate)),
        picture=data_uri("image/png", spectrogram_png(samples, sample_rate)),
        notes=tuple(notes),
    )


def embed_recording(
    root: Path | None, path: str, *, sha256: str, sample_rate: int, longest_seconds: float
) -> Media:
    """Return the picture of a whole recording, with axes, and the sound of its first minute.

    Args:
        root: the corpus folder, or ``None`` where it is unknown.
        path: of the clip, relative to the root; refused where it leads out of it.
        sha256: digest that the manifest holds; ``""`` skips the comparison.
        sample_rate: Hz that features of whole recordings are computed at, not above the recording's own.
        longest_seconds: what comes after is in no feature, and not shown.
    """
    recording = _read(root, path, sha256)
    if isinstance(recording, Media):
        return recording
    samples, notes = to_rate(recording, sample_rate, longest_seconds)
    seconds = len(samples) / sample_rate
    played, played_rate = first_minute(recording, sample_rate)
    if seconds > MOST_PLAYED_SECONDS:
        notes = (*notes, f"the first {MOST_PLAYED_SECONDS:.0f} s are played, {seconds:.1f} s are shown")
    return Media(
        audio=data_uri("audio/flac", flac_bytes(played, played_rate)),
        picture=data_uri("image/png", recording_png(samples, sample_rate)),
        notes=notes,
        axes=picture_axes(seconds, *recording_range(sample_rate)),
        seconds=seconds,
    )


def first_minute(recording: Recording, sample_rate: int) -> tuple[np.ndarray, int]:
    """Return what is played of a recording, and at which rate: the features', or the least that is played.

    Args:
        recording: of any length.
        sample_rate: Hz, of the features.
    """
    rate = max(sample_rate, LEAST_PLAYED_RATE)
    own = min(rate, recording.sample_rate)
    samples, _ = to_rate(recording, own, MOST_PLAYED_SECONDS)
    if own == rate:
        return samples, rate
    import soxr

    return np.asarray(soxr.resample(samples, own, rate, quality="HQ")), rate


def _read(root: Path | None, path: str, sha256: str) -> Recording | Media:
    """Return a recording of the corpus, or a medium that says why there is none."""
    if root is None:
        return Media(problem="The corpus folder is not known, so the clip cannot be played.")
    try:
        place = _inside(root, path)
        if place is None:
            return Media(problem="The path leads out of the corpus folder and was not opened.")
        recording = read_clip(place)
    except FileNotFoundError:
        return Media(problem="The file is gone from the corpus folder.")
    except UnusableClip as error:
        return Media(problem=f"The file can no longer be read: {error}.")
    except (OSError, ValueError, RuntimeError) as error:
        return Media(problem=f"The file cannot be opened ({getattr(error, 'strerror', None) or error}).")
    if sha256 and recording.sha256 != sha256:
        return Media(problem="The file has changed since the run, so it is not shown.")
    return recording


def file_address(root: Path | None, path: str) -> str:
    """Return the ``file:`` address of a clip, or ``""`` where it has none inside the corpus folder."""
    try:
        place = _inside(root, path) if root is not None else None
    except (OSError, ValueError, RuntimeError):
        return ""
    return place.as_uri() if place is not None else ""


def _inside(root: Path, path: str) -> Path | None:
    relative = PurePosixPath(path)
    place = (root / relative).resolve()
    return None if relative.is_absolute() or not place.is_relative_to(root.resolve()) else place


def data_uri(kind: str, content: bytes) -> str:
    """Return content that stands inside the page."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def flac_bytes(samples: np.ndarray, sample_rate: int) -> bytes:
    """Return a FLAC file with as many of 16 bits as ``BITS_A_SAMPLE`` affords.

    Bits are left out from below, as a whole: FLAC does not store what is zero in every sample, and what
    stays is exact in time. Most spoken clips keep 11 or 12 bits.

    Args:
        samples: mono, ``(n,)``; a peak above full scale is brought to it, or noise would come of it.
        sample_rate: Hz.
    """
    peak = max(1.0, float(np.abs(samples).max(initial=0.0)))
    scaled = samples.astype(np.float64) / peak * 32_768
    allowed = max(1_000.0, samples.size * BITS_A_SAMPLE / 8)
    n_dropped = 0
    while True:
        content = _encoded(scaled, sample_rate, n_dropped)
        if len(content) <= allowed or n_dropped >= MOST_DROPPED_BITS:
            return content
        # One bit less a sample is the most that a further step saves.
        n_missing = (len(content) - allowed) * 8 / max(samples.size, 1)
        n_dropped = min(MOST_DROPPED_BITS, n_dropped + max(1, int(n_missing)))


def _encoded(scaled: np.ndarray, sample_rate: int, n_dropped: int) -> bytes:
    import soundfile

    step = 1 << n_dropped
    integers = np.clip(np.round(scaled / step) * step, -32_768, 32_768 - step).astype(np.int16)
    buffer = io.BytesIO()
    soundfile.write(buffer, integers, sample_rate, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()
