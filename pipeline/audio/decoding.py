"""How does an audio file become one window of sound?

Conventions: samples are float32, mono, full scale is 1.0; rates are in Hz. A file that cannot be
used raises ``UnusableClip``, whose message the manifest shows; whatever else was done to a clip
(resampled, padded, cut) is a note, which the manifest shows too. Reads regular files only, in one
piece, of bounded size.
"""

import hashlib
import io
import os
import stat
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.audio.headers import Header, check_claims, read_header
from pipeline.errors import UnusableClip

__all__ = ["Recording", "decode", "read_bytes", "read_clip", "to_window"]

MAX_FILE_BYTES = 64 << 20  # half an hour of 16-bit mono at 16 kHz
MAX_VALUES = 32_000_000  # samples times channels after decoding: 128 MB; a small FLAC can claim more
# Float files on the scale of 16-bit integers pass; beyond it the squares near the end of float32.
MAX_PEAK = 65_536.0
# Channels whose mean is 10 dB weaker than unrelated channels would leave it cancel each other.
CANCELLED_POWER_RATIO = 0.1
WINDOW_STEP_SECONDS = 0.01  # the loudest window of a long clip is looked for in these steps

_EXTENSIONS = {
    "WAV": (".wav", ".wave"),
    "AIFF": (".aif", ".aiff"),
    "FLAC": (".flac",),
    "Ogg": (".ogg", ".oga", ".opus"),
    "MP3": (".mp3",),
}


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One decoded file.

    Attributes:
        samples: float32 [n_samples], mono, at ``sample_rate``.
        sample_rate: Hz, as in the file.
        n_samples: samples of one channel, as in the file.
        n_channels: as in the file.
        sha256: lower-case hexadecimal digest of the file's bytes.
        notes: what was unusual about the file.
        correlations: lowest and highest correlation of two of its channels; zeros where there is one.
    """

    samples: np.ndarray
    sample_rate: int
    n_samples: int
    n_channels: int
    sha256: str
    notes: tuple[str, ...] = ()
    correlations: tuple[float, float] = (0.0, 0.0)


def read_clip(path: Path) -> Recording:
    """Read and decode one audio file; 16-bit PCM WAV takes a fast path without a decoder.

    Raises:
        UnusableClip: not audio, damaged, absurd or too large.
        OSError: the file system refuses.
    """
    return decode(read_bytes(path), path.suffix)


def read_bytes(path: Path) -> bytes:
    """Read a whole regular file of at most ``MAX_FILE_BYTES``; never waits on a pipe or a device.

    Raises:
        UnusableClip: not a regular file, or too large.
        OSError: the file system refuses.
    """
    # Without O_NONBLOCK, opening a FIFO waits for a writer for ever.
    flags = (
        os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    )
    descriptor = os.open(path, flags)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise UnusableClip("not a regular file (a folder, pipe or device)")
        if status.st_size > MAX_FILE_BYTES:
            raise UnusableClip(
                f"the file has {status.st_size:,} bytes; at most {MAX_FILE_BYTES:,} are read: "
                "cut it into clips"
            )
        with os.fdopen(os.dup(descriptor), "rb", buffering=0) as file:
            return file.read(status.st_size)
    finally:
        os.close(descriptor)


def decode(content: bytes, suffix: str = "") -> Recording:
    """Decode the bytes of one audio file and mix its channels down.

    Args:
        content: the whole file.
        suffix: extension of the file name, for a note where it does not say what the file is.

    Raises:
        UnusableClip: not audio, damaged or absurd.
    """
    header = read_header(content)
    if header.pcm16 is not None:
        offset, n_bytes = header.pcm16
        integers = np.frombuffer(content, "<i2", n_bytes // 2, offset)
        channels = integers.astype(np.float32).reshape(-1, header.n_channels)
        channels *= np.float32(1 / 32_768)
        sample_rate = header.sample_rate
    else:
        channels, sample_rate = _decode_with_library(content, header)
    notes = list(header.notes)
    if suffix and suffix.lower() not in _EXTENSIONS[header.container]:
        notes.append(f"{header.container} named {suffix.encode('ascii', 'backslashreplace').decode()}")
    samples, mixing = _mix_down(channels)
    notes += mixing
    if not samples.any():
        notes.append("digital silence")
    return Recording(
        samples=samples,
        sample_rate=sample_rate,
        n_samples=channels.shape[0],
        n_channels=channels.shape[1],
        sha256=hashlib.sha256(content).hexdigest(),
        notes=tuple(notes),
        correlations=_correlations(channels),
    )


def _correlations(channels: np.ndarray) -> tuple[float, float]:
    """Return the lowest and highest correlation of two channels; a silent channel has 0 with any other."""
    n_channels = channels.shape[1]
    if n_channels == 1:
        return 0.0, 0.0
    centred = channels - channels.mean(axis=0)
    products = np.matmul(centred.T, centred, dtype=np.float64)
    sizes = np.sqrt(np.diag(products))
    scale = np.outer(sizes, sizes)
    matrix = np.divide(products, scale, out=np.zeros_like(products), where=scale > 0)
    pairs = np.clip(matrix[np.triu_indices(n_channels, 1)], -1.0, 1.0)
    return float(pairs.min()), float(pairs.max())


def _decode_with_library(content: bytes, header: Header) -> tuple[np.ndarray, int]:
    """Return float32 [n_samples, n_channels] and the rate; bounds are checked before decoding."""
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            check_claims(file.samplerate, file.channels)
            stated = file.frames
            if stated * file.channels > MAX_VALUES:
                raise UnusableClip(
                    f"would decode to {stated * file.channels:,} samples; at most {MAX_VALUES:,} are read: "
                    "cut it into clips"
                )
            channels = file.read(stated, dtype="float32", always_2d=True)
            sample_rate = int(file.samplerate)
    except soundfile.LibsndfileError as error:
        raise UnusableClip(f"damaged {header.container}: {error.error_string}") from error
    if len(channels) == 0:
        raise UnusableClip("the file has a header and no sound")
    # The length of an MP3 is an estimate; everywhere else fewer samples mean lost sound.
    if len(channels) < stated and header.container != "MP3":
        raise UnusableClip(f"cut off: the header states {stated:,} samples, {len(channels):,} can be decoded")
    if not np.isfinite(channels).all():
        n_bad = int(np.count_nonzero(~np.isfinite(channels)))
        raise UnusableClip(f"{n_bad:,} of {channels.size:,} samples are NaN or infinite")
    peak = float(np.abs(channels).max())
    if peak > MAX_PEAK:
        raise UnusableClip(f"samples reach {peak:.3g} times full scale; at most {MAX_PEAK:,.0f} is read")
    return channels, sample_rate


def _mix_down(channels: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """Return the mean of the channels, or the strongest one where they cancel each other."""
    n_channels = channels.shape[1]
    if n_channels == 1:
        return channels[:, 0], []
    mean = channels.mean(axis=1, dtype=np.float32)
    powers = np.square(channels, dtype=np.float64).sum(axis=0)
    # Unrelated channels leave a mean of power sum(powers) / n_channels**2.
    if np.square(mean, dtype=np.float64).sum() < CANCELLED_POWER_RATIO * powers.sum() / n_channels**2:
        strongest = int(np.argmax(powers))
        samples = np.ascontiguousarray(channels[:, strongest])
        return samples, [f"{n_channels} channels cancel each other: channel {strongest + 1} taken"]
    return mean, [f"mixed down from {n_channels} channels"]


def to_window(
    recording: Recording, sample_rate: int, duration_seconds: float
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Bring a recording to one rate and one length.

    Of a long clip the loudest window is kept, as speech may begin late; a short clip is followed by
    zeros. Costs a pass over the samples, and a resampling where the rates differ.

    Args:
        recording: any rate and length.
        sample_rate: Hz of the window.
        duration_seconds: length of the window.

    Returns:
        float32 [round(sample_rate * duration_seconds)], and everything the manifest should say.
    """
    n_window = round(sample_rate * duration_seconds)
    native = recording.samples
    rate = recording.sample_rate
    notes = list(recording.notes)
    n_native = round(rate * duration_seconds)
    if len(native) > n_native:
        start = _loudest_start(native, n_native, max(1, round(rate * WINDOW_STEP_SECONDS)))
        cut = f"cut to {duration_seconds:g} s from {start / rate:.2f} s on, of {len(native) / rate:.2f} s"
        native = native[start : start + n_native]
    else:
        cut = ""
    if rate != sample_rate:
        import soxr

        native = soxr.resample(native, rate, sample_rate, quality="HQ")
        notes.append(f"resampled from {rate:,} Hz")
    if cut:
        notes.append(cut)
    elif recording.n_samples < n_native:
        notes.append(f"padded from {recording.n_samples / rate:.2f} s")
    window = np.zeros(n_window, np.float32)
    n_kept = min(n_window, len(native))
    window[:n_kept] = native[:n_kept]
    return window, tuple(notes)


def _loudest_start(samples: np.ndarray, n_window: int, step: int) -> int:
    """Return the start of the window of ``n_window`` samples with most power, in whole steps."""
    energy = np.concatenate([[0.0], np.cumsum(np.square(samples, dtype=np.float64))])
    starts = np.arange(0, len(samples) - n_window + 1, step)
    return int(starts[np.argmax(energy[starts + n_window] - energy[starts])])
