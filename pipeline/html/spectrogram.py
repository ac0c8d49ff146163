"""What does a clip look like: its log-mel spectrogram as a small picture?

Conventions: low frequencies at the bottom, time from left to right over the whole window, 70 dB deep
below the loudest point. A recording of any length is shown from end to end, in log bands.
"""

import io
from functools import lru_cache

import numpy as np

from pipeline.frontend import log_bank, recording_range

__all__ = ["mel_power", "recording_png", "spectrogram_png"]

DEPTH_DECIBEL = 70.0
SILENCE_DECIBEL = -90.0  # the loudest point is taken to be at least this, so that silence stays dark
N_COLUMNS = 160
N_ROWS = 64
N_RECORDING_COLUMNS, N_RECORDING_ROWS = 320, 96
FRAMES_A_COLUMN = 64
N_COLOURS = 32  # 2.2 dB a step: finer ones are hardly seen, and 64 take a third more bytes
FMIN_HERTZ = 50.0
FRAME_SECONDS = 0.025
# Ten stops of Matplotlib's "magma" (CC0), perceptually even from black to a pale yellow.
MAGMA = "000004 180f3e 451077 721f81 9f2f7f cd4071 f1605d fd9567 fec98d fcfdbf"


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
    return _picture(mel_power(samples, sample_rate))


def recording_png(samples: np.ndarray, sample_rate: int) -> bytes:
    """Return a picture of a whole recording as PNG, its log bands over the range that statistics hear.

    A column is the mean power of its part of the recording: no moment is left out. Costs a transform every
    12.5 ms, or ``FRAMES_A_COLUMN`` for each column of a long recording.

    Args:
        samples: mono, ``(n,)``, of any length.
        sample_rate: Hz.
    """
    length = max(16, round(FRAME_SECONDS * sample_rate))
    n_fft = 1 << (2 * length - 1).bit_length()
    padded = np.pad(samples.astype(np.float32), (length // 2, length))
    n_frames = min(
        max(N_RECORDING_COLUMNS, 2 * samples.size // length), FRAMES_A_COLUMN * N_RECORDING_COLUMNS
    )
    n_frames -= n_frames % N_RECORDING_COLUMNS
    starts = np.linspace(0, max(samples.size - 1, 0), n_frames).round().astype(int)
    window = np.hanning(length).astype(np.float32)
    bank = log_bank(sample_rate, n_fft, N_RECORDING_ROWS, *recording_range(sample_rate))
    bank /= bank.sum(axis=0)
    columns = []
    for part in np.split(starts, N_RECORDING_COLUMNS):
        frames = padded[part[:, None] + np.arange(length)] * window
        power = np.square(np.abs(np.fft.rfft(frames, n_fft)) / (length / 4))
        columns.append((power @ bank).mean(axis=0))
    return _picture(10 * np.log10(np.maximum(np.stack(columns, axis=1), 1e-12)))


def _picture(decibels: np.ndarray) -> bytes:
    """Return levels [n_rows, n_columns], the lowest band first, as PNG with a palette."""
    from PIL import Image

    top = max(float(decibels.max()), SILENCE_DECIBEL + DEPTH_DECIBEL)
    shares = np.clip((decibels - top) / DEPTH_DECIBEL + 1, 0, 1)
    levels = np.round(shares[::-1] * (N_COLOURS - 1)).astype(np.uint8)
    picture = Image.fromarray(levels).convert("P")
    picture.putpalette(_palette())
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _palette() -> bytes:
    stops = np.array([list(bytes.fromhex(stop)) for stop in MAGMA.split()], dtype=np.float64)
    places = np.linspace(0, len(stops) - 1, N_COLOURS)
    columns = [np.interp(places, np.arange(len(stops)), stops[:, channel]) for channel in range(3)]
    return np.stack(columns, axis=1).round().astype(np.uint8).tobytes()
