"""Small files of every format that is read.

Conventions: one sound, 0.5 s of a tone in noise at 16 kHz, two channels; linear PCM is its 16-bit form.
"""

import io

import numpy as np
import soundfile

__all__ = ["FORMATS", "LOSSY", "RATE", "made", "tone"]

RATE = 16_000
FORMATS = {
    "wav-u8": ("WAV", "PCM_U8", ""),
    "wav-16": ("WAV", "PCM_16", ""),
    "wav-24": ("WAV", "PCM_24", ""),
    "wav-32": ("WAV", "PCM_32", ""),
    "wav-float": ("WAV", "FLOAT", ""),
    "wav-double": ("WAV", "DOUBLE", ""),
    "wav-ulaw": ("WAV", "ULAW", ""),
    "wav-alaw": ("WAV", "ALAW", ""),
    "wavex": ("WAVEX", "PCM_24", ""),
    "rifx": ("WAV", "PCM_16", "BIG"),
    "rf64": ("RF64", "PCM_16", ""),
    "w64": ("W64", "PCM_16", ""),
    "aiff": ("AIFF", "PCM_16", ""),
    "aiff-24": ("AIFF", "PCM_24", ""),
    "aifc-float": ("AIFF", "FLOAT", ""),
    "aifc-little": ("AIFF", "PCM_16", "LITTLE"),
    "aiff-s8": ("AIFF", "PCM_S8", ""),
    "caf": ("CAF", "PCM_16", ""),
    "caf-float": ("CAF", "FLOAT", ""),
    "caf-alaw": ("CAF", "ALAW", ""),
    "au": ("AU", "PCM_16", ""),
    "au-little": ("AU", "PCM_16", "LITTLE"),
    "au-double": ("AU", "DOUBLE", ""),
    "flac": ("FLAC", "PCM_16", ""),
    "flac-24": ("FLAC", "PCM_24", ""),
    "vorbis": ("OGG", "VORBIS", ""),
    "opus": ("OGG", "OPUS", ""),
    "mp3": ("MP3", "MPEG_LAYER_III", ""),
}
LOSSY = ("vorbis", "opus", "mp3")


def tone(seconds: float = 0.5, n_channels: int = 2, rate: int = RATE) -> np.ndarray:
    """Return the sound, float64 [n, n_channels]."""
    n_samples = round(seconds * rate)
    noise = 0.05 * np.random.default_rng(0).standard_normal((n_samples, n_channels))
    return 0.5 * np.sin(np.arange(n_samples) / 9)[:, None] + noise


def made(name: str, sound: np.ndarray | None = None, rate: int = RATE) -> bytes:
    """Return a file of one of ``FORMATS``."""
    form, subtype, endian = FORMATS[name]
    stream = io.BytesIO()
    sound = tone() if sound is None else sound
    soundfile.write(stream, sound, rate, format=form, subtype=subtype, endian=endian or None)
    return stream.getvalue()
