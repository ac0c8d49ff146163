"""Is what stands here the same as what stands in the store, and what is fetched to make it so?

The mirror is a folder in the cache, beside a journal of what arrived: a line of JSON for each file, with its
name, bytes and version. A file that the journal has in the store's version is not fetched again, so a call
that broke off goes on, and a later call costs the listing and what changed. Nothing but the listing is held
in memory.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path, PurePosixPath

from pipeline.corpora.folder import AUDIO_SUFFIXES
from pipeline.corpora.storage import CACHE_VARIABLE, cache_folder, exclusive
from pipeline.errors import PipelineError
from pipeline.stores import Store, Stored, check_names, fetch_all, is_plain, open_store, short_name
from pipeline.terminal import say

__all__ = ["mirrored", "stores_listed_once"]

LIST_SUFFIXES = (".txt", ".csv")


# The mirrors of this call of the program, where each store is to be listed once in it.
_LISTED: ContextVar[dict[str, Path] | None] = ContextVar("listed", default=None)


@contextmanager
def stores_listed_once() -> Iterator[None]:
    """Let the block list each store once, however often it opens the corpus that stands there."""
    token = _LISTED.set({})
    try:
        yield
    finally:
        _LISTED.reset(token)


def mirrored(url: str) -> Path:
    """Return the local folder with the audio files and lists of a store's folder, as they are now.

    Args:
        url: without a secret.

    Raises:
        ConfigurationError: the package for this protocol is not installed, or nothing reads it.
        PipelineError: the store cannot be read, a name in it leads out of the folder, or the disk is full.
    """
    listed_before = _LISTED.get()
    if listed_before is not None and url in listed_before:
        return listed_before[url]
    store = open_store(url)
    place = cache_folder() / "remote" / hashlib.sha256(url.encode()).hexdigest()[:12] / short_name(url)
    with exclusive(place):
        listed = store.listing()
        if not listed:
            raise PipelineError(f"nothing stands at {url}; give the URL of a folder with one folder a word")
        wanted = {name: one for name, one in listed.items() if _is_used(name)}
        if n_other := len(listed) - len(wanted):
            of_all = f"{n_other:,} of {len(listed):,} objects"
            say(f"{url}: {of_all} are neither audio files nor lists, and stay there")
        if not wanted:
            raise PipelineError(
                f"none of the {len(listed):,} objects at {url} is an audio file; "
                "give the URL of a folder with one folder a word"
            )
        check_names(url, wanted)
        try:
            _make_equal(store, wanted, place)
        except OSError as error:
            raise PipelineError(
                f"cannot write the corpus to {place} ({error.strerror or error}); "
                f"free some space, or name another folder in {CACHE_VARIABLE}"
            ) from error
    if listed_before is not None:
        listed_before[url] = place
    return place


def _is_used(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in (*AUDIO_SUFFIXES, *LIST_SUFFIXES)


def _make_equal(store: Store, wanted: Mapping[str, Stored], place: Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    journal = place.with_name(f"{place.name}.journal")
    known = _read_journal(journal)
    for name in known.keys() - wanted.keys():
        (place / name).unlink(missing_ok=True)
    stands = {name for name, one in wanted.items() if known.get(name) == one and _stands(place / name, one)}
    missing = {name: one for name, one in wanted.items() if name not in stands}
    with journal.open("a", encoding="utf-8") as arrived:
        for name in fetch_all(store, missing, place):
            arrived.write(_line(name, missing[name]))
            arrived.flush()
    if missing or known.keys() != wanted.keys():
        lines = journal.with_name(f"{journal.name}.new")
        lines.write_text("".join(_line(name, one) for name, one in wanted.items()), "utf-8")
        os.replace(lines, journal)


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
        if isinstance(name, str) and is_plain(name):
            known[name] = Stored(n_bytes, version)
    return known
