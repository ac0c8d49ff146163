"""How does an audio file become samples of one channel?

Conventions: samples are float32, mono, full scale is 1.0; rates are in Hz. A file that cannot be
used raises ``UnusableClip``, whose message the manifest shows; whatever else was done to a clip
(mixed, resampled, padded, cut) is a note, which the manifest shows too. What is decoded at once is
bounded; the length of a file is not, short of a day.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np

from pipeline.audio.blocks import Blocks, cut_into_blocks, open_blocks
from pipeline.audio.containers import EXTENSIONS, Content, open_content, read_sound, sha256_of
from pipeline.audio.full_scale import full_scale_of
from pipeline.audio.mixing import Mix, choose_mix
from pipeline.errors import UnusableClip

__all__ = ["Recording", "decode", "decode_frames", "read_beginning", "read_clip", "read_rate"]

BEGINNING_SECONDS = 60.0  # of a recording that is too long to be kept; its levels are measured on them
# Formats whose frames are counted one by one; the other ones state an estimate, or are checked when read.
_COUNTED = ("WAV", "W64", "AIFF", "CAF", "AU", "FLAC")
HELD_SAMPLES = 2 << 20  # of one channel that are kept: 8 MB, and five times that while they are looked at


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One decoded file.

    Attributes:
        samples: float32 [n], mono, at ``sample_rate``: all of them, or the first minute of a long recording.
        sample_rate: Hz, as in the file.
        n_samples: samples of one channel, as in the file.
        n_channels: as in the file.
        sha256: lower-case hexadecimal digest of the file's bytes.
        notes: what was unusual about the file.
        correlations: lowest and highest correlation of two of its channels; zeros where there is one.
        living: numbers of its channels that are not dead, from 0.
        lost_share: of the frames that the file states, those that are not there; below a half.
        is_size_unstated: whether the file does not state its size, or not truly.
        full_scale: the amplitude that floors of levels are relative to; 0.0 where nothing tells.
        decoded: yields all samples of a long recording, a block at a time; ``None`` where ``samples`` has
        all.
        heard: yields the blocks of a mix of its channels, decoded anew.
    """

    samples: np.ndarray
    sample_rate: int
    n_samples: int
    n_channels: int
    sha256: str
    notes: tuple[str, ...] = ()
    correlations: tuple[float, float] = (0.0, 0.0)
    living: tuple[int, ...] = (0,)
    lost_share: float = 0.0
    is_size_unstated: bool = False
    full_scale: float = 1.0
    decoded: Callable[[], Iterator[np.ndarray]] | None = None
    heard: Callable[[Mix], Iterator[np.ndarray]] | None = None

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield all samples, float32 [n] each, one block after the other; a long recording is decoded anew.

        Raises:
            UnusableClip: the file cannot be decoded any more.
        """
        return iter((self.samples,)) if self.decoded is None else self.decoded()

    def channel(self, number: int) -> "Recording":
        """Return one channel as a recording of its own, counted from 0; the file is decoded anew.

        Raises:
            UnusableClip: the file cannot be decoded any more.
        """
        heard = self.heard
        if self.n_channels == 1 or heard is None:
            return self
        only = Mix(channels=(number,), note="", n_samples=self.n_samples, correlations=(0.0, 0.0))
        samples = next(heard(only))[: len(self.samples)].copy()
        decoded = None if self.decoded is None else lambda: heard(only)
        return replace(self, samples=samples, decoded=decoded)


def read_clip(path: Path) -> Recording:
    """Read and decode one audio file; 16-bit PCM WAV takes a fast path without a decoder.

    Raises:
        UnusableClip: not audio, damaged or absurd.
        OSError: the file system refuses.
    """
    return decode(open_content(path), path.suffix)


def read_rate(path: Path) -> int:
    """Return the sample rate that a file's header states, in Hz; its sound is not decoded.

    Raises:
        UnusableClip: not audio, damaged or absurd.
        OSError: the file system refuses.
    """
    content = open_content(path, at_once_bytes=0)
    return read_sound(content).sample_rate


def read_channels(path: Path) -> int:
    """Return how many channels a file's header states; its sound is not decoded.

    Raises:
        UnusableClip: not audio, damaged or absurd.
        OSError: the file system refuses.
    """
    return read_sound(open_content(path, at_once_bytes=0)).n_channels


def read_beginning(path: Path) -> Recording:
    """Read the first block of a file and average its channels: enough to tell what the whole is like.

    Raises:
        UnusableClip: not audio, damaged or absurd.
        OSError: the file system refuses.
    """
    content = open_content(path)
    channels = open_blocks(content, read_sound(content))
    block = next(channels.read(), np.zeros((0, channels.n_channels), np.float32))
    return Recording(
        samples=block.mean(axis=1, dtype=np.float32),
        sample_rate=channels.sample_rate,
        n_samples=len(block),
        n_channels=channels.n_channels,
        sha256="",
        full_scale=1.0 if channels.is_coarse else full_scale_of(block),
    )


def decode(content: Content, suffix: str = "") -> Recording:
    """Decode one audio file and mix its channels down; a long one takes two passes, and is not kept.

    Args:
        content: the whole file.
        suffix: extension of the file name, for a note where it does not say what the file is.

    Raises:
        UnusableClip: not audio, damaged or absurd.
    """
    sound = read_sound(content)
    recording = _decoded(open_blocks(content, sound))
    notes = list(sound.notes)
    if suffix and suffix.lower() not in EXTENSIONS[sound.container]:
        notes.append(f"{sound.container} named {suffix.encode('ascii', 'backslashreplace').decode()}")
    n_lost = max(0, sound.n_stated - recording.n_samples) if sound.container in _COUNTED else 0
    if sound.container == "MP3":
        n_lost = sound.n_stated - sound.n_held
    if n_lost and not any(note.startswith("cut off") for note in notes):
        notes.append(
            f"cut off: the header states {sound.n_stated:,} frames, {recording.n_samples:,} can be decoded"
        )
    return replace(
        recording,
        sha256=sha256_of(content),
        notes=(*notes, *recording.notes),
        lost_share=n_lost / sound.n_stated if n_lost else 0.0,
        is_size_unstated=sound.is_size_unstated,
    )


def decode_frames(frames: np.ndarray, *, sample_rate: int, is_coarse: bool) -> Recording:
    """Return what ``decode`` gives of a file that holds these frames and nothing else, but for its digest.

    Args:
        frames: float32 [n, n_channels], as a file holds them.
        sample_rate: Hz.
        is_coarse: whether the file has 16 bits a sample or fewer.

    Raises:
        UnusableClip: no frames, or samples that are not finite or too loud.
    """
    return _decoded(cut_into_blocks(frames, sample_rate=sample_rate, is_coarse=is_coarse))


def _decoded(channels: Blocks) -> Recording:
    """Mix channels down and settle full scale; a long recording takes two passes."""
    blocks = channels.read()
    first = next(blocks, None)
    if first is None:
        raise UnusableClip("no_sound", "the file has a header and no sound; record it again")
    mix = choose_mix(chain((first,), blocks))

    def heard(chosen: Mix) -> Iterator[np.ndarray]:
        return (chosen.of(block) for block in channels.read())

    def decoded() -> Iterator[np.ndarray]:
        return heard(mix)

    is_long = mix.n_samples > HELD_SAMPLES
    n_kept = min(HELD_SAMPLES, round(BEGINNING_SECONDS * channels.sample_rate)) if is_long else mix.n_samples
    samples = mix.of(first) if len(first) == n_kept else _beginning(decoded(), n_kept)
    notes = [mix.note] if mix.note else []
    if not (samples.any() or (is_long and any(block.any() for block in decoded()))):
        notes.append("digital silence")
    return Recording(
        samples=samples,
        sample_rate=channels.sample_rate,
        n_samples=mix.n_samples,
        n_channels=channels.n_channels,
        sha256="",
        notes=tuple(notes),
        correlations=mix.correlations,
        living=mix.living,
        full_scale=1.0 if channels.is_coarse else full_scale_of(first),
        decoded=decoded if is_long else None,
        heard=heard if channels.n_channels > 1 else None,
    )


def _beginning(blocks: Iterator[np.ndarray], n_samples: int) -> np.ndarray:
    """Return the first samples of blocks, float32 [n_samples]; later blocks are not decoded."""
    samples, n_filled = np.empty(n_samples, np.float32), 0
    while n_filled < n_samples and (block := next(blocks, None)) is not None:
        part = block[: n_samples - n_filled]
        samples[n_filled : n_filled + len(part)] = part
        n_filled += len(part)
    return samples[:n_filled]
