r"""How are the processes of one fit started on one machine, and started again when one of them is lost?

Each runs the same script with its own place in ``TF_CONFIG``, as ``tf.distribute`` reads it; a script makes a
``MultiWorkerMirroredStrategy`` before anything else of TensorFlow, and hands it to ``Flow.fit`` with a
checkpoint. When the system ends one of them, for want of memory for example, all are ended and start again,
and the fit goes on from the checkpoint. An error of the script would come again, and ends all. What the first
one prints on standard output is shown; the others' is not, for it is the same.

    python -m models.flows.fitting.launch --workers 2 [--gpus] [--restarts 3] fit.py ...
"""

import argparse
import contextlib
import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

__all__ = ["configurations", "main"]

PORTS = range(20_000, 32_000)
LOOK_SECONDS = 0.1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script in so many processes, and return their exit status; see the module."""
    parser = argparse.ArgumentParser(
        prog="python -m models.flows.fitting.launch", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--workers", type=int, required=True, help="processes")
    parser.add_argument("--gpus", action="store_true", help="give each process one, by its number")
    parser.add_argument("--restarts", type=int, default=3, help="times that all may start again")
    parser.add_argument("script", help="to run in each process")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="of the script")
    chosen = parser.parse_args(arguments)
    if chosen.workers < 1 or chosen.restarts < 0:
        parser.error(f"--workers {chosen.workers} --restarts {chosen.restarts}: at least 1 and 0")
    if not os.path.isfile(chosen.script):
        parser.error(f"{chosen.script} is no file; name a script of Python")
    command = [sys.executable, chosen.script, *chosen.arguments]
    for restart in range(chosen.restarts + 1):
        status, number = _run(command, configurations(chosen.workers, has_gpus=chosen.gpus))
        if number is None:
            return status
        told = f"worker {number} of {chosen.workers} ended with status {status}"
        if status > 0 or restart == chosen.restarts:
            break
        print(f"{told}; all start again, {restart + 1} of {chosen.restarts}", file=sys.stderr, flush=True)
    print(f"error: {told}, after {restart} restarts; see its last lines above", file=sys.stderr)
    return status if status > 0 else 1


def configurations(n: int, *, has_gpus: bool = False) -> list[dict[str, str]]:
    """Return what each of ``n`` processes on this machine has in its environment."""
    workers = [f"127.0.0.1:{port}" for port in _free_ports(n)]
    return [
        {
            "TF_CONFIG": json.dumps(
                {"cluster": {"worker": workers}, "task": {"type": "worker", "index": number}}
            ),
            **({"CUDA_VISIBLE_DEVICES": str(number)} if has_gpus else {}),
        }
        for number in range(n)
    ]


def _run(command: Sequence[str], environments: Sequence[Mapping[str, str]]) -> tuple[int, int | None]:
    """Return the first status that is not 0 and whose it is, or 0 and None; 130 and None after Ctrl-C."""
    processes = [
        subprocess.Popen(
            command,
            env={"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ, **environment},
            stdout=None if number == 0 else subprocess.DEVNULL,
        )
        for number, environment in enumerate(environments)
    ]
    try:
        while True:
            statuses = [process.poll() for process in processes]
            for number, status in enumerate(statuses):
                if status:
                    return status, number
            if all(status == 0 for status in statuses):
                return 0, None
            time.sleep(LOOK_SECONDS)
    except KeyboardInterrupt:
        return 130, None
    finally:
        for process in processes:  # TensorFlow keeps SIGTERM to itself; the checkpoint is whole at any time
            process.kill()
            process.wait()


def _free_ports(n: int) -> list[int]:
    """Return ports below those that systems give away by themselves, so that none is taken meanwhile."""
    found: list[int] = []
    with contextlib.ExitStack() as held:
        for port in random.sample(PORTS, len(PORTS)):
            one = held.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                one.bind(("127.0.0.1", port))
                found.append(port)
            if len(found) == n:
                return found
    raise OSError(
        f"{len(found)} of {n} ports are free between {PORTS[0]} and {PORTS[-1]}; end other programs"
    )


if __name__ == "__main__":
    sys.exit(main())
