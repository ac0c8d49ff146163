"""How far is the work, and how long will it take?

On a terminal: one bar on standard error. Elsewhere (logs, CI): a plain line at most every few
seconds, so that a log stays readable. Nothing is ever written to standard output.
"""

import sys
import time
from types import TracebackType

from pipeline.terminal.interruption import raise_if_interrupted

__all__ = ["Progress"]

SECONDS_BETWEEN_LINES = 5.0


class Progress:
    """A progress bar as a context manager.

    Args:
        title: what is being done, a few words.
        total: number of steps.
        unit: what one step is, in the plural (``"clips"``).
    """

    def __init__(self, title: str, total: int, unit: str) -> None:
        self.title = title
        self.total = total
        self.unit = unit
        self.done = 0
        self._interactive = sys.stderr.isatty()
        self._last_line = time.monotonic()
        # The first step carries what is done once (starting workers, compiling), and is left out of the rate.
        self._first: tuple[int, float] | None = None

    def __enter__(self) -> "Progress":
        if self._interactive:
            from rich.console import Console
            from rich.progress import (
                BarColumn,
                MofNCompleteColumn,
                Progress as RichProgress,
                TextColumn,
                TimeRemainingColumn,
            )

            self._bar = RichProgress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[note]}"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
            )
            self._bar.start()
            self._task = self._bar.add_task(self.title, total=self.total, note=self.unit)
        return self

    def advance(self, n: int = 1, note: str = "") -> None:
        """Count ``n`` further steps; ``note`` is shown beside the bar.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed, and a library lost it.
        """
        raise_if_interrupted()
        self.done += n
        if self._interactive:
            self._bar.update(self._task, completed=self.done, note=note or self.unit)
            return
        now = time.monotonic()
        self._first = self._first or (self.done, now)
        if self.done >= self.total or now - self._last_line >= SECONDS_BETWEEN_LINES:
            self._last_line = now
            self._print(note, self._seconds_left(now))

    def _seconds_left(self, now: float) -> str:
        done, started = self._first or (0, now)
        if self.done <= done:
            return ""
        return f"{(now - started) / (self.done - done) * max(self.total - self.done, 0):.0f} s left"

    def _print(self, note: str, left: str) -> None:
        parts = [f"{self.title}: {self.done}/{self.total} {self.unit}", note, left]
        print(", ".join(part for part in parts if part), file=sys.stderr, flush=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._interactive:
            self._bar.stop()
