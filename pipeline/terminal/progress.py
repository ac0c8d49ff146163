"""How far is the work, and how long will it take?

On a terminal: one bar on standard error. Elsewhere (logs, CI): a plain line at most every few
seconds, so that a log stays readable. For programs: lines of JSON. Nothing goes to standard output.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

from pipeline.terminal.interruption import raise_if_interrupted
from pipeline.terminal.log import tell_program
from pipeline.terminal.verbosity import manner

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

__all__ = ["Progress", "beside_progress"]

SECONDS_BETWEEN_LINES = 5.0
# Below so many columns the bar keeps its place, and the note and the time left go.
NARROW_COLUMNS = 80
NARROW_BAR, NARROW_TITLE = 10, 16

_beside: list[Callable[[], str]] = []


@contextmanager
def beside_progress(note: Callable[[], str]) -> Iterator[None]:
    """Show what a function tells, a few words or nothing, beside the progress while the block lasts."""
    _beside.append(note)
    try:
        yield
    finally:
        _beside.remove(note)


def _told_beside() -> str:
    return ", ".join(filter(None, (note() for note in _beside)))


class Progress:
    """A progress bar as a context manager.

    Args:
        title: what is being done, a few words.
        total: number of steps.
        unit: what one step is, in the plural (``"clips"``).
        first: what is done before the first step ends (``"compiling"``), named while it lasts.
    """

    def __init__(self, title: str, total: int, unit: str, *, first: str = "") -> None:
        self.title = title
        self.total = total
        self.unit = unit
        self.first = first
        self.done = 0
        told = manner()
        self._form = "none" if told.is_quiet else told.progress
        if self._form == "auto":
            self._form = "bar" if sys.stderr.isatty() else "plain"
        self._last_line = time.monotonic()
        self._note = ""
        # The first step carries what is done once (starting workers, compiling), and is left out of the rate.
        self._first: tuple[int, float] | None = None

    def __enter__(self) -> "Progress":
        if self._form == "bar":
            self._bar = _bar()
            self._bar.start()
            self._task = self._bar.add_task(self.title, total=self.total, note=self.first or self.unit)
        elif self._form == "json":
            self._tell_program("begin", self.first)
        elif self._form == "plain" and self.first:
            print(f"{self.title}: {self.first}", file=sys.stderr, flush=True)
        return self

    def advance(self, n: int = 1, note: str = "") -> None:
        """Count ``n`` further steps; ``note`` is shown beside the bar.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed, and a library lost it.
        """
        raise_if_interrupted()
        self.done += n
        self._note = note
        if self._form == "bar":
            told = ", ".join(filter(None, (note or self.unit, _told_beside())))
            self._bar.update(self._task, completed=self.done, note=told)
        if self._form not in ("plain", "json"):
            return
        now = time.monotonic()
        self._first = self._first or (self.done, now)
        is_whole = self.done >= self.total and n > 0
        if is_whole or now - self._last_line >= SECONDS_BETWEEN_LINES:
            self._last_line = now
            if self._form == "json":
                self._tell_program("progress", note)
            else:
                print(self._line(note, self._seconds_left(now)), file=sys.stderr, flush=True)

    def _seconds_left(self, now: float) -> str:
        seconds = self._left(now)
        return "" if seconds is None else f"{seconds:.0f} s left"

    def _left(self, now: float) -> float | None:
        done, started = self._first or (0, now)
        if self.done <= done:
            return None
        return (now - started) / (self.done - done) * max(self.total - self.done, 0)

    def _line(self, note: str, left: str) -> str:
        unit = self.unit.removesuffix(" at most") if self.done >= self.total else self.unit
        parts = [f"{self.title}: {self.done}/{self.total} {unit}", note, left, _told_beside()]
        return ", ".join(part for part in parts if part)

    def _tell_program(self, event: str, note: str) -> None:
        now = time.monotonic()
        left = self._left(now)
        tell_program(
            event,
            self._line(note, self._seconds_left(now)),
            title=self.title,
            done=self.done,
            total=self.total,
            unit=self.unit,
            note=note,
            seconds_left=None if left is None else round(left, 1),
            slowest_worker=_told_beside() or None,
        )

    def _end_full(self) -> None:
        """Let work that was done in fewer steps than were allowed end as done."""
        ends_early = self.done < self.total
        self.total = self.done
        if self._form == "bar":
            note = self._note or self.unit.removesuffix(" at most")
            self._bar.update(self._task, total=self.done, completed=self.done, note=note)
        elif self._form == "json":
            self._tell_program("end", self._note)
        elif self._form == "plain" and ends_early and self.done:
            print(self._line(self._note, "done"), file=sys.stderr, flush=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._end_full()
        if self._form == "bar":
            self._bar.stop()


def _bar() -> "RichProgress":
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress as RichProgress,
        ProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.table import Column

    console = Console(stderr=True)
    title = Column(no_wrap=True, overflow="ellipsis", max_width=NARROW_TITLE)
    columns: list[ProgressColumn] = [
        TextColumn("{task.description}", table_column=title),
        BarColumn(bar_width=NARROW_BAR),
        MofNCompleteColumn(table_column=Column(no_wrap=True)),
    ]
    if console.width >= NARROW_COLUMNS:
        note = Column(no_wrap=True, overflow="ellipsis", ratio=1)
        columns = [
            TextColumn("{task.description}", table_column=Column(no_wrap=True)),
            BarColumn(bar_width=console.width // 5),
            MofNCompleteColumn(table_column=Column(no_wrap=True)),
            TextColumn("{task.fields[note]}", table_column=note),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        ]
    return RichProgress(*columns, console=console, expand=console.width >= NARROW_COLUMNS)
