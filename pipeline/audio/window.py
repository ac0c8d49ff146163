"""How is a recording of any rate and length brought to the rate and the length that are asked for?

Conventions: float32, mono. A window is the loudest part of a long clip, as speech may begin late; a short
clip is followed by zeros. A whole recording keeps its length, up to a bound. Recordings that are too long to
be kept are decoded again, a block at a time: memory holds one block and what is returned.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from pipeline.audio.decoding import Recording
from pipeline.errors import UnusableClip

__all__ = ["to_rate", "to_window"]

WINDOW_STEP_SECONDS = 0.01  # the loudest window of a long clip is looked for in these steps


def to_window(
    recording: Recording, sample_rate: int, duration_seconds: float
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Bring a recording to one rate and one length.

    Costs a pass over the samples, and a resampling where the rates differ.

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
    if recording.n_samples > n_native:
        step = max(1, round(rate * WINDOW_STEP_SECONDS))
        if recording.decoded is None:
            start = _loudest_start(native, n_native, step)
            native = native[start : start + n_native]
        else:
            start = _loudest_start_of_blocks(recording.blocks(), n_native, step)
            native = _part(recording.blocks(), start, start + n_native)
        seconds = recording.n_samples / rate
        cut = f"cut to {duration_seconds:g} s from {start / rate:.2f} s on, of {seconds:.2f} s"
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


def to_rate(
    recording: Recording, sample_rate: int, longest_seconds: float
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Bring a recording to one rate, from its beginning up to a bound.

    Args:
        recording: any rate and length.
        sample_rate: Hz of what is returned.
        longest_seconds: what comes after is not returned.

    Returns:
        float32 [n], and everything the manifest should say.

    Raises:
        UnusableClip: recorded at a lower rate.
    """
    rate, notes = recording.sample_rate, list(recording.notes)
    if rate < sample_rate:
        # Bands above the recording's own would hold nothing, and tell recorders apart.
        raise UnusableClip(
            "low_rate",
            f"recorded at {rate:,} Hz, below features.recording_rate={sample_rate}; "
            "set that to the lowest rate of the recordings",
        )
    n_heard = min(recording.n_samples, round(longest_seconds * rate))
    if n_heard < recording.n_samples:
        notes.append(
            f"only the first {longest_seconds:g} s of {recording.n_samples / rate:.0f} s are heard: "
            "cut it into parts"
        )
    if rate != sample_rate:
        notes.append(f"resampled from {rate:,} Hz")
    if recording.decoded is None:
        samples = recording.samples[:n_heard]
        if rate != sample_rate:
            import soxr

            samples = soxr.resample(samples, rate, sample_rate, quality="HQ")
        return samples, tuple(notes)
    return _resampled(_first(recording.blocks(), n_heard), rate, sample_rate), tuple(notes)


def _resampled(blocks: Iterable[np.ndarray], rate: int, sample_rate: int) -> np.ndarray:
    """Return blocks at another rate, joined: float32 [n]."""
    if rate == sample_rate:
        return np.concatenate(list(blocks))
    import soxr

    stream = soxr.ResampleStream(rate, sample_rate, 1, dtype="float32", quality="HQ")
    parts = [stream.resample_chunk(np.ascontiguousarray(block)) for block in blocks]
    return np.concatenate([*parts, stream.resample_chunk(np.zeros(0, np.float32), last=True)])


def _first(blocks: Iterator[np.ndarray], n_samples: int) -> Iterator[np.ndarray]:
    """Yield the first samples of blocks; later ones are not decoded."""
    n_left = n_samples
    while n_left > 0 and (block := next(blocks, None)) is not None:
        yield block[:n_left]
        n_left -= len(block)


def _part(blocks: Iterator[np.ndarray], start: int, stop: int) -> np.ndarray:
    """Return the samples from ``start`` to ``stop`` of blocks, float32 [stop - start]."""
    found, first = [], 0
    for block in _first(blocks, stop):
        found.append(block[max(0, start - first) :].copy())
        first += len(block)
    return np.concatenate(found)


def _loudest_start(samples: np.ndarray, n_window: int, step: int) -> int:
    """Return the start of the window of ``n_window`` samples with most power, in whole steps."""
    energy = np.concatenate([[0.0], np.cumsum(np.square(samples, dtype=np.float64))])
    starts = np.arange(0, len(samples) - n_window + 1, step)
    return int(starts[np.argmax(energy[starts + n_window] - energy[starts])])


def _loudest_start_of_blocks(blocks: Iterable[np.ndarray], n_window: int, step: int) -> int:
    """Return the same of a long recording, where a window counts as its whole steps."""
    energies, left = [], np.zeros(0, np.float32)
    for block in blocks:
        joined = np.concatenate([left, block]) if len(left) else block
        n_whole = len(joined) // step * step
        steps = joined[:n_whole].reshape(-1, step)
        energies.append(np.einsum("ij,ij->i", steps, steps, dtype=np.float64))
        left = joined[n_whole:]
    energy = np.concatenate([[0.0], np.cumsum(np.concatenate(energies))])
    n_steps = max(1, n_window // step)
    # The last window must not reach over the end.
    n_samples = (len(energy) - 1) * step + len(left)
    starts = np.arange(min(len(energy) - n_steps, (n_samples - n_window) // step + 1))
    return int(np.argmax(energy[starts + n_steps] - energy[starts])) * step
