"""Does Ctrl-C, or a signal to end, leave one sentence and nothing half done, and can the next call go on?"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import QUICK, Ended, call, contents, environment
from tests.conftest import FinishedRun
from tests.tiny_corpus import speakers_of


def interrupt(
    arguments: tuple[str, ...],
    cwd: Path,
    is_time: Callable[[str], bool],
    delay_seconds: float,
    number: signal.Signals = signal.SIGINT,
) -> Ended:
    """Start the program as a terminal does, and press Ctrl-C, or send another signal, when it is time."""
    with open(cwd / "out", "wb") as out, open(cwd / "err", "wb") as err:
        program = subprocess.Popen(
            [sys.executable, "-m", "pipeline", *arguments],
            cwd=cwd,
            env=environment(),
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        started = time.monotonic()
        try:
            while not is_time((cwd / "err").read_text("utf-8")):
                assert program.poll() is None, (cwd / "err").read_text("utf-8")
                assert time.monotonic() - started < 200, "it is never time"
                time.sleep(0.01)
            time.sleep(delay_seconds)
            os.killpg(program.pid, number)
            status = program.wait(60)
        finally:
            if program.poll() is None:
                os.killpg(program.pid, signal.SIGKILL)
                program.wait()
    return Ended(status, (cwd / "out").read_text("utf-8"), (cwd / "err").read_text("utf-8"))


def made_by_stages(run: Path) -> dict[str, bytes]:
    """Return the files of a run but those that an interrupted stage keeps for the next call."""
    return {name: content for name, content in contents(run).items() if ".partial/" not in name}


@pytest.mark.skipif(os.name == "nt", reason="no process groups on this system")
@pytest.mark.parametrize(("name", "delay_seconds"), [("SIGINT", 0.0), ("SIGTERM", 0.3), ("SIGHUP", 0.8)])
def test_an_interrupted_features_stage_can_go_on(
    name: str, delay_seconds: float, small_corpus: Callable[..., Path], tmp_path: Path
) -> None:
    corpus = small_corpus()
    silence = (corpus / "one" / f"{speakers_of('test')[0]}_nohash_0.wav").read_bytes()
    (corpus / "many").mkdir()
    for number in range(3_000):
        (corpus / "many" / f"{number}_nohash_0.wav").write_bytes(silence)
    options = (
        f"--corpus={corpus}",
        *QUICK,
        "--run=run",
        "--set=features.n_workers=2",
        "--set=features.batch_size=1",
    )
    ended = interrupt(
        ("features", *options),
        tmp_path,
        lambda _: (tmp_path / "run" / ".features.partial").exists(),
        delay_seconds,
        signal.Signals[name],
    )
    assert ended.status == 130, ended.err
    assert "interrupted" in ended.error
    assert made_by_stages(tmp_path / "run") == {}
    shutil.rmtree(corpus / "many")
    assert call("features", f"--corpus={corpus}", *QUICK, f"--run={tmp_path / 'run'}").status == 0


@pytest.mark.skipif(os.name == "nt", reason="no process groups on this system")
def test_an_interrupted_training_leaves_the_model_before_it(own_run: FinishedRun, tmp_path: Path) -> None:
    before = contents(own_run.path)
    options = ("--set=training.max_epochs=1000000", "--set=training.patience=0")
    ended = interrupt(
        ("train", *own_run.options, "--run=run", *options),
        tmp_path,
        lambda err: "train 'zero' on" in err,
        0.0,
    )
    assert ended.status == 130, ended.err
    assert "interrupted" in ended.error
    assert made_by_stages(own_run.path) == before
    assert ": running" not in own_run.call("evaluate").err
