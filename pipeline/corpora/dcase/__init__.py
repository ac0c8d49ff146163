"""Which recordings does a folder in the layout of task 2 of DCASE hold?

This room reads the names of that task's files, of all its years, and chooses what is held out of a part for
training. It takes a path and the name of a machine. It gives a ``Corpus`` of that machine, whose clips have a
section, a domain and a condition.
"""

from pipeline.corpora.dcase.names import held_out, read_name
from pipeline.corpora.dcase.opening import dcase_machines, is_machine, open_dcase

__all__ = ["dcase_machines", "held_out", "is_machine", "open_dcase", "read_name"]
