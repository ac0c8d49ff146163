"""What do several test files share?"""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# Set before any test imports TensorFlow, which reads it once.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

# A shell's background job ignores interrupts, and nohup the end of a terminal, and both hand that on to every
# program that a test starts and ends: it would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

from pipeline.corpora.storage import CACHE_VARIABLE
from pipeline.processes import working_with
from tests.browser import chromium
from tests.command import QUICK, READING, ROOT, Ended, call
from tests.recording_engine import RecordingEngine
from tests.tiny_corpus import TARGET, write_corpus

# No claim of a test is about time: a busy machine must not fail one. The same examples come each time,
# so that a failure in one place can be repeated in another.
settings.register_profile(
    "project", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("project")

S3_SECRET = "hushhushhush"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with real recordings, which stands beside a checkout for development."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no real recordings stand in ../shared/data")
    return folder


@pytest.fixture(scope="session")
def s3_address() -> Iterator[str]:
    """The address of an S3 on loopback; it is moto's."""
    moto = pytest.importorskip("moto.server", reason="moto is not installed: no S3 is tried")
    pytest.importorskip("s3fs", reason="the extra `remote` is not installed")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(s3_address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The same, with the environment of somebody who may write there; the cache is empty.

    S3's own tools heed these variables, and so does the program.
    """
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_address)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anna")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", S3_SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return s3_address


@pytest.fixture(scope="session")
def tiny_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 clips of the target and 12 of each of three other words; never changed by a test."""
    return write_corpus(tmp_path_factory.mktemp("tiny") / "words")


@dataclass(frozen=True)
class FinishedRun:
    """A run folder, its corpus, how the call ended that made it, and the engine that did the work."""

    path: Path
    corpus: Path
    ended: Ended
    engine: RecordingEngine = field(default_factory=RecordingEngine)

    @property
    def options(self) -> tuple[str, ...]:
        """The options that made it, but for ``--run``."""
        return (f"--corpus={self.corpus}", f"--target={TARGET}", *QUICK)

    def call(self, verb: str, *more: str) -> Ended:
        """Call a verb on this run again, in this process; one that only reads it takes no settings."""
        options = () if verb in READING else self.options
        return call(verb, *options, f"--run={self.path}", *more)


@pytest.fixture(scope="session")
def finished_run(tiny_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    """One evaluated run of the tiny corpus; never changed by a test."""
    run = tmp_path_factory.mktemp("runs") / "tiny"
    made = FinishedRun(run, tiny_corpus, Ended(0, "", ""))
    with working_with(made.engine):
        ended = made.call("evaluate")
    assert ended.status == 0, ended.err
    return replace(made, ended=ended)


@pytest.fixture(scope="session")
def one_class_run(tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    """One run, told in lines of JSON, of the target's 60 clips and nothing else; never changed by a test."""
    corpus = write_corpus(tmp_path_factory.mktemp("one_class") / "words", n_other=0)
    made = FinishedRun(tmp_path_factory.mktemp("runs") / "one_class", corpus, Ended(0, "", ""))
    ended = made.call("evaluate", "--progress=json")
    assert ended.status == 0, ended.err
    return FinishedRun(made.path, corpus, ended)


@pytest.fixture
def own_run(finished_run: FinishedRun, tmp_path: Path) -> FinishedRun:
    """A copy of the finished run that a test may change."""
    return FinishedRun(
        Path(shutil.copytree(finished_run.path, tmp_path / "run")), finished_run.corpus, finished_run.ended
    )


@pytest.fixture
def small_corpus(tmp_path: Path) -> Callable[..., Path]:
    """Write a tiny corpus that a test may change."""

    def write(**sizes: int) -> Path:
        return write_corpus(tmp_path / "words", **sizes)

    return write


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Return a Chromium, or skip."""
    yield from chromium()
