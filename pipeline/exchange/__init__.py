"""How do other programs for people who clean sound data get what a run found, and give back what was judged?

This room writes the list of a run or of a sweep in forms that other programs read, and reads the annotations
that Label Studio exports. It takes a run folder and the verdicts on its clips. It gives files, and verdicts.
"""

from pipeline.exchange.annotations import read_annotations
from pipeline.exchange.export import export_list
from pipeline.exchange.listed import read_listed_run

__all__ = ["export_list", "read_annotations", "read_listed_run"]
