"""Which work does a stage give to the engine?"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from pipeline.processes.engine import Work

__all__ = ["RecordingEngine"]


class RecordingEngine:
    """Does everything in this process, in order, and counts the batches of each function.

    Attributes:
        n_batches: by the name of the function.
        is_at_work: whether a batch is worked on at the moment.
        versions: names of what workers had to have.
        folders: that workers had to see.
    """

    name = "recording"
    shares_files = True

    def __init__(self) -> None:
        self.n_batches: Counter[str] = Counter()
        self.is_at_work = False
        self.versions: set[str] = set()
        self.folders: set[Path] = set()

    def require(self, versions: Mapping[str, str], folders: Sequence[Path]) -> None:
        self.versions |= set(versions)
        self.folders |= set(folders)

    @contextmanager
    def mapping(self, work: Work[Any, Any], batches: Iterable[Any]) -> Iterator[Iterator[Any]]:
        yield map(partial(self._done, work), batches)

    def _done(self, work: Work[Any, Any], batch: Any) -> Any:
        function = work.function.func if isinstance(work.function, partial) else work.function
        self.n_batches[function.__name__] += 1
        self.is_at_work = True
        try:
            return work.function(batch)
        finally:
            self.is_at_work = False
