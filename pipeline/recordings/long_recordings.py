"""How strange is each window of recordings of hours, for a model that is already trained?

Recordings are read once, a block at a time; windows become features in other processes. Memory holds a few
batches of windows, whatever the recordings' length. A window's figures are those of a file that holds it
alone. What lies behind the last whole window is in none, and said.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.detection import read_card, read_model
from pipeline.errors import ConfigurationError, UnusableClip
from pipeline.frontend import OF_ANY_LENGTH
from pipeline.processes import mapping
from pipeline.quality import usual_duration
from pipeline.recordings.event_reasons import EventReasons
from pipeline.recordings.events import join, make_rule, usual_rate
from pipeline.recordings.figures import (
    FIGURES,
    Scorer,
    check_model,
    counted,
    named,
    printable_path,
    together,
)
from pipeline.recordings.listing import files_of
from pipeline.settings import FeatureSettings
from pipeline.terminal import Progress, say

if TYPE_CHECKING:
    from pipeline.features import FeatureBatch, Source

__all__ = ["Windowing", "score_recordings"]

BATCH_BYTES = 8 << 20
BATCHES_AHEAD = 8
LEAST_SECONDS = 0.01


@dataclass(frozen=True, kw_only=True)
class Windowing:
    """How recordings are cut, and what is printed.

    Attributes:
        every_seconds: from the beginning of one window to that of the next.
        window_seconds: of one window; None for the median length of the clips that the run learned from.
        has_events: print events in place of windows.
        events_per_hour: false events that are allowed on average; None for ``usual_rate``.
    """

    every_seconds: float
    window_seconds: float | None = None
    has_events: bool = False
    events_per_hour: float | None = None


@dataclass(frozen=True)
class _Place:
    """A window, or why no more of a file's windows are there."""

    path: Path
    start_seconds: float | None
    end_seconds: float | None
    reason: str = ""

    def line(self, figures: dict[str, Any]) -> dict[str, Any]:
        span = {"start_seconds": self.start_seconds, "end_seconds": self.end_seconds}
        return {**named(self.path), **span, **figures}


def score_recordings(run_path: Path, paths: Iterable[Path], windowing: Windowing) -> Iterator[dict[str, Any]]:
    """Yield one mapping for each window or event, in order.

    Args:
        run_path: a run whose model is trained.
        paths: recordings, or folders of them.
        windowing: how they are cut.

    Yields:
        What ``score_paths`` yields of a file, with ``start_seconds`` and ``end_seconds``; of an event also
        ``peak_seconds``, ``false_events_per_hour``, ``n_windows`` and, of a run of sounds, what
        ``EventReasons`` adds. Figures and seconds are None where no further window of a file can be used; a
        tag says why.

    Raises:
        ConfigurationError: lengths or rates that do not fit the run.
        PipelineError: a path does not exist, or a folder holds no audio file.
        ArtefactError: the run's model is missing or damaged.
    """
    from pipeline.features import windows_extraction
    from pipeline.frontend import scoring_settings

    files = [found for path in paths for found in files_of(path)]
    check_model(run_path)
    settings, _ = read_card(run_path)
    features = scoring_settings(settings.features)
    _check_seconds("--every", windowing.every_seconds)
    seconds = _window_seconds(windowing, features, usual_duration(run_path, settings.target))
    places: deque[_Place] = deque()
    sources = _batches(files, seconds, windowing.every_seconds, features.batch_size, places)
    total = sum(_n_expected(path, seconds, windowing.every_seconds) for path, defect in files if not defect)
    with (
        windows_extraction(sources, features, n_batches_ahead=BATCHES_AHEAD) as batches,
        Progress("score", total, "windows") as progress,
    ):
        scorer = Scorer(run_path, read_model(run_path))
        lines = _lines(scorer, places, counted(batches, progress))
        if not windowing.has_events:
            yield from lines
            return
        rate = windowing.events_per_hour
        if rate is None:
            rate = usual_rate(scorer.model, windowing.every_seconds, total)
        rule = make_rule(scorer.model, windowing.every_seconds, rate)
        say(f"score: {rule.promise}")
        if features.kind in OF_ANY_LENGTH:
            reasons = EventReasons(run_path, scorer.model, seconds, windowing.every_seconds)
            yield from (reasons.add(line) if "peak_seconds" in line else line for line in join(lines, rule))
        else:
            yield from join(lines, rule)


