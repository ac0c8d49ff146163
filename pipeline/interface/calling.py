"""What holds while a caller's Python waits for the pipeline?

What the verbs tell on standard error is held back, linear algebra works on one thread as in a verb (so the
bits are the same), and what the system refuses becomes a sentence. All of it ends with the call.
"""

import contextlib
import io
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.errors import PipelineError
from pipeline.processes import threads_fixed

__all__ = ["calling"]


@contextmanager
def calling(*, progress: bool) -> Iterator[None]:
    """Let the block work as a verb does.

    Args:
        progress: whether progress and notes are printed on standard error.

    Raises:
        PipelineError: also where the system refused something.
    """
    held_back = contextlib.nullcontext() if progress else contextlib.redirect_stderr(io.StringIO())
    try:
        with threads_fixed(), held_back:
            yield
    except OSError as error:
        raise PipelineError(
            f"{error.strerror or error}: {error.filename or 'the system refused an operation'}"
        ) from error
