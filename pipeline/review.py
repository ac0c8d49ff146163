"""How is a report opened for review in a browser?

A small server bound to this machine alone. It reads one file when it starts and serves it at one
path that nobody can guess. A request's path is compared, never opened; a request that names another
host (from a page elsewhere whose name was bound to this address) is refused.
"""

import hmac
import secrets
import sys
import threading
import webbrowser
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from pipeline.errors import PipelineError

__all__ = ["report_server", "serve"]

HOST = "127.0.0.1"
IDLE_SECONDS = 30.0  # a connection that stays silent is closed
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # What the page's own policy cannot say from inside; the rest of the policy stands in the page.
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def serve(run_path: Path, *, port: int = 0, open_browser: bool = True) -> None:
    """Serve the report of a run until Ctrl-C, and open it in a browser where there is one.

    Args:
        run_path: the run folder.
        port: 0 takes any free one.
        open_browser: ask the system for a browser.

    Raises:
        PipelineError: there is no report yet, or the port is taken.
    """
    server, address = report_server(run_path, port=port)
    try:
        print(f"The report is at {address} (Ctrl-C ends)", flush=True)
        if open_browser:
            # In a thread, for a browser in the terminal would wait for a server that has not started.
            threading.Thread(target=_open, args=(address,), daemon=True).start()
        server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        print("Review ended.", file=sys.stderr)
    finally:
        server.server_close()


def report_server(run_path: Path, *, port: int = 0) -> tuple[ThreadingHTTPServer, str]:
    """Return a bound server for the report of a run, and the only address that it answers.

    Raises:
        PipelineError: there is no report yet, or the port is taken.
    """
    path = run_path / "report" / "index.html"
    try:
        page = path.read_bytes()
    except OSError as error:
        raise PipelineError(
            f"{path} cannot be read ({error.strerror}); make the report first with the verb report"
        ) from error
    token = f"/{secrets.token_urlsafe(24)}/"
    try:
        server = ThreadingHTTPServer((HOST, port), _handler(page, token))
    except (OSError, OverflowError) as error:
        raise PipelineError(f"port {port} of {HOST} cannot be used ({error}); choose another or 0") from error
    server.daemon_threads = True
    return server, f"http://{HOST}:{server.server_port}{token}"


def _handler(page: bytes, token: str) -> type[BaseHTTPRequestHandler]:
    class PageHandler(BaseHTTPRequestHandler):
        server_version = "review"
        sys_version = ""
        timeout = IDLE_SECONDS

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def _answer(self, *, with_body: bool) -> None:
            port = self.connection.getsockname()[1]
            if self.headers.get_all("Host") not in ([f"{HOST}:{port}"], [f"localhost:{port}"]):
                status, body, kind = HTTPStatus.MISDIRECTED_REQUEST, b"Wrong host.\n", "text/plain"
            elif not hmac.compare_digest(self.path.encode("utf-8", "replace"), token.encode()):
                status, body, kind = HTTPStatus.NOT_FOUND, b"Nothing here.\n", "text/plain"
            else:
                status, body, kind = HTTPStatus.OK, page, "text/html"
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            for header, value in _HEADERS.items():
                self.send_header(header, value)
            self.end_headers()
            if with_body:
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the address is a secret, and a log would hold it."""

    return PageHandler


def _open(address: str) -> None:
    try:
        opened = webbrowser.open(address)
    except webbrowser.Error:
        opened = False
    if not opened:
        print("No browser was found here; open the address above yourself.", file=sys.stderr)
