"""Does a result have the same bits whatever the number of cores?"""

import hashlib
import subprocess
import sys

import pytest

from pipeline.processes import call_isolated, import_tensorflow
from pipeline.processes.threads import TENSORFLOW_THREADS
from tests.command import environment

# Directions of nearly no variance, where the last digits of a sum turn whole eigenvectors.
EIGENVECTORS = """
import os, sys
if sys.argv[1] == "one" and hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
if sys.argv[2] == "loaded":
    import numpy
from pipeline.processes import fix_threads
fix_threads()
import numpy
rows = numpy.random.default_rng(0).standard_normal((300, 640)).astype(numpy.float32)
sys.stdout.buffer.write(numpy.linalg.eigh(numpy.cov(rows.T))[1].tobytes())
"""


@pytest.mark.parametrize("loaded", ["loaded", "not loaded"])
def test_eigenvectors_do_not_depend_on_the_number_of_cores(loaded: str) -> None:
    found = {
        hashlib.sha256(
            subprocess.run(
                [sys.executable, "-c", EIGENVECTORS, cores, loaded],
                env={key: value for key, value in environment().items() if not key.endswith("_THREADS")},
                stdout=subprocess.PIPE,
                check=True,
                timeout=200,
            ).stdout
        ).hexdigest()
        for cores in ("one", "all")
    }
    assert len(found) == 1


def test_tensorflow_cuts_its_work_into_the_same_parts_everywhere() -> None:
    # In a process of its own, for another test may have imported TensorFlow by itself.
    assert call_isolated("killed", threads_of_tensorflow) == TENSORFLOW_THREADS


def threads_of_tensorflow() -> int:
    import_tensorflow()
    import tensorflow as tf

    return int(tf.config.threading.get_intra_op_parallelism_threads())
