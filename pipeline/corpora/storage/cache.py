"""Where are corpora kept between runs, and is what stands there still what was put there?

A corpus is built in a temporary folder beside its final place and renamed when it is complete, so
that a broken rendering or download never looks like a corpus. A record ``NAME.json`` beside the
folder ``NAME`` holds the SHA-256 of each file and one of all names, sizes and times of change
together. Opening a corpus again compares the latter, which takes a fraction of a second; only where
it differs is every file read and compared. A bit that flips on the disk without a new time of
change is therefore not seen here, but by the manifest's digests.
"""

import hashlib
import os
import secrets
import shutil
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pipeline.errors import ArtefactError, PipelineError
from pipeline.files import digest_of, locked, read_json, sha256_file, write_json
from pipeline.terminal import say

__all__ = [
    "CACHE_VARIABLE",
    "cache_folder",
    "damage_of",
    "exclusive",
    "keep_whole",
    "new_folder",
    "stored_digest",
    "write_record",
]

CACHE_VARIABLE = "AUDIO_ANOMALY_CACHE"
SECONDS_UNTIL_ABANDONED = 6 * 3600.0


def cache_folder() -> Path:
    """Return the folder for corpora: ``$AUDIO_ANOMALY_CACHE``, else the user's cache folder."""
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(os.path.expanduser(chosen)).absolute()
    import platformdirs

    return Path(platformdirs.user_cache_dir("audio-anomaly"))


def keep_whole(place: Path, make: Callable[[Path], dict[str, str]]) -> str:
    """Make a corpus where it does not stand whole; other processes wait, and then find it there.

    Args:
        place: where it is kept.
        make: fills an empty folder, and returns the SHA-256 of each file by its path.

    Returns:
        What was wrong with the one that stood there, or ``""``.

    Raises:
        PipelineError: the cache cannot be written to, or the disk is full.
    """
    if damage_of(place) is None:
        return ""
    with exclusive(place):
        damage = damage_of(place)  # another process may have made it while this one waited
        if damage is not None:
            with new_folder(place) as folder:
                files = make(folder)
            write_record(place, files)
        return damage or ""


@contextmanager
def exclusive(place: Path) -> Iterator[None]:
    """Let one process at a time prepare ``place``; others wait, and then find it there.

    Raises:
        PipelineError: the cache cannot be written to.
    """
    with ExitStack() as held:
        with _as_sentences(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            held.enter_context(
                locked(
                    place.with_name(f".{place.name}.lock"),
                    on_taken=lambda: say(f"waiting for another run that prepares {place.name}"),
                )
            )
        yield


@contextmanager
def _as_sentences(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PipelineError(
            f"cannot write the corpus to {place} ({error.strerror or error}); "
            f"free some space, or name another folder in {CACHE_VARIABLE}"
        ) from error


@contextmanager
def new_folder(place: Path) -> Iterator[Path]:
    """Yield an empty folder beside ``place``; on success it becomes ``place``, replacing what was there.

    Raises:
        PipelineError: the cache cannot be written to, or the disk is full.
    """
    temporary = place.with_name(f".{place.name}.{secrets.token_hex(4)}.partial")
    try:
        with _as_sentences(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            _remove_abandoned(place)
            temporary.mkdir()
            yield temporary
            if place.exists():
                # A folder cannot be renamed onto another one that has files in it.
                aside = place.with_name(f".{place.name}.{secrets.token_hex(4)}.partial")
                os.replace(place, aside)
                os.replace(temporary, place)
                shutil.rmtree(aside, ignore_errors=True)
            else:
                os.replace(temporary, place)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _remove_abandoned(place: Path) -> None:
    """Remove what killed runs left behind; a folder in use is younger than the limit."""
    for left in place.parent.glob(f".{place.name}.*.partial"):
        if (
            left.is_dir()
            and not left.is_symlink()
            and time.time() - left.stat().st_mtime > SECONDS_UNTIL_ABANDONED
        ):
            shutil.rmtree(left, ignore_errors=True)


def write_record(root: Path, files: Mapping[str, str]) -> None:
    """Record what the complete folder ``root`` holds: the SHA-256 of each file, by its path."""
    write_json(_record_path(root), {"digest": digest_of(files), "state": _state_of(root), "files": files})


def stored_digest(root: Path) -> str:
    """Return the digest of all paths and files of a recorded folder."""
    return str(read_json(_record_path(root))["digest"])


def damage_of(root: Path) -> str | None:
    """Return None where a stored folder is whole, "" where there is none, else what is wrong with it."""
    if not root.is_dir():
        return ""
    try:
        record = read_json(_record_path(root))
        expected, state, _ = dict(record["files"]), record["state"], record["digest"]
    except (ArtefactError, KeyError, TypeError, ValueError):
        return "has no readable record of its digests"
    if state == _state_of(root):
        return None
    present = {path for path, _, _ in _entries(root)}
    missing, extra = len(expected.keys() - present), len(present - expected.keys())
    changed = sum(not _holds(root / path, expected[path]) for path in expected.keys() & present)
    if missing or extra or changed:
        return f"had {missing:,} files missing, {changed:,} changed and {extra:,} too many"
    write_json(_record_path(root), {**record, "state": _state_of(root)})  # copied or touched, but whole
    return None


def _record_path(root: Path) -> Path:
    return root.with_name(f"{root.name}.json")


def _holds(path: Path, digest: str) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode) and sha256_file(path) == digest
    except OSError:
        return False


def _entries(root: Path) -> list[tuple[str, int, int]]:
    """Return path, size and time of change of everything below the root, sorted."""
    found = []
    pending = [""]
    while pending:
        prefix = pending.pop()
        with os.scandir(root / prefix) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(f"{prefix}{entry.name}/")
                else:
                    status = entry.stat(follow_symlinks=False)
                    found.append((prefix + entry.name, status.st_size, status.st_mtime_ns))
    return sorted(found)


def _state_of(root: Path) -> str:
    return hashlib.sha256(repr(_entries(root)).encode("utf-8", "backslashreplace")).hexdigest()
