"""How is TensorFlow imported without its start-up chatter?

Its lines about absent accelerators (``models.quiet``) are held back while it is imported, and shown when the
import fails.
"""

import sys

from models.quiet import held_back_standard_error, prepare_tensorflow
from pipeline.errors import PipelineError
from pipeline.processes.allocation import settle_allocation
from pipeline.processes.threads import TENSORFLOW_THREADS
from pipeline.terminal import waiting

__all__ = ["find_accelerators", "import_tensorflow"]


def import_tensorflow() -> None:
    """Import TensorFlow and TensorFlow Probability quietly, for repeatable results; costs 3 s once.

    Raises:
        PipelineError: TensorFlow has worked in this process already, with other threads.
    """
    if "tensorflow_probability" in sys.modules:
        return
    prepare_tensorflow()
    settle_allocation()
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
