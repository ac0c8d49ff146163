"""How does a fold give its memory back?

The graphs of a fit are never freed within a process (0.25 GB a fit of the default preset): each fold's
work is done in a process of its own, started afresh, and what it says is handed on when it ends.
"""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import ParamSpec, TypeVar

from pipeline.errors import PipelineError

__all__ = ["call_apart", "call_here"]

Arguments = ParamSpec("Arguments")
Outcome = TypeVar("Outcome")


def call_here(
    function: Callable[Arguments, Outcome], *given: Arguments.args, **named: Arguments.kwargs
) -> Outcome:
    """Return what the function returns, called in this process."""
    return function(*given, **named)


def call_apart(
    function: Callable[Arguments, Outcome], *given: Arguments.args, **named: Arguments.kwargs
) -> Outcome:
    """Return what the function returns, called in a process of its own; all must be picklable.

    Raises:
        PipelineError: the process was killed, or what the function raised.
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            return pool.submit(function, *given, **named).result()
        except BrokenProcessPool as error:
            raise PipelineError(
                "the process that fitted a fold was killed, most often for want of memory; end other "
                "programs and run again: the folds that are done are kept"
            ) from error
