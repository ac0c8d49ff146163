"""How is one clip heard and seen?

Conventions: what is heard and seen is the window that the model sees, or the first minute of a recording
that it hears from end to end. A clip is read when it is asked for and compared with the digest that its run
recorded, so that nobody judges another recording than the one that was scored.
"""

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

import numpy as np

from pipeline.audio import read_clip, to_window
from pipeline.errors import UnusableClip
from pipeline.html import first_minute, heat_map_limit, heat_map_png, recording_png, spectrogram_png
from pipeline.review.reviewed_run import ReviewClip, ReviewedRun, attribution_map

__all__ = ["ClipMedia", "MediaCache"]

N_PEAKS = 320  # columns of the waveform: two to three pixels each on a wide screen
N_KEPT = 64  # clips that are kept ready, 100 kB each


@dataclass(frozen=True, kw_only=True)
class ClipMedia:
    """A clip's sound and pictures, or why there are none.

    Attributes:
        problem: a sentence, or ``""``.
        audio: 16-bit WAV.
        spectrogram: PNG.
        heat_map: PNG of the attributions over the same time and frequency, or ``b""``.
        peaks: lowest and highest sample of each column of the waveform, shares of the largest.
        level_decibel: of the largest sample, full scale is 0.
        notes: what was done to the clip before the model sees it.
        seconds: that are heard and seen.
    """

    problem: str = ""
    audio: bytes = b""
    spectrogram: bytes = b""
    heat_map: bytes = b""
    peaks: tuple[tuple[float, float], ...] = ()
    level_decibel: float = 0.0
    notes: tuple[str, ...] = ()
    seconds: float = 0.0


class MediaCache:
    """The sounds and pictures of a run, made when they are asked for."""

    def __init__(self, run: ReviewedRun) -> None:
        self._run = run
        self.of = lru_cache(maxsize=N_KEPT)(self._make)

    def _make(self, clip: ReviewClip) -> ClipMedia:
        run = self._run
        if run.root is None:
            return ClipMedia(problem=run.problem)
        relative = PurePosixPath(clip.path)
        try:
            place = (run.root / relative).resolve()
            if relative.is_absolute() or not place.is_relative_to(run.root.resolve()):
                return ClipMedia(problem="The path leads out of the corpus folder and was not opened.")
            recording = read_clip(Path(place))
        except FileNotFoundError:
            return ClipMedia(problem="The file is gone from the corpus folder.")
        except UnusableClip as error:
            return ClipMedia(problem=f"The file can no longer be read: {error}.")
        except (OSError, ValueError, RuntimeError) as error:
            return ClipMedia(
                problem=f"The file cannot be opened ({getattr(error, 'strerror', None) or error})."
            )
        if recording.sha256 != clip.sha256:
            return ClipMedia(
                problem="The file has changed since the run, so it can be neither heard nor judged."
            )
        attributions = attribution_map(run, clip.id)
        if run.recording_rate:
            whole = recording.n_samples / recording.sample_rate
            samples, rate = first_minute(recording, run.recording_rate)
            notes, picture = recording.notes, recording_png(samples, rate)
            if attributions is not None:
                # The map is of the whole recording.
                share = len(samples) / rate / whole
                attributions = attributions[: max(1, round(share * len(attributions)))]
        else:
            rate = run.sample_rate
            samples, notes = to_window(recording, rate, run.duration_seconds)
            picture = spectrogram_png(samples, rate)
        peak = float(np.abs(samples).max(initial=0.0))
        return ClipMedia(
            audio=_wav(samples / max(1.0, peak), rate),
            spectrogram=picture,
            heat_map=b""
            if attributions is None
            else heat_map_png(attributions, heat_map_limit([attributions])),
            peaks=_peaks(samples, peak),
            level_decibel=20 * float(np.log10(max(peak, 1e-6))),
            notes=notes,
            seconds=len(samples) / rate,
        )


def _wav(samples: np.ndarray, sample_rate: int) -> bytes:
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, samples, sample_rate, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


def _peaks(samples: np.ndarray, peak: float) -> tuple[tuple[float, float], ...]:
    scaled = samples / peak if peak else samples
    columns = np.array_split(scaled, N_PEAKS)
    return tuple((round(float(part.min()), 3), round(float(part.max()), 3)) for part in columns if part.size)
