"""How are the tables of the MAF paper read, prepared and split as the paper's own code does it?

This room reads POWER, HEPMASS, MINIBOONE and BSDS300 from the files that their owners publish, or from the
arrays that the paper's authors made of them (GAS is a plain table, see the preset ``gas``). It takes a path.
It gives float32 rows in three parts, and the paper's figures to set beside one's own.
"""

from pipeline.density.published.figures import PAPER_NATS, PAPER_ROWS
from pipeline.density.published.opening import files_of, read_published

__all__ = ["PAPER_NATS", "PAPER_ROWS", "files_of", "read_published"]
