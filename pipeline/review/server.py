"""How is the review served to this machine alone, and opened in a browser?

The server is bound to 127.0.0.1, at an address with a token that nobody can guess. Nothing is logged
of requests, for the address is a secret.
"""

import secrets
import socket
import threading
import webbrowser
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import uvicorn

from pipeline.errors import ConfigurationError, PipelineError
from pipeline.review.application import review_application
from pipeline.review.guard import Guard
from pipeline.review.patience import PatientProtocol
from pipeline.review.reviewed_run import ReviewedRun, read_reviewed_run
from pipeline.review.session import ReviewSession
from pipeline.runs import RunFolder
from pipeline.terminal import interrupts_handed_to, say
from pipeline.verdicts import VerdictStore, reviewer_problem

__all__ = ["BoundReview", "bind_review", "make_server", "serve"]

HOST = "127.0.0.1"
IDLE_SECONDS = 30  # a connection that stays silent is closed
REPORT_NAME = "report/index.html"
CLOSING_SECONDS = 2  # what is being answered when the server ends may take so long
MOST_WAITING = 1_024  # connections that the system holds until they are taken, each in turn


@dataclass(frozen=True, kw_only=True)
class BoundReview:
    """A review whose socket is bound.

    Attributes:
        application: with its guard.
        socket: listens to this machine alone.
        address: the only one that it answers, at the clip to begin with.
        session: what is reviewed.
    """

    application: Guard
    socket: socket.socket
    address: str
    session: ReviewSession

    def close(self) -> None:
        """Free the port and the file of verdicts."""
        self.socket.close()
        self.session.store.close()


def serve(
    run_path: Path,
    store_path: Path,
    *,
    tell: Callable[[str], None],
    port: int = 0,
    open_browser: bool = True,
    reviewer: str = "",
    clip: str = "",
) -> None:
    """Serve the review of a run until Ctrl-C, and open it in a browser where there is one.

    Args:
        run_path: the run folder.
        store_path: where verdicts are kept; made where there is none.
        tell: told the address as soon as it answers.
        port: 0 takes any free one.
        open_browser: ask the system for a browser.
        reviewer: who judges; ``""`` lets the page ask.
        clip: path in the corpus of the clip to begin with; ``""`` for the first that is not judged.

    Raises:
        PipelineError: the run has no scores, the verdicts cannot be kept, or the port is taken.
        ArtefactError: a file of the run, or the verdicts, are damaged.
    """
    review = bind_review(run_path, store_path, port=port, reviewer=reviewer, clip=clip)
    server = make_server(review)

    def end() -> None:
        server.should_exit = True

    with interrupts_handed_to(end), closing(review):
        tell(review.address)
        say(f"Verdicts are kept in {store_path}")
        session = review.session
        if n_elsewhere := session.run.judged.verdicts_on(session.store.standing())[1]:
            say(f"{n_elsewhere} of them are on sounds that this run does not hold")
        if session.run.problem:
            say(f"warning: {session.run.problem}", level="warning")
        if open_browser:
            # In a thread, for a browser in the terminal would wait for a server that has not started.
            threading.Thread(target=_open, args=(review.address,), daemon=True).start()
        server.run(sockets=[review.socket])
        say("Review ended.")


def bind_review(
    run_path: Path, store_path: Path, *, port: int = 0, reviewer: str = "", clip: str = ""
) -> BoundReview:
    """Return the review of a run, bound to a port of this machine; see ``serve``.

    Raises:
        PipelineError: the run has no scores, the verdicts cannot be kept, or the port is taken.
        ArtefactError: a file of the run, or the verdicts, are damaged.
    """
    if reviewer and (problem := reviewer_problem(reviewer)):
        raise ConfigurationError(f"--reviewer {reviewer!r} cannot be used: {problem}; give another name")
    run = read_reviewed_run(run_path)
    link = _link(run, clip) if clip else ""
    bound = _bind(port)
    try:
        record = RunFolder(run_path).record("report")
        report = {} if record is None else record.files
        has_report = (run_path / REPORT_NAME).is_file() and REPORT_NAME in report
        store = VerdictStore(store_path, create=True)
        session = ReviewSession(run, store, has_report=has_report, reviewer=reviewer)
    except BaseException:
        bound.close()
        raise
    token = secrets.token_urlsafe(24)
    number = bound.getsockname()[1]
    application = review_application(session, report)
    return BoundReview(
        application=Guard(application, token=token, port=number),
        socket=bound,
        address=f"http://{HOST}:{number}/{token}/{link}",
        session=session,
    )


def make_server(review: BoundReview) -> uvicorn.Server:
    """Return what answers requests; it runs on the review's socket."""
    return uvicorn.Server(
        uvicorn.Config(
            review.application,
            loop="asyncio",
            http=PatientProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",  # what a stranger sends is no news for the terminal
            access_log=False,
            server_header=False,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=CLOSING_SECONDS,
        )
    )


def _link(run: ReviewedRun, path: str) -> str:
    """Return the end of an address that opens the page at a clip.

    Raises:
        PipelineError: the run scored no such clip.
    """
    if path not in run.id_of_path:
        near = get_close_matches(path, run.id_of_path, n=1)
        advice = f"did you mean {near[0]}?" if near else "name it as scores.csv does"
        raise PipelineError(f"{run.path} has no clip {path}; {advice}")
    clip = run.clips[run.id_of_path[path]]
    return f"#{'strangest' if clip.word == run.target else 'look-alikes'}/{clip.link}"


def _bind(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((HOST, port))
        bound.listen(MOST_WAITING)
    except (OSError, OverflowError) as error:
        bound.close()
        raise PipelineError(f"port {port} of {HOST} cannot be used ({error}); choose another or 0") from error
    return bound


def _open(address: str) -> None:
    try:
        opened = webbrowser.open(address)
    except webbrowser.Error:
        opened = False
    if not opened:
        say("No browser was found here; open the address above yourself.")
