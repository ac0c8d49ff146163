"""Who may speak to the review, and what may its pages do?

Every request must name this machine and this port as its host (a page elsewhere whose name was bound
to 127.0.0.1 names its own), must not come from another origin, and must begin with a token that nobody
can guess. Every answer, whatever made it, carries the headers that confine a page. The guard stands
around the whole application, and knows nothing of it.
"""

import hmac
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["PAGE_POLICY", "Guard"]

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_SAFE_METHODS = ("GET", "HEAD")


class Guard:
    """An application that only requests of the reviewer's own page reach.

    Args:
        application: what is guarded; it sees paths without the token.
        token: first part of every path.
        port: that the server is bound to.
    """

    def __init__(self, application: ASGIApp, *, token: str, port: int) -> None:
        self._application = application
        self._token = token.encode("ascii")
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._origins = {f"http://{host}" for host in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            # Nothing here speaks another protocol: a closed door, and no answer.
            raise RuntimeError(f"a request of type {scope['type']!r} is not answered")

        async def confined(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message.setdefault("headers", []))
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Content-Security-Policy", PAGE_POLICY)
            await send(message)

        token, _, path = str(scope["path"]).removeprefix("/").partition("/")
        if refusal := self._refusal(scope["method"], Headers(scope=scope)):
            await refusal(scope, receive, confined)
        elif not hmac.compare_digest(token.encode("utf-8", "replace"), self._token):
            await PlainTextResponse("Nothing here.\n", 404)(scope, receive, confined)
        else:
            inner = {**scope, "path": f"/{path}", "raw_path": f"/{path}".encode("utf-8", "replace")}
            await self._application(inner, receive, confined)

    def _refusal(self, method: str, headers: Headers) -> PlainTextResponse | None:
        if not _is_one_of(headers.getlist("host"), self._hosts):
            return PlainTextResponse("Wrong host.\n", 421)
        origins = headers.getlist("origin")
        # A browser names the origin of every request that can write; one without is no page of ours.
        if (origins or method not in _SAFE_METHODS) and not _is_one_of(origins, self._origins):
            return PlainTextResponse("Wrong origin.\n", 403)
        site = headers.get("sec-fetch-site", "same-origin")
        if site not in ("same-origin", "none") or (site == "none" and method not in _SAFE_METHODS):
            return PlainTextResponse("Wrong origin.\n", 403)
        return None


def _is_one_of(values: list[str], allowed: Iterable[str]) -> bool:
    return len(values) == 1 and values[0] in allowed
