"""How many threads may share one sum, so that it has the same bits on each machine?

A product or a decomposition that is cut among threads is summed in another order, and its last digits move
with the number of cores: eigenvectors of nearly equal eigenvalues turn altogether. So the libraries of linear
algebra work on one thread (an evaluation of 3,900 clips takes as long as with two), and TensorFlow cuts its
work into the same number of parts everywhere. The program's own processes are what uses the cores.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["TENSORFLOW_THREADS", "fix_threads", "threads_fixed"]

# Of an ordinary laptop. With fewer cores they take turns.
TENSORFLOW_THREADS = 4

# OpenBLAS (of NumPy's and SciPy's wheels), MKL, BLIS and Apple's Accelerate read these when they are loaded.
_OF_LINEAR_ALGEBRA = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


def fix_threads() -> None:
    """Let linear algebra work on one thread, in this process and those that it starts."""
    os.environ.update(dict.fromkeys(_OF_LINEAR_ALGEBRA, "1"))
    if "numpy" in sys.modules:  # it has read them already
        from threadpoolctl import threadpool_limits

        threadpool_limits(1, user_api="blas")


@contextmanager
def threads_fixed() -> Iterator[None]:
    """Let linear algebra work on one thread within the block, in this process and those that it starts."""
    from threadpoolctl import threadpool_limits

    before = {name: os.environ.get(name) for name in _OF_LINEAR_ALGEBRA}
    os.environ.update(dict.fromkeys(_OF_LINEAR_ALGEBRA, "1"))
    try:
        with threadpool_limits(1, user_api="blas"):
            yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
