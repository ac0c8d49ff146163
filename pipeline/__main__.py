"""``python -m pipeline`` and the console script ``audio-anomaly``: the program as a process.

Python's own end of a process takes TensorFlow apart object by object, 1.2 seconds on two cores. All that
the program has opened is closed when ``main`` ends, so the process leaves without that.
"""

import atexit
import os
import sys
from contextlib import suppress
from typing import NoReturn

from pipeline.commands import main

__all__ = ["run"]


def run() -> NoReturn:
    """Run the program, and end the process with its exit status."""
    try:
        main()
    except SystemExit as ended:
        if not isinstance(ended.code, int):
            raise
        atexit._run_exitfuncs()  # what libraries leave for the end
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):  # told by main
                stream.flush()
        os._exit(ended.code)


if __name__ == "__main__":
    run()
