"""How does a large file arrive whole over a connection that may break off?

What has arrived is kept under a ``.partial`` name beside its final place; the next attempt, or the
next run, asks the server for the rest. Whether the whole is right is for the caller's SHA-256. A server that
sends next to nothing is given up, so that every download ends.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.terminal import Progress

if TYPE_CHECKING:
    import requests

__all__ = ["DownloadError", "download"]

CONNECT_SECONDS, READ_SECONDS = 10.0, 30.0
SECONDS_BETWEEN_ATTEMPTS = 1.0
LARGEST_BYTES = 8 << 30
# The 2.4 GB of Speech Commands then arrive within three days, or not at all.
LEAST_BYTES_A_SECOND, PACE_SECONDS = 10_000, 60.0
MEGABYTE = 1_000_000


class DownloadError(Exception):
    """The file did not arrive; the message is the reason, a few words."""


class _TooSlow(DownloadError):
    """Next to nothing arrives, and another attempt would bring as little."""


class _ForeignPart(Exception):
    """The part that stands here is longer than the server's file, so it is of another one."""


def download(url: str, place: Path, title: str) -> None:
    """Download a file to ``place``, going on from where an earlier attempt broke off.

    An attempt that brings nothing new is the last one: without a network this ends at once.

    Args:
        url: where from (http or https).
        place: where to; ``.NAME.partial`` beside it holds what has arrived.
        title: of the progress bar.

    Raises:
        DownloadError: it did not arrive; the reason in a few words.
        OSError: it cannot be written.
    """
    partial, pace = place.with_name(f".{place.name}.partial"), _Pace()
    with ExitStack() as stack:
        progress: Progress | None = None
        while True:
            before = partial.stat().st_size if partial.exists() else 0
            try:
                for n_bytes, total in _arriving(url, partial, before, pace):
                    if progress is None:
                        progress = stack.enter_context(Progress(title, -(-total // MEGABYTE), "MB"))
                    if (n_new := n_bytes // MEGABYTE - progress.done) > 0:
                        progress.advance(n_new)
                partial.replace(place)
                return
            except _ForeignPart:
                partial.unlink()
            except _TooSlow:
                raise
            except DownloadError:
                after = partial.stat().st_size if partial.exists() else 0
                if after <= before:
                    raise
                time.sleep(SECONDS_BETWEEN_ATTEMPTS)


class _Pace:
    """Tells whether bytes arrive fast enough, minute by minute; attempts and waiting between them count."""

    def __init__(self) -> None:
        self._began, self._n_bytes = time.monotonic(), 0

    def add(self, n_bytes: int) -> None:
        """Count bytes that arrived.

        Raises:
            _TooSlow: too few of them in the last minute.
        """
        self._n_bytes += n_bytes
        seconds = time.monotonic() - self._began
        if seconds < PACE_SECONDS:
            return
        if self._n_bytes < LEAST_BYTES_A_SECOND * seconds:
            raise _TooSlow(
                f"{self._n_bytes / seconds:,.0f} bytes a second arrive, at least {LEAST_BYTES_A_SECOND:,} "
                "are needed"
            )
        self._began, self._n_bytes = time.monotonic(), 0


def _arriving(url: str, partial: Path, n_present: int, pace: _Pace) -> Iterator[tuple[int, int]]:
    """Append what arrives in one attempt, and yield the bytes present and those expected."""
    import requests
    import urllib3

    # "identity": a server that compresses on the way would make byte ranges meaningless.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={n_present}-"} if n_present else {})
    try:
        with requests.get(
            url, headers=headers, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS)
        ) as response:
            start, total = _range_of(response, n_present)
            if total > LARGEST_BYTES:
                raise DownloadError(f"{total:,} bytes were announced, at most {LARGEST_BYTES:,} make sense")
            if start == total:
                return
            with open(partial, "r+b" if start else "wb") as file:
                file.seek(start)
                file.truncate()
                n_present = start
                # What is there is taken at once, for a whole block may take a slow server for ever.
                while block := response.raw.read1(1 << 18, decode_content=False):
                    pace.add(len(block))
                    file.write(block)
                    n_present += len(block)
                    if n_present > total:
                        raise DownloadError(f"more than the announced {total:,} bytes arrived")
                    yield n_present, total
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise DownloadError(_in_few_words(error)) from error
    if n_present != total:
        raise DownloadError(f"{n_present:,} of {total:,} bytes arrived")


def _range_of(response: "requests.Response", n_present: int) -> tuple[int, int]:
    """Return at which byte the answer begins, and how many bytes the whole file has."""
    content_range = response.headers.get("Content-Range", "")
    first, _, whole = content_range.removeprefix("bytes ").partition("/")
    if response.status_code == 416 and whole == str(n_present):
        return n_present, n_present  # everything was there already
    if response.status_code == 416 and n_present:
        raise _ForeignPart
    if response.status_code == 206:
        if first.partition("-")[0] != str(n_present) or not whole.isdigit():
            raise DownloadError(f"the server answered with the range {content_range!r}")
        return n_present, int(whole)
    if response.status_code == 200:
        length = response.headers.get("Content-Length", "")
        if not length.isdigit():
            raise DownloadError("the server does not say how large the file is")
        return 0, int(length)
    raise DownloadError(f"the server answered {response.status_code} {response.reason}")


def _in_few_words(error: Exception) -> str:
    import requests

    if isinstance(error, requests.Timeout):
        return "the server did not answer in time"
    if isinstance(error, requests.ConnectionError):
        return "no connection to the server"
    return f"the connection broke off: {type(error).__name__}"
