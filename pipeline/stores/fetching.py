"""How do objects of a store become files below one folder?

Several at once, each whole or not at all, and none where the disk has no room for all of them.
"""

import errno
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path, PurePosixPath

from pipeline.errors import PipelineError
from pipeline.stores.store import Store, Stored
from pipeline.terminal import Progress, printable

__all__ = ["N_AT_ONCE", "check_names", "fetch_all", "is_plain"]

N_AT_ONCE = 8
LONGEST_NAME = 255  # bytes, of one folder or file


def check_names(url: str, names: Iterable[str]) -> None:
    """Refuse names that are no path below a folder: they come from whoever writes to the store.

    Raises:
        PipelineError: there is one.
    """
    names = list(names)
    folders = {str(parent) for name in names for parent in PurePosixPath(name).parents}
    bad = [name for name in names if name in folders or not is_plain(name)]
    if bad:
        raise PipelineError(
            f"{len(bad):,} names at {url} cannot be files below one folder, the first is "
            f"{printable(bad[0])!r}; rename them in the store"
        )


def is_plain(name: str) -> bool:
    """Return whether a name, with forward slashes, is a path below a folder on any system."""
    return all(
        part not in ("", ".", "..")
        and part.isprintable()
        and not set(part) & set("\\:")
        and len(part.encode("utf-8", "surrogateescape")) <= LONGEST_NAME
        for part in name.split("/")
    )


def fetch_all(store: Store, missing: Mapping[str, Stored], place: Path) -> Iterator[str]:
    """Fetch objects into a folder, and yield the name of each that has arrived.

    Raises:
        PipelineError: an object vanished or changed, or the store cannot be read.
        OSError: they need more room than the disk has, and nothing was begun; or a file cannot be written.
    """
    if not missing:
        return
    place.mkdir(parents=True, exist_ok=True)
    n_bytes, free = sum(max(0, one.n_bytes) for one in missing.values()), shutil.disk_usage(place).free
    if n_bytes > free:
        raise OSError(errno.ENOSPC, f"{n_bytes / 1e9:,.1f} GB are to come, and {free / 1e9:,.1f} GB are free")
    with (
        Progress(f"fetch {store.url}", len(missing), "files") as progress,
        ThreadPoolExecutor(N_AT_ONCE) as threads,
    ):
        tasks = {threads.submit(_fetch, store, name, one, place): name for name, one in missing.items()}
        try:
            for task in as_completed(tasks):
                task.result()
                yield tasks.pop(task)
                progress.advance(1)
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise


def _fetch(store: Store, name: str, one: Stored, place: Path) -> None:
    final = place / name
    final.parent.mkdir(parents=True, exist_ok=True)
    temporary = place.parent / f".{secrets.token_hex(8)}.partial"
    try:
        store.fetch(name, temporary)
        n_bytes = temporary.stat().st_size
        if one.n_bytes not in (-1, n_bytes):
            raise PipelineError(
                f"{name} at {store.url} has {n_bytes:,} bytes and was listed with {one.n_bytes:,}, so it "
                "changed while it was fetched; call again, and what has arrived is kept"
            )
        os.replace(temporary, final)
    finally:
        temporary.unlink(missing_ok=True)
