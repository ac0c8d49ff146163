"""How does one process ask libraries in turns that live in processes of their own?

A process is started once and stays alive. Questions and answers are lines of JSON over its standard
input and output; arrays travel as paths of ``.npy`` files. A library that cannot be imported is absent,
with its reason in words; one that fails later ends the benchmark.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

__all__ = ["LibraryFailed", "Process", "Started", "start"]

ROOT = Path(__file__).resolve().parents[3]
SECONDS_TO_END = 10


class LibraryFailed(RuntimeError):
    """A library's process gave an error for an answer, or ended."""


class Process:
    """One library in a process of its own.

    Args:
        library: see ``benchmarks.flows.peers.specification.LIBRARIES``.
        python: the interpreter; a peer's needs NumPy and that peer, nothing of this project.
        n_threads: for its arithmetic, 0 for as many as the library likes.
    """

    def __init__(self, library: str, python: str, n_threads: int = 0) -> None:
        self.library = library
        command = [python, "-m", "benchmarks.flows.peers.answer", library, "--threads", str(n_threads)]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        # What it says first: its versions, or why it is absent.
        self.greeting = self._answer("start")

    def ask(self, question: str, **arguments: Any) -> dict[str, Any]:
        """Return the answer to one question, which is a method's name of the library's ``Subject``.

        Raises:
            LibraryFailed: the answer was an error, or the process ended.
        """
        assert self._process.stdin is not None
        # Where it has ended, reading its answer says so.
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps({"question": question, **arguments}) + "\n")
            self._process.stdin.flush()
        return self._answer(question)

    def _answer(self, question: str) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            status = self._process.wait()
            raise LibraryFailed(
                f"the process of {self.library} ended with status {status} at the question {question!r}; "
                "its messages are above"
            )
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise LibraryFailed(f"{self.library} failed at the question {question!r}: {answer['error']}")
        return answer

    def close(self) -> None:
        """End the process."""
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            with suppress(BrokenPipeError):
                stream.close()
        try:
            self._process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Started(dict[str, Process]):
    """The processes by library, in the order asked for; ``absent`` holds the others' reasons."""

    absent: dict[str, str]


@contextmanager
def start(
    libraries: Iterable[str], peers_python: str = sys.executable, n_threads: int = 0
) -> Iterator[Started]:
    """Start each library's process, and end them all afterwards.

    Args:
        libraries: names; ours runs in this interpreter, the others in ``peers_python``.
        peers_python: an interpreter in which the peers are installed.
        n_threads: see ``Process``.

    Yields:
        The processes of those that could be imported, and why the others could not.
    """
    started = Started()
    started.absent = {}
    try:
        for library in libraries:
            process = Process(library, sys.executable if library == "ours" else peers_python, n_threads)
            started[library] = process
            if "absent" in process.greeting:
                started.absent[library] = process.greeting["absent"]
                started.pop(library).close()
        yield started
    finally:
        for process in started.values():
            process.close()
