"""What does a review look like that is served from a run made in a second?

The clips are generated sounds under usual and hostile names; scores are simulated.
"""

import http.client
import json
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.files.sealed import read_sealed_json, write_sealed_json
from pipeline.review.server import BoundReview, bind_review, make_server
from pipeline.runs.folder import RunFolder
from pipeline.runs.wholeness import CONFIG_NAME, PROVENANCE_NAME
from tests.report.report_run import write_run
from tests.simulated_clips import SimulatedClip, simulated_clips, write_sounds

TARGET = "happy"
HOSTILE_WORD = '=HYPERLINK("x")<img src=x onerror="window.owned=1">\'&\u202e\u2066evil\x07\n'
HOSTILE_NAME = "</script><script>window.owned=1</script>\"'><b>\u202egnp\x1b[31m.wav"
HOSTILE_SPEAKER = "@SUM(A1)<svg onload=window.owned=1>\u202e\r\n"


def write_review_run(folder: Path, *, n_target: int = 24) -> Path:
    """Write a run with its corpus beside it, and return the run folder."""
    run, corpus = folder / "run", folder / "corpus"
    clips = simulated_clips(["cat", "dog", TARGET], TARGET, n_target, 4)
    clips.append(SimulatedClip(f"{HOSTILE_WORD}/{HOSTILE_NAME}", HOSTILE_WORD, HOSTILE_SPEAKER, "test"))
    write_sounds(corpus, clips)
    record_run(run, clips, corpus)
    with RunFolder(run).stage("report", {"evaluation": {"digest": evaluation_digest(run)}}) as folder:
        (folder.own / "index.html").write_text("<!DOCTYPE html><title>report</title>", "utf-8")
    return _at_home(run)


def evaluation_digest(run: Path) -> str:
    """Return the digest of what the evaluation of a run made."""
    return RunFolder(run).check("evaluation").digest


def record_run(run: Path, clips: list[SimulatedClip], corpus: Path) -> None:
    """Write a run whose evaluation is recorded, as the program leaves it."""
    with RunFolder(run).stage("evaluation", {}) as folder:
        write_run(folder.top, clips, TARGET, corpus_root=corpus)
        for name in (CONFIG_NAME, PROVENANCE_NAME, "manifest.parquet"):
            (folder.top / name).rename(run / name)


def copy_review_run(source: Path, folder: Path) -> Path:
    """Copy a run and its corpus into a folder, and return the run folder."""
    for name in ("run", "corpus"):
        shutil.copytree(source.parent / name, folder / name)
    return _at_home(folder / "run")


def _at_home(run: Path) -> Path:
    provenance = read_sealed_json(run / "provenance.json")
    root = {"corpus": {"root": str(run.parent / "corpus")}}
    write_sealed_json(run / "provenance.json", provenance | root)
    return run


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def told(self) -> Any:
        """The JSON of the body."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Served:
    """A running review, and its file of verdicts."""

    review: BoundReview
    store_path: Path

    @property
    def port(self) -> int:
        """The port that it is bound to."""
        return int(self.review.socket.getsockname()[1])

    @property
    def origin(self) -> str:
        """The origin of its page."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def token(self) -> str:
        """The first part of its paths, between slashes."""
        return "/" + self.review.address.split("/", 3)[3]

    def ask(self, path: str, *, method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
        """Send a request below the token; headers with ``_`` for ``-``, ``""`` leaves one out."""
        return self.ask_anything(self.token + path, method=method, body=body, **headers)

    def ask_anything(self, path: str, *, method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
        """Send a request to any path."""
        sent = {"Host": f"127.0.0.1:{self.port}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in sent.items():
                if value:
                    connection.putheader(name, value)
            if body or method == "POST":
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def post(self, path: str, content: Any, **headers: str) -> Answer:
        """Send JSON as the page does."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        sent = {"Origin": self.origin, "Content_Type": "application/json"} | headers
        return self.ask(path, method="POST", body=body, **sent)

    def judge(self, clip: str, kind: str, reviewer: str = "Anna", **more: Any) -> Answer:
        """Give a verdict."""
        return self.post("api/verdicts", {"clip": clip, "kind": kind, "reviewer": reviewer, **more})

    def queue(self, name: str = "strangest", reviewer: str = "Anna") -> dict[str, Any]:
        """Return a list of clips as a reviewer sees it."""
        told: dict[str, Any] = self.ask(f"api/queues/{name}?reviewer={reviewer}").told
        return told


def committed(path: Path) -> list[tuple[str, str, str]]:
    """Return kind, word and reviewer of every row, as another program reads them."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT kind, word, reviewer FROM verdict ORDER BY id").fetchall()
    finally:
        connection.close()


@contextmanager
def served(run_path: Path, store_path: Path) -> Iterator[Served]:
    """Serve a review in a thread while the block lasts."""
    review = bind_review(run_path, store_path)
    server = make_server(review)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [review.socket]})
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield Served(review, store_path)
    finally:
        server.should_exit = True
        thread.join(60)
        assert not thread.is_alive(), "the review does not end"
        review.close()
