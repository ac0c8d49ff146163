"""Does the review answer a thousand requests that come at once, and those that are hostile?

    python -m benchmarks.reliability.requests_at_once --run RUN [--requests 1000]

The review is served in a process of its own. All connections are opened before any request is sent: four of
five ask for the run, and are to be answered with 200. The others are half-open, come from another site, have
a body that is too large, or ask for what is not there: they are to be closed or refused with 4xx.
"""

import argparse
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

__all__ = ["ask_at_once", "main"]

HOST = "127.0.0.1"
PATIENCE_SECONDS = 300
LARGE_BYTES = 50_000_000
# Of ten requests: what each is, and how its answer must begin.
OPEN = "asks for the run"
HALF_OPEN = "half of a request"
KINDS = (*(OPEN,) * 8, HALF_OPEN, "hostile")
HOSTILE = (
    "GET /wrong-token/api/run HTTP/1.1\r\nHost: {host}\r\n",
    "GET {token}api/run HTTP/1.1\r\nHost: example.org\r\n",
    "GET {token}report/../../../etc/passwd HTTP/1.1\r\nHost: {host}\r\n",
    "GET {token}%2e%2e/%2e%2e/config.toml HTTP/1.1\r\nHost: {host}\r\n",
    "POST {token}api/verdicts HTTP/1.1\r\nHost: {host}\r\nOrigin: http://example.org\r\n"
    "Content-Length: 0\r\n",
    "POST {token}api/verdicts HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
    "Content-Type: application/json\r\nContent-Length: " + str(LARGE_BYTES) + "\r\n",
    "BREW {token} HTTP/1.1\r\nHost: {host}\r\n",
    "\x16\x03\x01 nonsense\r\n",
)


def ask_at_once(port: int, token: str, n_requests: int, kinds_in_turn: Sequence[str] = KINDS) -> Counter[str]:
    """Send requests over connections that are all open; return how many of each kind were answered how.

    Args:
        port: of the review on the loopback address.
        token: the path under which it answers, with a slash at both ends.
        n_requests: of all kinds.
        kinds_in_turn: of the requests.
    """
    opened = []
    for _ in range(n_requests):
        one = socket.create_connection((HOST, port))
        one.settimeout(PATIENCE_SECONDS)
        opened.append(one)
    kinds = [kinds_in_turn[number % len(kinds_in_turn)] for number in range(n_requests)]
    for number, (one, kind) in enumerate(zip(opened, kinds, strict=True)):
        host = f"{HOST}:{port}"
        form = f"GET {token}api/run HTTP/1.1\r\nHost: {host}\r\n"
        if kind == HALF_OPEN:
            one.sendall(form[:40].encode())
            continue
        if kind != OPEN:
            form = HOSTILE[number // len(kinds_in_turn) % len(HOSTILE)].format(token=token, host=host)
        one.sendall(f"{form}Connection: close\r\n\r\n".encode())
    found: Counter[str] = Counter()
    for one, kind in zip(opened, kinds, strict=True):
        answer = _answer(one)
        is_right = answer == "200" if kind == OPEN else answer == "closed" or answer.startswith("4")
        found[f"{kind}: {answer}" if is_right else f"WRONG {kind}: {answer}"] += 1
        one.close()
    return found


def main(arguments: list[str] | None = None) -> int:
    """Serve, ask and print; the status is 1 where an answer was wrong."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--run", type=Path, required=True, help="a finished run")
    parser.add_argument("--requests", type=int, default=1_000)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as made:
        command = [sys.executable, "-m", "pipeline", "review", f"--run={options.run}", "--no-browser"]
        command.append(f"--verdicts={made}/verdicts.sqlite")
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
            assert program.stdout is not None
            address = re.search(r"http://127\.0\.0\.1:(\d+)(/\S*)", program.stdout.readline())
            if address is None:
                raise RuntimeError("the review did not say where it is")
            began = time.monotonic()
            found = ask_at_once(int(address[1]), address[2], options.requests)
            seconds = time.monotonic() - began
            last = ask_at_once(int(address[1]), address[2], 1)
            program.terminate()
    for what, n in sorted(found.items()):
        print(f"{n:5}  {what}")
    print(f"{found.total()} requests in {seconds:.1f} s; one more afterwards: {dict(last)}")
    return int(any(what.startswith("WRONG") for what in (*found, *last)))


def _answer(one: socket.socket) -> str:
    """Return the status of an answer that is read to its end, or ``closed`` where there is none."""
    parts = []
    try:
        while part := one.recv(65_536):
            parts.append(part)
    except ConnectionError:
        pass  # closed before all that was sent was read
    head = b"".join(parts).split(b"\r\n")[0].split(b" ")
    return head[1].decode() if len(head) > 1 else "closed"


if __name__ == "__main__":
    raise SystemExit(main())
