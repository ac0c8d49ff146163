"""How do tests call the program: as a user does, or in this process where TensorFlow is loaded once?"""

import contextlib
import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from pipeline.commands.cli import main

ROOT = Path(__file__).resolve().parent.parent
VERBS = (
    "corpus",
    "features",
    "train",
    "evaluate",
    "score",
    "report",
    "review",
    "verify",
    "doctor",
    "density",
    "audit",
    "sweep",
    "compare",
    "verdicts",
)
# Of a run that is there, and make none.
READING = ("report", "review", "verify", "score")
# A small network and few epochs: enough for every claim about files, none about quality.
QUICK = (
    "--preset=fft",
    "--set=model.n_layers=1",
    "--set=features.n_bands=32",
    "--set=model.hidden_units=[16]",
    "--set=training.max_epochs=2",
    '--set=training.monitored_words=["one"]',
    "--set=evaluation.n_bootstrap=100",
    "--set=evaluation.alpha=0.2",
    "--set=features.n_workers=1",
)


@dataclass(frozen=True)
class Ended:
    """What a call left: exit status, standard output, standard error."""

    status: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one sentence of an error; fails where there is another number of them."""
        lines = [line for line in self.err.splitlines() if line.startswith("error:")]
        assert len(lines) == 1, self.err
        assert self.err.rstrip().endswith(lines[0]), self.err
        assert "Traceback" not in self.err, self.err
        return lines[0]


def environment() -> dict[str, str]:
    """Return this process's environment, from which the program can be run anywhere."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default"}


def run_command(*arguments: str | Path, cwd: Path) -> Ended:
    """Run ``python -m pipeline`` in a process of its own."""
    return run_python("-m", "pipeline", *arguments, cwd=cwd)


def run_python(*arguments: str | Path, cwd: Path, env: dict[str, str] | None = None) -> Ended:
    """Run this Python with our packages on its path, in a process of its own."""
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=environment() if env is None else env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def call(*arguments: str | Path) -> Ended:
    """Run the same program in this process."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["audio-anomaly", *map(str, arguments)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as ended:
            status = ended.code
    assert isinstance(status, int)
    return Ended(status, out.getvalue(), err.getvalue())


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder by its path, but for names with a dot: what must not change."""
    found = {path.relative_to(folder): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {
        name.as_posix(): path.read_bytes()
        for name, path in found.items()
        if not any(part.startswith(".") for part in name.parts)
    }


def flip_a_bit(path: Path, place: float = 0.5) -> None:
    """Flip the lowest bit of one byte, at a share of the file's length."""
    content = bytearray(path.read_bytes())
    content[int(place * (len(content) - 1))] ^= 1
    path.write_bytes(content)


def evaluate(corpus: Path, cwd: Path, *more: str | Path, verb: str = "evaluate") -> Ended:
    """Run the real command in a process of its own; the run folder is ``run`` below ``cwd``."""
    return run_command(verb, f"--corpus={corpus}", *QUICK, "--run=run", *more, cwd=cwd)
