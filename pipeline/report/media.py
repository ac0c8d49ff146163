"""How is a clip put into the page so that it can be heard and seen without any other file?

Conventions: what is heard is the window that the model heard, as 16-bit FLAC; what is seen is its
log-mel spectrogram, low frequencies at the bottom, 70 dB deep below the loudest point. Both are
``data:`` URIs. A clip that cannot be read any more has a problem in words in their place.
"""

import base64
import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

import numpy as np

from pipeline.audio import read_clip, to_window
from pipeline.errors import UnusableClip

__all__ = ["Media", "embed_clip", "mel_power", "spectrogram_png"]

DEPTH_DECIBEL = 70.0
SILENCE_DECIBEL = -90.0  # the loudest point is taken to be at least this, so that silence stays dark
N_COLUMNS = 192
N_ROWS = 80
N_COLOURS = 64  # finer steps than an eye tells apart, at half of the bytes that 256 would take
FMIN_HERTZ = 50.0
FRAME_SECONDS = 0.025
# Ten stops of Matplotlib's "magma" (CC0), perceptually even from black to a pale yellow.
MAGMA = "000004 180f3e 451077 721f81 9f2f7f cd4071 f1605d fd9567 fec98d fcfdbf"


@dataclass(frozen=True)
class Media:
    """A clip's sound and picture, or why there is none.

    Attributes:
        audio: ``data:`` URI, or ``""``.
        picture: ``data:`` URI, or ``""``.
        problem: a sentence, or ``""``.
        notes: what was done to the clip before the model heard it.
    """

    audio: str = ""
    picture: str = ""
    problem: str = ""
    notes: tuple[str, ...] = ()


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
    if root is None:
        return Media(problem="The corpus folder is not known, so the clip cannot be played.")
    relative = PurePosixPath(path)
    try:
        place = (root / relative).resolve()
        if relative.is_absolute() or not place.is_relative_to(root.resolve()):
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
    samples, notes = to_window(recording, sample_rate, duration_seconds)
    return Media(
        audio=_data_uri("audio/flac", _flac(samples, sample_rate)),
        picture=_data_uri("image/png", spectrogram_png(samples, sample_rate)),
        notes=tuple(notes),
    )


def _data_uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _flac(samples: np.ndarray, sample_rate: int) -> bytes:
    import soundfile

    buffer = io.BytesIO()
    # Files on a larger scale than full scale would be clipped into noise.
    peak = max(1.0, float(np.abs(samples).max(initial=0.0)))
    soundfile.write(buffer, samples / peak, sample_rate, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


def mel_power(samples: np.ndarray, sample_rate: int) -> np.ndarray:
    """Return mel band powers in decibels, ``(N_ROWS, N_COLUMNS)``, the lowest band first.

    Args:
        samples: mono, ``(n,)``.
        sample_rate: Hz.
    """
    length = round(FRAME_SECONDS * sample_rate)
    n_fft = 1 << (2 * length - 1).bit_length()
    padded = np.pad(samples.astype(np.float32), (length // 2, length))
    starts = np.linspace(0, max(samples.size - 1, 0), N_COLUMNS).round().astype(int)
    frames = padded[starts[:, None] + np.arange(length)] * np.hanning(length).astype(np.float32)
    power = np.square(np.abs(np.fft.rfft(frames, n_fft)) / (length / 4))
    return np.asarray(10 * np.log10(np.maximum(_mel_filters(sample_rate, n_fft) @ power.T, 1e-12)))


@lru_cache(maxsize=1)
def _mel_filters(sample_rate: int, n_fft: int) -> np.ndarray:
    """Return triangles of equal width in mel (2595 log10(1 + f / 700)), each summing to one."""
    hertz = np.fft.rfftfreq(n_fft, 1 / sample_rate)
    ends = 2595 * np.log10(1 + np.array([FMIN_HERTZ, sample_rate / 2]) / 700)
    edges = 700 * (10 ** (np.linspace(ends[0], ends[1], N_ROWS + 2) / 2595) - 1)
    rising = (hertz - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - hertz) / np.diff(edges)[1:, None]
    filters = np.maximum(np.minimum(rising, falling), 0.0)
    # The lowest triangles can fall between two bins of the transform.
    empty = filters.sum(axis=1) == 0
    filters[empty, np.abs(hertz[None] - edges[1:-1, None]).argmin(axis=1)[empty]] = 1.0
    return np.asarray(filters / filters.sum(axis=1, keepdims=True), dtype=np.float32)


def spectrogram_png(samples: np.ndarray, sample_rate: int) -> bytes:
    """Return a small picture of the clip's log-mel spectrogram as PNG.

    Args:
        samples: mono, ``(n,)``.
        sample_rate: Hz.
    """
    from PIL import Image

    decibels = mel_power(samples, sample_rate)
    top = max(float(decibels.max()), SILENCE_DECIBEL + DEPTH_DECIBEL)
    shares = np.clip((decibels - top) / DEPTH_DECIBEL + 1, 0, 1)
    picture = Image.fromarray(np.round(shares[::-1] * (N_COLOURS - 1)).astype(np.uint8), mode=None).convert(
        "P"
    )
    picture.putpalette(_palette())
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True, bits=6)
    return buffer.getvalue()


def _palette() -> bytes:
    stops = np.array([list(bytes.fromhex(stop)) for stop in MAGMA.split()], dtype=np.float64)
    places = np.linspace(0, len(stops) - 1, N_COLOURS)
    columns = [np.interp(places, np.arange(len(stops)), stops[:, channel]) for channel in range(3)]
    return np.stack(columns, axis=1).round().astype(np.uint8).tobytes()
