"""Is what stands here the same as what stands in the store, and what is fetched to make it so?

The mirror is a folder in the cache, beside a journal of what arrived: a line of JSON for each file, with its
name, bytes and version. A file that the journal has in the store's version is not fetched again, so a call
that broke off goes on, and a later call costs the listing and what changed. Nothing but the listing is held
in memory.
"""

import errno
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path, PurePosixPath

from pipeline.corpora.folder import AUDIO_SUFFIXES
from pipeline.corpora.remote.addresses import short_name
from pipeline.corpora.remote.store import Store, Stored, open_store
from pipeline.corpora.storage import CACHE_VARIABLE, cache_folder, exclusive
from pipeline.errors import PipelineError
from pipeline.terminal import Progress, printable, say

__all__ = ["mirrored"]

LIST_SUFFIXES = (".txt", ".csv")
N_AT_ONCE = 8
LONGEST_NAME = 255  # bytes, of one folder or file


def mirrored(url: str) -> Path:
    """Return the local folder with the audio files and lists of a store's folder, as they are now.

    Args:
        url: without a secret.

    Raises:
        ConfigurationError: the package for this protocol is not installed, or nothing reads it.
        PipelineError: the store cannot be read, a name in it leads out of the folder, or the disk is full.
    """
    store = open_store(url)
    place = cache_folder() / "remote" / hashlib.sha256(url.encode()).hexdigest()[:12] / short_name(url)
    with exclusive(place):
        listed = store.listing()
        wanted = {name: one for name, one in listed.items() if _is_used(name)}
        if n_other := len(listed) - len(wanted):
            of_all = f"{n_other:,} of {len(listed):,} objects"
            say(f"{url}: {of_all} are neither audio files nor lists, and stay there")
        if not wanted:
            raise PipelineError(
                f"none of the {len(listed):,} objects at {url} is an audio file; "
                "give the URL of a folder with one folder a word"
            )
        _check_names(url, wanted)
        try:
            _make_equal(store, wanted, place)
        except OSError as error:
            raise PipelineError(
                f"cannot write the corpus to {place} ({error.strerror or error}); "
                f"free some space, or name another folder in {CACHE_VARIABLE}"
            ) from error
    return place


def _is_used(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in (*AUDIO_SUFFIXES, *LIST_SUFFIXES)


def _check_names(url: str, names: Iterable[str]) -> None:
    """Refuse names that are no path below a folder: they come from whoever writes to the store."""
    folders = {str(parent) for name in names for parent in PurePosixPath(name).parents}
    bad = [name for name in names if name in folders or not all(map(_is_plain, name.split("/")))]
    if bad:
        raise PipelineError(
            f"{len(bad):,} names at {url} cannot be files below one folder, the first is "
            f"{printable(bad[0])!r}; rename them in the store"
        )


def _is_plain(part: str) -> bool:
    return (
        part not in ("", ".", "..")
        and part.isprintable()
        and not set(part) & set("\\:")
        and len(part.encode("utf-8", "surrogateescape")) <= LONGEST_NAME
    )


def _make_equal(store: Store, wanted: Mapping[str, Stored], place: Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    journal = place.with_name(f"{place.name}.journal")
    known = _read_journal(journal)
    for name in known.keys() - wanted.keys():
        (place / name).unlink(missing_ok=True)
    stands = {name for name, one in wanted.items() if known.get(name) == one and _stands(place / name, one)}
    missing = [name for name in wanted if name not in stands]
    n_bytes, free = sum(max(0, wanted[name].n_bytes) for name in missing), shutil.disk_usage(place).free
    if n_bytes > free:
        raise OSError(errno.ENOSPC, f"{n_bytes / 1e9:,.1f} GB are to come, and {free / 1e9:,.1f} GB are free")
    if missing:
        _fetch_all(store, {name: wanted[name] for name in missing}, place, journal)
    if missing or known.keys() != wanted.keys():
        lines = journal.with_name(f"{journal.name}.new")
        lines.write_text("".join(_line(name, one) for name, one in wanted.items()), "utf-8")
        os.replace(lines, journal)


def _fetch_all(store: Store, missing: Mapping[str, Stored], place: Path, journal: Path) -> None:
    with (
        Progress(f"fetch {store.url}", len(missing), "files") as progress,
        journal.open("a", encoding="utf-8") as arrived,
        ThreadPoolExecutor(N_AT_ONCE) as threads,
    ):
        tasks = {threads.submit(_fetch, store, name, one, place): name for name, one in missing.items()}
        try:
            for task in as_completed(tasks):
                task.result()
                name = tasks.pop(task)
                arrived.write(_line(name, missing[name]))
                arrived.flush()
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


def _stands(path: Path, one: Stored) -> bool:
    try:
        return one.n_bytes in (-1, path.stat().st_size)
    except OSError:
        return False


def _line(name: str, one: Stored) -> str:
    return json.dumps([name, one.n_bytes, one.version]) + "\n"


def _read_journal(journal: Path) -> dict[str, Stored]:
    """Return what arrived, by name; of a line that a kill cut off the file comes again."""
    known: dict[str, Stored] = {}
    try:
        lines = journal.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return known
    for line in lines:
        try:
            name, n_bytes, version = json.loads(line)
        except (ValueError, TypeError):
            continue
        if isinstance(name, str) and all(map(_is_plain, name.split("/"))):
            known[name] = Stored(n_bytes, version)
    return known
