"""Which addresses does the review answer, and with what?

Conventions: addresses stand below the token. Reading is GET; writing is POST of a small JSON object.
What cannot be done is answered with a status and ``{"error": sentence}``. Clips, lists and files of the
report are looked up by what the request says, and never opened by it. Of the report, what its record names
is shown, and only as it was recorded.
"""

import asyncio
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pipeline.errors import PipelineError
from pipeline.html import heat_map_legend_png, page_asset
from pipeline.review.page import SCRIPTS, STYLES
from pipeline.review.session import Refused, ReviewSession
from pipeline.verdicts import as_text

__all__ = ["review_application"]

LONGEST_BODY = 16_384  # bytes; a verdict takes 300, and a thousand clips 11,000
BODY_SECONDS = 10.0
ASSETS = {
    "/": ("page.html", "text/html"),
    **{f"/{name}": (name, "text/css") for name in STYLES},
    **{f"/{name}": (name, "text/javascript") for name in SCRIPTS},
}
EXPORTS = {"/verdicts.csv": ("csv", "text/csv"), "/verdicts.jsonl": ("jsonl", "application/x-ndjson")}
REPORT_KINDS = {
    ".html": "text/html",
    ".flac": "audio/flac",
    ".wav": "audio/wav",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
# The rest of the report's policy stands in its page, with the digests of its own script and style. A page
# that was changed must not speak to the review in the reviewer's name, whatever policy it brings.
REPORT_POLICY = "connect-src 'none'; form-action 'none'; frame-ancestors 'none'"


def review_application(session: ReviewSession, report: Mapping[str, str]) -> Starlette:
    """Return the application over one session.

    Args:
        session: what is reviewed.
        report: SHA-256 of each file of the run's report that its record names, by its path in the run.
    """
    application = Starlette(
        routes=[
            *(Route(address, _asset) for address in ASSETS),
            *(Route(address, _export) for address in EXPORTS),
            Route("/report/{name:path}", _report_file),
            Route("/api/run", _card),
            Route("/api/queues/{name}", _queue),
            Route("/api/clips/{clip}", _clip),
            Route("/api/verdicts", _judge, methods=["POST"]),
            Route("/api/undo", _undo, methods=["POST"]),
            Route("/api/clips/{clip}/peaks", _peaks),
            Route("/clips/{clip}/audio", _audio),
            Route("/clips/{clip}/spectrogram", _spectrogram),
            Route("/clips/{clip}/heat_map", _heat_map),
            Route("/legend", _legend),
        ],
        exception_handlers={Refused: _refused, PipelineError: _failed},
    )
    application.state.session = session
    application.state.report = report
    return application


def _asset(request: Request) -> Response:
    name, kind = ASSETS[request.scope["path"]]
    return Response(page_asset("pipeline.review.page", name), media_type=kind)


def _export(request: Request) -> Response:
    address = request.scope["path"]
    kind, media_type = EXPORTS[address]
    headers = {"Content-Disposition": f'attachment; filename="{address[1:]}"'}
    return Response(as_text(_session(request).store, kind).encode(), media_type=media_type, headers=headers)


def _report_file(request: Request) -> Response:
    name = f"report/{request.path_params['name'] or 'index.html'}"
    recorded, kind = request.app.state.report.get(name), REPORT_KINDS.get(PurePosixPath(name).suffix)
    path = _session(request).run.path / name
    if recorded is None or kind is None or not path.is_file() or path.is_symlink():
        raise Refused("There is no such file of the report.", 404)
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != recorded:
        raise Refused("The file has changed since the report was made; run `make evaluate` again.", 409)
    return Response(content, media_type=kind, headers={"Content-Security-Policy": REPORT_POLICY})


def _card(request: Request) -> Response:
    return JSONResponse(_session(request).card())


def _queue(request: Request) -> Response:
    asked = request.query_params
    told = _session(request).queue(
        request.path_params["name"], asked.get("reviewer", ""), asked.get("clip", "")
    )
    return JSONResponse(told)


def _clip(request: Request) -> Response:
    return JSONResponse(
        _session(request).clip(request.path_params["clip"], request.query_params.get("list", ""))
    )


async def _judge(request: Request) -> Response:
    return JSONResponse(await run_in_threadpool(_session(request).judge, await _object_of(request)))


async def _undo(request: Request) -> Response:
    return JSONResponse(await run_in_threadpool(_session(request).undo, await _object_of(request)))


def _audio(request: Request) -> Response:
    """Answer with the sound, or with the part of it that a player asks for in order to begin anew."""
    media = _session(request).media(request.path_params["clip"])
    content = _present(media.audio(full_scale=request.query_params.get("gain") == "full"))
    headers = {"Accept-Ranges": "bytes"}
    asked = re.fullmatch(r"bytes=(\d{1,12})-(\d{0,12})", request.headers.get("range", ""), re.ASCII)
    if asked is None:
        return Response(content, media_type="audio/wav", headers=headers)
    start, end = int(asked[1]), min(int(asked[2] or len(content)), len(content) - 1)
    if start > end:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{len(content)}"})
    headers["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
    return Response(content[start : end + 1], 206, media_type="audio/wav", headers=headers)


def _spectrogram(request: Request) -> Response:
    media = _session(request).media(request.path_params["clip"])
    return _picture(media.spectrogram(*_seconds(request)))


def _heat_map(request: Request) -> Response:
    return _picture(_session(request).media(request.path_params["clip"]).heat_map)


def _legend(request: Request) -> Response:
    return _picture(heat_map_legend_png())


def _peaks(request: Request) -> Response:
    media = _session(request).media(request.path_params["clip"])
    return JSONResponse([] if media.problem else media.peaks(*_seconds(request)))


def _picture(content: bytes) -> Response:
    return Response(_present(content), media_type="image/png")


def _seconds(request: Request) -> tuple[float, float]:
    """Return the part of a clip that is asked for; all of it where none is.

    Raises:
        Refused: it is no part.
    """
    asked = [request.query_params.get(name, default) for name, default in (("start", "0"), ("end", "1e9"))]
    if not all(re.fullmatch(r"\d{1,9}(\.\d{1,9})?|1e9", text, re.ASCII) for text in asked):
        raise Refused("start and end are seconds.")
    start, end = map(float, asked)
    if start >= end:
        raise Refused(f"start={start:g} is not before end={end:g}.")
    return start, end


def _session(request: Request) -> ReviewSession:
    session: ReviewSession = request.app.state.session
    return session


def _present(content: bytes) -> bytes:
    if not content:
        raise Refused("There is no such sound or picture.", 404)
    return content


async def _object_of(request: Request) -> dict[str, Any]:
    """Return the JSON object of a request's body.

    Raises:
        Refused: the body is too long, does not arrive, or is no JSON object.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refused("The body is not application/json.", 415)
    try:
        body = await asyncio.wait_for(_body_of(request), BODY_SECONDS)
    except asyncio.TimeoutError as error:
        raise Refused(f"The body did not arrive within {BODY_SECONDS:g} seconds.", 408) from error
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused("The body is no JSON.") from error
    if not isinstance(content, dict):
        raise Refused("The body is no JSON object.")
    return content


async def _body_of(request: Request) -> bytes:
    _check_length(int(request.headers.get("content-length", 0)))  # the server has refused what is no number
    body = b""
    async for chunk in request.stream():
        body += chunk
        _check_length(len(body))
    return body


def _check_length(n_bytes: int) -> None:
    if n_bytes > LONGEST_BODY:
        raise Refused(f"The body has {n_bytes:,} bytes; at most {LONGEST_BODY:,} are read.", 413)


def _refused(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, getattr(error, "status", 400))


def _failed(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": f"{error}."}, 500)
