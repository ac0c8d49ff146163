"""Where is work done?

This room maps one function over many batches by the engine of the moment (this process, processes beside it,
or the workers of a Dask scheduler), makes one call in a process of its own so that its memory is given back,
and keeps libraries from writing to the terminal. It takes functions of a module and their arguments. It gives
their results in order.
"""

from pipeline.processes.allocation import settle_allocation
from pipeline.processes.cluster import DaskEngine
from pipeline.processes.engine import WorkerKilled
from pipeline.processes.isolation import call_isolated
from pipeline.processes.local import available_cores
from pipeline.processes.parallel import engine_of_the_moment, map_batches, mapping, working_with
from pipeline.processes.tensorflow_import import find_accelerators, import_tensorflow
from pipeline.processes.threads import TENSORFLOW_THREADS, fix_threads, threads_fixed

__all__ = [
    "TENSORFLOW_THREADS",
    "DaskEngine",
    "WorkerKilled",
    "available_cores",
    "call_isolated",
    "engine_of_the_moment",
    "find_accelerators",
    "fix_threads",
    "import_tensorflow",
    "map_batches",
    "mapping",
    "settle_allocation",
    "threads_fixed",
    "working_with",
]
