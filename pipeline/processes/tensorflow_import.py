"""How is TensorFlow imported without its start-up chatter?

Before its logging is set up TensorFlow writes lines about absent accelerators straight to file
descriptor 2, where no log level reaches them. They are held back while it is imported, and shown
when the import fails.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["import_tensorflow"]


def import_tensorflow() -> None:
    """Import TensorFlow and TensorFlow Probability quietly, for repeatable results; costs 3 s once."""
    if "tensorflow_probability" in sys.modules:
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Otherwise TensorFlow imports Keras 3 besides, which nothing here uses: 1.3 s of 4 on two cores.
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
    with _held_back_stderr():
        import tensorflow as tf
        import tensorflow_probability  # noqa: F401

        tf.get_logger().setLevel("ERROR")
        tf.config.experimental.enable_op_determinism()
        # The first operation starts the runtime, which looks for accelerators aloud.
        tf.constant(0.0)


@contextmanager
def _held_back_stderr() -> Iterator[None]:
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except Exception:
            held.seek(0)
            os.write(kept, held.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
