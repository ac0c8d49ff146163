"""How is one clip heard and seen?

Conventions: what is heard and seen is the window that the model sees, or the first minute of a recording
that it hears from end to end. A clip is read when it is asked for and compared with the digest that its run
recorded, so that nobody judges another recording than the one that was scored.
"""

import io
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath

import numpy as np

from pipeline.audio import read_clip, to_window
from pipeline.errors import UnusableClip
from pipeline.files import sha256_file
from pipeline.frontend import recording_range
from pipeline.html import first_minute, heat_map_limit, heat_map_png, recording_png, spectrogram_png
from pipeline.review.reviewed_run import ReviewClip, ReviewedRun, attribution_map
from pipeline.review.scales import Mark, log_marks, picture_marks

__all__ = ["ClipMedia", "MediaCache"]

N_PEAKS = 320  # columns of the waveform: two to three pixels each on a wide screen
N_KEPT = 32  # clips that are kept ready: 64 kB for a word, 4 MB for a minute
LEAST_SEEN = 160  # samples: 10 ms
CHANGED = "The file has changed since the run, so it can be neither heard nor judged."


@dataclass(frozen=True, kw_only=True)
class ClipMedia:
    """A clip's sound and pictures, or why there are none.

    Attributes:
        problem: a sentence, or ``""``.
        samples: float32 [n], mono; the part of a recording that is heard.
        rate: Hz.
        is_recording: whether the spectrogram has the log bands of a recording, not a word's mel bands.
        heat_map: PNG of the attributions over the same time and frequency, or ``b""``.
        heat_limit: nats a cell that have its full colour.
        notes: what was done to the clip before the model sees it.
        marks: where frequencies stand at the side of the spectrogram.
    """

    problem: str = ""
    samples: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    rate: int = 1
    is_recording: bool = False
    heat_map: bytes = b""
    heat_limit: float = 0.0
    notes: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()

    @property
    def seconds(self) -> float:
        """How long it is heard and seen."""
        return len(self.samples) / self.rate

    @property
    def peak(self) -> float:
        """The largest sample, 1 is full scale."""
        return float(np.abs(self.samples).max(initial=0.0))

    @property
    def level_decibel(self) -> float:
        """Level of the largest sample, full scale is 0."""
        return 20 * float(np.log10(max(self.peak, 1e-6)))

    def audio(self, *, full_scale: bool = False) -> bytes:
        """Return 16-bit WAV, at full scale or as it was recorded; ``b""`` where there is a problem."""
        if self.problem:
            return b""
        import soundfile

        loudest = (self.peak or 1.0) if full_scale else max(1.0, self.peak)
        buffer = io.BytesIO()
        soundfile.write(buffer, self.samples / loudest, self.rate, format="WAV", subtype="PCM_16")
        return buffer.getvalue()

    def spectrogram(self, start: float = 0.0, end: float = np.inf) -> bytes:
        """Return PNG of the seconds from start to end; ``b""`` where there is a problem."""
        if self.problem:
            return b""
        draw = recording_png if self.is_recording else spectrogram_png
        return draw(self._part(start, end), self.rate)

    def peaks(self, start: float = 0.0, end: float = np.inf) -> tuple[tuple[float, float], ...]:
        """Return the lowest and highest sample of each column of the waveform, shares of the largest."""
        part = self._part(start, end) / (self.peak or 1.0)
        columns = np.array_split(part, N_PEAKS)
        return tuple((round(float(one.min()), 3), round(float(one.max()), 3)) for one in columns if one.size)

    def _part(self, start: float, end: float) -> np.ndarray:
        n = len(self.samples)
        first = int(np.clip(start * self.rate, 0, max(0, n - LEAST_SEEN)))
        return self.samples[first : max(first + LEAST_SEEN, int(min(n, end * self.rate)))]


class MediaCache:
    """The sounds and pictures of a run, made when they are asked for."""

    def __init__(self, run: ReviewedRun) -> None:
        self._run = run
        self.of = lru_cache(maxsize=N_KEPT)(self._make)

    def problem_of(self, clip: ReviewClip) -> str:
        """Return why a clip cannot be heard as it was scored, or ``""``; cheaper than to decode it."""
        place = self._place(clip)
        if isinstance(place, str):
            return place
        try:
            return "" if sha256_file(place) == clip.sha256 else CHANGED
        except OSError as error:
            return _unopened(error)

    def _place(self, clip: ReviewClip) -> Path | str:
        """Return where the file of a clip stands, or why there is none, in a sentence."""
        root, relative = self._run.root, PurePosixPath(clip.path)
        if root is None:
            return self._run.problem
        try:
            place = (root / relative).resolve()
            if relative.is_absolute() or not place.is_relative_to(root.resolve()):
                return "The path leads out of the corpus folder and was not opened."
        except (OSError, ValueError, RuntimeError) as error:
            return _unopened(error)
        return place if place.exists() else "The file is gone from the corpus folder."

    def _make(self, clip: ReviewClip) -> ClipMedia:
        run, place = self._run, self._place(clip)
        if isinstance(place, str):
            return ClipMedia(problem=place)
        try:
            recording = read_clip(place)
        except UnusableClip as error:
            return ClipMedia(problem=f"The file can no longer be read: {error}.")
        except (OSError, ValueError, RuntimeError) as error:
            return ClipMedia(problem=_unopened(error))
        if recording.sha256 != clip.sha256:
            return ClipMedia(problem=CHANGED)
        attributions = attribution_map(run, clip.id)
        if run.recording_rate:
            whole = recording.n_samples / recording.sample_rate
            samples, rate = first_minute(recording, run.recording_rate)
            notes, marks = recording.notes, log_marks(*recording_range(rate))
            if attributions is not None:
                # The map is of the whole recording.
                share = len(samples) / rate / whole
                attributions = attributions[: max(1, round(share * len(attributions)))]
        else:
            rate = run.sample_rate
            samples, notes = to_window(recording, rate, run.duration_seconds)
            marks = picture_marks(rate)
        limit = 0.0 if attributions is None else heat_map_limit([attributions])
        return ClipMedia(
            samples=samples,
            rate=rate,
            is_recording=bool(run.recording_rate),
            heat_map=b"" if attributions is None else heat_map_png(attributions, limit),
            heat_limit=limit,
            notes=notes,
            marks=tuple(marks),
        )


def _unopened(error: Exception) -> str:
    return f"The file cannot be opened ({getattr(error, 'strerror', None) or error})."
