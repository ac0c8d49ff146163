"""Does a download go on from where it broke off?"""

import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipeline.corpora import speech_commands
from pipeline.corpora.opening import open_corpus
from pipeline.corpora.storage import cache, transfer as download_module
from pipeline.corpora.storage.transfer import DownloadError, download
from pipeline.errors import PipelineError
from tests.corpora.archives import CLIPS, archive_of

LISTS = {
    "validation_list.txt": b"cat/00000001_nohash_0.wav\n",
    "testing_list.txt": b"cat/00000002_nohash_0.wav\n",
}


class Server:
    """A web server on the loopback address that can break off, and counts what it was asked for."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.break_after: list[int] = []
        self.ranges: list[str | None] = []
        self.status = 0
        self.honours_ranges = True
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        asked = handler.headers.get("Range")
        self.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.honours_ranges else 0
        if self.status:
            handler.send_error(self.status)
            return
        if start >= len(self.content):
            handler.send_response(416)
            handler.send_header("Content-Range", f"bytes */{len(self.content)}")
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        handler.send_response(206 if start else 200)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        handler.send_header("Content-Length", str(len(self.content) - start))
        handler.end_headers()
        end = start + self.break_after.pop(0) if self.break_after else len(self.content)
        handler.wfile.write(self.content[start:end])

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    """A server of a tiny Speech Commands v0.01, to which the program is directed; the cache is empty."""
    server = Server(archive_of({**CLIPS, **LISTS, "_background_noise_/pink.wav": b"noise"}))
    monkeypatch.setattr(speech_commands, "BASE_URL", server.url)
    digest = hashlib.sha256(server.content).hexdigest()
    monkeypatch.setitem(speech_commands.ARCHIVES, "speech_commands_v0.01", digest)
    monkeypatch.setattr(download_module, "SECONDS_BETWEEN_ATTEMPTS", 0.0)
    monkeypatch.setenv(cache.CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.chdir(tmp_path)
    yield server
    server.close()


@pytest.fixture
def no_server() -> str:
    """The address of a port at which nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"


def test_speech_commands_is_downloaded_unpacked_and_split_by_its_lists(server: Server) -> None:
    corpus = open_corpus("speech_commands_v0.01")
    assert [clip.path for clip in corpus.clips] == sorted(CLIPS)
    assert [clip.path for clip in corpus.clips if clip.split == "test"] == ["cat/00000002_nohash_0.wav"]


def test_a_corpus_that_stands_whole_asks_for_nothing(server: Server) -> None:
    open_corpus("speech_commands_v0.01")
    open_corpus("speech_commands_v0.01")
    assert server.ranges == [None]


def test_a_broken_connection_is_resumed_where_it_broke_off(server: Server, tmp_path: Path) -> None:
    server.break_after = [500, 300]
    download(f"{server.url}/x.tar.gz", tmp_path / "x.tar.gz", "downloading")
    assert server.ranges == [None, "bytes=500-", "bytes=800-"]
    assert (tmp_path / "x.tar.gz").read_bytes() == server.content


def test_the_next_run_goes_on_from_what_has_arrived(server: Server, tmp_path: Path) -> None:
    server.break_after = [500, 0]
    with pytest.raises(DownloadError):
        download(f"{server.url}/x.tar.gz", tmp_path / "x.tar.gz", "downloading")
    download(f"{server.url}/x.tar.gz", tmp_path / "x.tar.gz", "downloading")
    assert server.ranges[-1] == "bytes=500-"
    assert (tmp_path / "x.tar.gz").read_bytes() == server.content


def test_a_server_that_sends_next_to_nothing_is_given_up(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_module, "PACE_SECONDS", 0.0)
    monkeypatch.setattr(download_module, "LEAST_BYTES_A_SECOND", 1 << 50)
    server.break_after = [100] * 50
    with pytest.raises(DownloadError, match="bytes a second arrive, at least"):
        download(server.url, tmp_path / "x.tar.gz", "x")
    assert len(server.ranges) == 1


def test_a_server_without_ranges_starts_over(server: Server, tmp_path: Path) -> None:
    server.honours_ranges = False
    (tmp_path / ".x.tar.gz.partial").write_bytes(b"other bytes")
    download(f"{server.url}/x.tar.gz", tmp_path / "x.tar.gz", "downloading")
    assert (tmp_path / "x.tar.gz").read_bytes() == server.content


def test_a_part_that_is_already_whole_is_taken(server: Server, tmp_path: Path) -> None:
    (tmp_path / ".x.tar.gz.partial").write_bytes(server.content)
    download(f"{server.url}/x.tar.gz", tmp_path / "x.tar.gz", "downloading")
    assert (tmp_path / "x.tar.gz").read_bytes() == server.content


def test_a_part_longer_than_the_file_is_fetched_anew(server: Server, tmp_path: Path) -> None:
    (tmp_path / ".x.tar.gz.partial").write_bytes(server.content + b"more")
    download(f"{server.url}/x.tar.gz", tmp_path / "x.tar.gz", "downloading")
    assert (tmp_path / "x.tar.gz").read_bytes() == server.content


def test_a_wrong_digest_is_refused_and_what_arrived_is_deleted(server: Server) -> None:
    server.content = server.content[:-1] + b"?"
    with pytest.raises(PipelineError, match="has not the SHA-256"):
        open_corpus("speech_commands_v0.01")
    assert [path.name for path in cache.cache_folder().iterdir()] == [".speech_commands_v0.01.lock"]


def test_without_a_network_one_sentence_says_what_to_do_and_soon(
    server: Server, no_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speech_commands, "BASE_URL", no_server)
    started = time.monotonic()
    with pytest.raises(PipelineError, match="no connection to the server.*CORPUS=embedded.*path") as raised:
        open_corpus("speech_commands_v0.01")
    assert raised.value.exit_status == 1
    assert time.monotonic() - started < 10  # it would be minutes if it tried again and again


def test_an_answer_of_not_found_is_given_as_the_reason(server: Server) -> None:
    server.status = 404
    with pytest.raises(PipelineError, match="the server answered 404"):
        open_corpus("speech_commands_v0.01")


def test_a_damaged_folder_is_unpacked_again_without_another_download(server: Server) -> None:
    root = open_corpus("speech_commands_v0.01").root
    (root / "zero/00000000_nohash_0.wav").unlink()
    corpus = open_corpus("speech_commands_v0.01")
    assert len(corpus.clips) == len(CLIPS) and server.ranges == [None]
    assert any("unpacked again" in warning for warning in corpus.warnings)
