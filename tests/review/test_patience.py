"""Are many requests answered in turn, and are connections closed that ask for nothing?"""

import socket

import pytest

from benchmarks.reliability.requests_at_once import OPEN, ask_at_once
from pipeline.review import application, patience
from tests.review.review_run import Served

N_AT_ONCE = 150  # more than would be answered if there were a bound of 64


def connected(served_run: Served) -> socket.socket:
    opened = socket.create_connection(("127.0.0.1", served_run.port))
    opened.settimeout(120)
    return opened


def request(served_run: Served, path: str, *, method: str = "GET", headers: str = "") -> bytes:
    head = f"{method} {served_run.token}{path} HTTP/1.1\r\nHost: 127.0.0.1:{served_run.port}\r\n"
    return f"{head}Connection: close\r\n{headers}\r\n".encode()


def everything(opened: socket.socket) -> bytes:
    parts = []
    while part := opened.recv(65_536):
        parts.append(part)
    return b"".join(parts)


def test_requests_that_come_at_once_are_all_answered_but_those_that_are_hostile(
    served_run: Served,
) -> None:
    found = ask_at_once(served_run.port, served_run.token, N_AT_ONCE, (*(OPEN,) * 4, "hostile"))
    assert not [what for what in found if what.startswith("WRONG")]
    assert found[f"{OPEN}: 200"] == 0.8 * N_AT_ONCE


@pytest.mark.parametrize("n_bytes", [0, 30])
def test_a_connection_that_asks_for_nothing_is_closed(
    n_bytes: int, served_run: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "REQUEST_SECONDS", 0.05)
    with connected(served_run) as half_open:
        half_open.sendall(request(served_run, "api/run")[:n_bytes])
        assert everything(half_open) == b""
    assert served_run.ask("api/run").status == 200


def test_a_body_that_does_not_arrive_is_refused(served_run: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "BODY_SECONDS", 0.05)
    headers = f"Origin: {served_run.origin}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"
    with connected(served_run) as half_sent:
        half_sent.sendall(request(served_run, "api/verdicts", method="POST", headers=headers) + b"{")
        assert everything(half_sent).startswith(b"HTTP/1.1 408 ")


def test_a_body_that_says_it_is_too_large_is_not_waited_for(served_run: Served) -> None:
    headers = f"Origin: {served_run.origin}\r\nContent-Type: application/json\r\nContent-Length: 50000000\r\n"
    with connected(served_run) as half_sent:
        half_sent.sendall(request(served_run, "api/verdicts", method="POST", headers=headers) + b"{")
        assert everything(half_sent).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("stated", ["-1", "1e9", "many"])
def test_a_length_that_is_no_number_is_refused(stated: str, served_run: Served) -> None:
    headers = f"Origin: {served_run.origin}\r\nContent-Type: application/json\r\nContent-Length: {stated}\r\n"
    with connected(served_run) as half_sent:
        half_sent.sendall(request(served_run, "api/verdicts", method="POST", headers=headers) + b"{}")
        assert everything(half_sent).startswith(b"HTTP/1.1 400 ")
