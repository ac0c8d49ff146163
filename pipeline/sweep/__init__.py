"""Which clips of a whole corpus are probably under a wrong name?

This room judges every clip by models of all classes that were fitted to no clip of its speaker. It takes a
run's features. It gives one list over all classes, the clip to listen to first at its head, and one page.
"""

from pipeline.sweep.terminal_table import most_wrong_class, sweep_result, sweep_table

__all__ = ["most_wrong_class", "sweep_result", "sweep_table"]
