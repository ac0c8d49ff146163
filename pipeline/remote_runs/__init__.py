"""How does a run that stands in a store elsewhere come to this machine, and go back?

This room keeps a working copy of a run in the cache. It takes the URL of the run's folder in anything that
fsspec reads and writes. It gives a local run folder, and sends what a verb changed.
"""

from pipeline.remote_runs.here import name_of_run, run_here, send_changes

__all__ = ["name_of_run", "run_here", "send_changes"]
