"""Does the review server answer one address, on this machine alone, and nothing else?"""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import PipelineError
from pipeline.review import report_server

PAGE = b"<!DOCTYPE html><title>report</title>"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return a run folder with a page."""
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "index.html").write_bytes(PAGE)
    return tmp_path


@pytest.fixture
def address(run: Path) -> Iterator[tuple[int, str]]:
    """Return the port and the path of a running server."""
    server, url = report_server(run)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.server_port, "/" + url.split("/", 3)[3]
    server.shutdown()
    thread.join()
    server.server_close()


def _ask(port: int, path: str, host: str = "", method: str = "GET") -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path, headers={"Host": host or f"127.0.0.1:{port}"})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def test_the_page_is_served_at_its_address(address: tuple[int, str]) -> None:
    response, body = _ask(*address)
    assert (response.status, body) == (200, PAGE)


def test_two_servers_never_share_a_path(run: Path) -> None:
    urls = []
    for _ in range(2):
        server, url = report_server(run)
        server.server_close()
        urls.append(url.split("/", 3)[3])
    assert len(set(urls)) == 2
    assert all(len(url) > 30 for url in urls)


@pytest.mark.parametrize(
    "path", ["/", "/report/index.html", "/../../etc/passwd", "/%2e%2e/metrics.json", "/index.html"]
)
def test_every_other_path_is_not_found(address: tuple[int, str], path: str) -> None:
    port, token = address
    assert _ask(port, path)[0].status == 404
    assert _ask(port, token.rstrip("/") + path)[0].status == (200 if path == "/" else 404)


@pytest.mark.parametrize("host", ["example.org", "example.org:80", "127.0.0.1", "127.0.0.1:1"])
def test_another_host_is_refused(address: tuple[int, str], host: str) -> None:
    response, body = _ask(*address, host=host)
    assert response.status == 421
    assert PAGE not in body


def test_a_request_cannot_write(address: tuple[int, str]) -> None:
    assert _ask(*address, method="POST")[0].status == 501


def test_every_answer_carries_the_security_headers(address: tuple[int, str]) -> None:
    port, token = address
    for path in (token, "/nothing"):
        headers = _ask(port, path)[0].headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"


def test_only_this_machine_can_connect(run: Path) -> None:
    server, _ = report_server(run)
    try:
        assert server.socket.getsockname()[0] == "127.0.0.1"
    finally:
        server.server_close()


def test_a_run_without_a_report_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="make the report first"):
        report_server(tmp_path)


def test_a_taken_port_is_an_error_in_words(run: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PipelineError, match="cannot be used"):
            report_server(run, port=taken.getsockname()[1])


def test_an_interrupt_ends_the_server_without_a_traceback(run: Path) -> None:
    code = "import sys, pathlib, pipeline.review as r; r.serve(pathlib.Path(sys.argv[1]), open_browser=False)"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    with subprocess.Popen(
        [sys.executable, "-c", code, str(run)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert re.search(r"http://127\.0\.0\.1:\d+/[\w-]{30,}/", line)
        process.send_signal(signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=10)
        finally:
            process.kill()
    assert process.returncode == 0
    assert "Traceback" not in errors
