"""How is TensorFlow imported without its start-up chatter?

Its lines about absent accelerators (``models.quiet``) are held back while it is imported, and shown when the
import fails.
"""

import ctypes
import os
import sys

from models.quiet import held_back_standard_error, prepare_tensorflow
from pipeline.errors import PipelineError
from pipeline.processes.threads import TENSORFLOW_THREADS
from pipeline.terminal import waiting

__all__ = ["find_accelerators", "import_tensorflow"]

# M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of glibc's malloc.h, and bytes.
_THRESHOLDS = {"MALLOC_TRIM_THRESHOLD_": (-1, 32 << 20), "MALLOC_MMAP_THRESHOLD_": (-3, 4 << 20)}


def import_tensorflow() -> None:
    """Import TensorFlow and TensorFlow Probability quietly, for repeatable results; costs 3 s once.

    Raises:
        PipelineError: TensorFlow has worked in this process already, with other threads.
    """
    if "tensorflow_probability" in sys.modules:
        return
    prepare_tensorflow()
    _give_back_large_arrays()
    with waiting("loading TensorFlow"), held_back_standard_error(show_if_it_fails=True):
        import tensorflow as tf

        tf.get_logger().setLevel("ERROR")
        tf.config.experimental.enable_op_determinism()
        try:
            tf.config.threading.set_intra_op_parallelism_threads(TENSORFLOW_THREADS)
        except RuntimeError as error:
            n_threads = tf.config.threading.get_intra_op_parallelism_threads()
            raise PipelineError(
                f"TensorFlow was used in this process before, with {n_threads or 'any number of'} threads, "
                f"and scores have the same bits everywhere with {TENSORFLOW_THREADS}; fit or load a run "
                "before it is used, or in a process of its own"
            ) from error
        import tensorflow_probability  # noqa: F401

        # The first operation starts the runtime, which looks for accelerators aloud.
        tf.constant(0.0)


def find_accelerators() -> list[str]:
    """Return the names of the devices that TensorFlow can use beside the processor; imports it."""
    import_tensorflow()
    import tensorflow as tf

    names = [device.name.removeprefix("/physical_device:") for device in tf.config.list_physical_devices()]
    return [name for name in names if not name.startswith("CPU")]


def _give_back_large_arrays() -> None:
    """Let the system have the memory of each array of 4 MB or more as soon as the array is gone.

    glibc raises its own threshold with what is freed, up to 32 MB, and keeps what lies between other memory:
    300 MB of a training's copies of 1,373 clips, for as long as the process scores and reports after it.
    Of smaller ones 32 MB are kept: memory that is had anew is filled with zeros first, and the scores of
    blocks of clips, whose arrays come and go, took 1.8 times as long where all was given back.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None and not _THRESHOLDS.keys() & os.environ.keys():
        for number, size in _THRESHOLDS.values():
            mallopt(number, size)
