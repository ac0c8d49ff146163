"""How do two runs differ?

This room sets two runs over the same clips side by side. It takes their folders. It gives a page with paired
differences and the clips that moved most.
"""

from pipeline.compare.runs import read_pair

__all__ = ["read_pair"]
