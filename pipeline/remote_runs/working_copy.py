"""What of a run's files is newer here, and what is newer in the store?

All verbs work on a copy in the cache, for files are mapped, replaced whole and locked there, and a store can
do none of it. Before a verb what changed in the store is fetched; after it what changed here is sent, records
of stages last: a record holds the digests of its stage's files, so a reader who comes in between is told of a
stage that is not whole. A journal beside the copy has for each file its size and time of change here, and the
version of the object there, at the last moment when both were the same. What changed on both sides since is
refused, and nothing of it is overwritten.
Conventions: names are relative to the run's folder, with forward slashes; those with a part that begins with
a dot (locks, unfinished stages, what was seen) stay here.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from pipeline.corpora import CACHE_VARIABLE, cache_folder, exclusive
from pipeline.errors import PipelineError
from pipeline.stores import (
    N_AT_ONCE,
    Stored,
    check_names,
    fetch_all,
    open_store,
    refuse_secrets,
    short_name,
)
from pipeline.terminal import Progress, say

__all__ = ["WorkingCopy"]

MARKER = ".audio-anomaly"  # an object that tells beforehand whether the store takes files
# Records hold the digests of other files, or tell what a run is.
LAST = ("record.json", "config.toml", "provenance.json", "metrics.json")
UNKNOWN = "?"  # the version of what was sent and not listed since


class _Same(NamedTuple):
    """A file when it was the same on both sides: bytes and time of change here, and its version there."""

    n_bytes: int
    time: int
    version: str


class WorkingCopy:
    """The copy of one run.

    Args:
        url: of the run's folder, without a secret; credentials are those of the environment.

    Attributes:
        path: the copy; a run folder like any other.
        url: of the run's folder.

    Raises:
        ConfigurationError: a secret in the URL, no package for this protocol, or nothing reads it.
    """

    def __init__(self, url: str) -> None:
        refuse_secrets(url)
        url = url.rstrip("/")
        self._store = open_store(url)
        self.url = url
        name = hashlib.sha256(url.encode()).hexdigest()[:12]
        self.path = cache_folder() / "runs" / name / short_name(url)
        self._journal = self.path.with_name(f"{self.path.name}.journal")

    def fetch(self, *, may_be_new: bool) -> None:
        """Fetch what changed in the store, and remove what is gone there.

        Args:
            may_be_new: a verb that makes runs; the store must take a file, which is tried.

        Raises:
            PipelineError: no run there, the store refuses, the disk is full, or a file changed on both sides.
        """
        with exclusive(self.path), self._disk_told():
            if may_be_new:
                self._try_to_write()
            listed = {name: one for name, one in self._store.listing().items() if _is_shared(name)}
            if not listed and not may_be_new:
                raise PipelineError(f"no run stands at {self.url}; look at the URL, or make one there")
            check_names(self.url, listed)
            same = self._same()
            here = self._here()
            changed = {name for name, now in here.items() if not _is_still(now, same.get(name))}
            news = {
                name: one
                for name, one in listed.items()
                if name not in same or one.version != same[name].version or name not in here
            }
            # A file of one size on both sides that no journal knows was on its way when a call was killed.
            self._refuse_both(
                [
                    name
                    for name in news
                    if name in changed and (name in same or news[name].n_bytes != here[name][0])
                ]
            )
            for name in fetch_all(self._store, news, self.path):
                same[name] = self._now(name, news[name].version)
                self._note(name, same[name])
            for name in [name for name in same if name not in listed]:
                if name not in changed:
                    (self.path / name).unlink(missing_ok=True)
                del same[name]
            self._keep(same)

    def send(self) -> None:
        """Send what changed here since, records last, and remove there what is gone here.

        Raises:
            PipelineError: the store refuses, or another call changed a file there meanwhile.
        """
        with exclusive(self.path), self._disk_told():
            same, here = self._same(), self._here()
            changed = sorted(name for name, now in here.items() if not _is_still(now, same.get(name)))
            gone = sorted(same.keys() - here.keys())
            if not changed and not gone:
                return
            listed = self._store.listing()
            self._refuse_both(
                [name for name in (*changed, *gone) if _is_other(listed.get(name), same.get(name))]
            )
            with Progress(f"send {self.url}", len(changed), "files") as progress:
                for part in (
                    [name for name in changed if Path(name).name not in LAST],
                    [name for name in changed if Path(name).name in LAST],
                ):
                    for name in self._sent(part, same):
                        self._note(name, same[name])
                        progress.advance(1)
            for name in gone:
                if name in listed:
                    self._store.remove(name)
                del same[name]
            for name, one in self._store.listing().items():
                if name in same and same[name].n_bytes == one.n_bytes:
                    same[name] = same[name]._replace(version=one.version)
            self._keep(same)
            say(f"{self.url}: {len(changed):,} files sent, {len(gone):,} removed")

    def _sent(self, names: Sequence[str], same: dict[str, _Same]) -> Iterator[str]:
        def send(name: str) -> str:
            same[name] = self._now(name, UNKNOWN)
            self._store.send(self.path / name, name)
            return name

        with ThreadPoolExecutor(N_AT_ONCE) as threads:
            yield from threads.map(send, names)

    def _try_to_write(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        marker = self.path.with_name(MARKER)
        marker.write_text("a run of audio-anomaly\n", "ascii")
        self._store.send(marker, MARKER)

    def _refuse_both(self, names: Collection[str]) -> None:
        if names:
            counted = "1 file" if len(names) == 1 else f"{len(names)} files"
            raise PipelineError(
                f"{counted} of the run changed at {self.url} and in the copy here, the first is "
                f"{next(iter(names))}; delete {self.path} to take those of the store, or copy it elsewhere "
                "to keep these"
            )

    def _here(self) -> dict[str, tuple[int, int]]:
        """Return bytes and time of change of each file of the copy that is shared."""
        names = (path.relative_to(self.path).as_posix() for path in self.path.rglob("*") if path.is_file())
        return {name: self._here_of(name) for name in names if _is_shared(name)}

    def _here_of(self, name: str) -> tuple[int, int]:
        told = (self.path / name).stat()
        return told.st_size, told.st_mtime_ns

    def _now(self, name: str, version: str) -> _Same:
        return _Same(*self._here_of(name), version)

    def _same(self) -> dict[str, _Same]:
        """Return the journal; of a line that a kill cut off the file comes or goes again."""
        known: dict[str, _Same] = {}
        try:
            lines = self._journal.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return known
        for line in lines:
            try:
                name, *told = json.loads(line)
                known[name] = _Same(*told)
            except (ValueError, TypeError):
                continue
        return known

    def _note(self, name: str, now: _Same) -> None:
        with self._journal.open("a", encoding="utf-8") as journal:
            journal.write(json.dumps([name, *now]) + "\n")

    def _keep(self, same: Mapping[str, _Same]) -> None:
        new = self._journal.with_name(f"{self._journal.name}.new")
        new.write_text("".join(json.dumps([name, *now]) + "\n" for name, now in same.items()), "utf-8")
        new.replace(self._journal)

    @contextmanager
    def _disk_told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise PipelineError(
                f"cannot write the copy of the run to {self.path} ({error.strerror or error}); "
                f"free some space, or name another folder in {CACHE_VARIABLE}"
            ) from error


def _is_shared(name: str) -> bool:
    return not any(part.startswith(".") for part in name.split("/"))


def _is_still(now: tuple[int, int], same: _Same | None) -> bool:
    return same is not None and now == (same.n_bytes, same.time)


def _is_other(stored: Stored | None, same: _Same | None) -> bool:
    """Return whether an object is another one than when both sides were the same."""
    if stored is None:
        return False
    return same is None or stored.version != same.version
