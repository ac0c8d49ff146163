"""How are several flows fitted one after another without keeping the memory of each?

Each in a process of its own: what TensorFlow compiles for a flow of ten layers takes some 400 MB, and is
given back only when its process ends.
"""

import multiprocessing
import sys
from multiprocessing.connection import Connection

from pipeline.density.fitting import FittedFlow, fit_flow
from pipeline.density.preprocessing import PreparedRows
from pipeline.density.settings import DensitySettings
from pipeline.errors import PipelineError
from pipeline.parallel import interrupts_held_back

__all__ = ["fit_flow_apart"]


def fit_flow_apart(rows: PreparedRows, settings: DensitySettings) -> FittedFlow:
    """Do ``fit_flow`` in a process of its own, which writes its lines of progress to standard error.

    Raises:
        PipelineError: as ``fit_flow``, or the process was killed.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    worker = context.Process(target=_work, args=(sender, rows, settings), daemon=True)
    try:
        with interrupts_held_back():
            worker.start()
        sender.close()
        found = receiver.recv()
    except (EOFError, BrokenPipeError) as error:
        raise PipelineError(
            "the process that fitted a flow was killed, perhaps for want of memory; use fewer --rows"
        ) from error
    finally:
        if worker.pid is not None:
            worker.terminate()  # after Ctrl-C it would go on for hours
            worker.join()
        receiver.close()
    if isinstance(found, Exception):
        raise found
    fitted: FittedFlow = found
    return fitted


def _work(sender: Connection, rows: PreparedRows, settings: DensitySettings) -> None:
    try:
        sender.send(fit_flow(rows, settings, _say))
    except PipelineError as error:
        sender.send(error)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