def _n_expected(path: Path, window_seconds: float, every_seconds: float) -> int:
    """Return how many windows a recording has by its head; 0 where only reading tells."""
    from pipeline.audio import open_stream

    try:
        stream = open_stream(path)
    except (UnusableClip, OSError):
        return 0
    beyond = stream.n_expected / stream.sample_rate - window_seconds
    return int(beyond / every_seconds + 1e-9) + 1 if beyond >= 0 else 0


def _check_seconds(option: str, seconds: float) -> None:
    if not LEAST_SECONDS <= seconds < float("inf"):
        raise ConfigurationError(
            f"{option} {seconds:g} is no length; give a number of seconds, {LEAST_SECONDS:g} or more"
        )


def _window_seconds(windowing: Windowing, features: FeatureSettings, usual_seconds: float) -> float:
    hears_all = features.kind == "statistics"
    name = "features.longest_seconds" if hears_all else "features.duration_seconds"
    longest = features.longest_seconds if hears_all else features.duration_seconds
    if windowing.window_seconds is None:
        return min(usual_seconds, longest)
    _check_seconds("--window", windowing.window_seconds)
    if windowing.window_seconds > longest:
        raise ConfigurationError(
            f"--window {windowing.window_seconds:g} is longer than the {longest:g} s that the run hears of a "
            f"clip ({name}); give a shorter window"
        )
    return windowing.window_seconds


def _batches(
    files: Sequence[tuple[Path, str]],
    window_seconds: float,
    every_seconds: float,
    most_windows: int,
    places: deque[_Place],
) -> Iterator[tuple["Source", ...]]:
    """Yield the windows of all files, a few megabytes at a time, and note the place of each."""
    from pipeline.audio import open_stream
    from pipeline.features import Source

    batch: list[Source] = []
    n_bytes = 0
    for path, defect in files:
        end, n_windows, reason, seconds = 0.0, 0, defect, 0.0
        try:
            if not defect:
                stream = open_stream(path)
                for note in stream.notes:
                    say(f"score: {printable_path(path)}: {note}")
                for window in stream.windows(window_seconds, every_seconds):
                    begin = window.first / window.sample_rate
                    end = (window.first + len(window.frames)) / window.sample_rate
                    n_windows += 1
                    places.append(_Place(path, begin, end))
                    batch.append(Source(path, window=window))
                    n_bytes += window.frames.nbytes
                    if n_bytes >= BATCH_BYTES or len(batch) >= most_windows:
                        yield tuple(batch)
                        batch, n_bytes = [], 0
                seconds = stream.n_read / stream.sample_rate
                if n_windows == 0:
                    reason = (
                        f"the recording has {seconds:g} s, a window {window_seconds:g} s; give --window less"
                    )
        except UnusableClip as error:
            reason = str(error)
        except OSError as error:
            reason = f"unreadable: {error.strerror or error}"
        if reason:
            places.append(_Place(path, None, None, reason))
        elif seconds > end:
            left = f"the last {seconds - end:g} s are in no window of {window_seconds:g} s"
            say(f"score: {printable_path(path)}: {left}")
    if batch:
        yield tuple(batch)


def _lines(
    scorer: Scorer, places: deque[_Place], batches: Iterable["FeatureBatch"]
) -> Iterator[dict[str, Any]]:
    blocks = ((batch, ()) for batch in together(batches))
    with mapping(scorer.judged, blocks, n_workers=1) as judged:
        for figures in judged:
            yield from _placed(places, figures)
    yield from _unusable(places)


def _placed(places: deque[_Place], figures: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for found in figures:
        yield from _unusable(places)
        yield places.popleft().line(found)


def _unusable(places: deque[_Place]) -> Iterator[dict[str, Any]]:
    while places and places[0].reason:
        place = places.popleft()
        yield place.line({**dict.fromkeys(FIGURES), "tags": [f"unusable: {place.reason}"]})
