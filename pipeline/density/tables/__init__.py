"""How is a file of numbers read, whatever its format?

This room reads text and Parquet in batches, and tells the place of whatever is no number. It takes a path.
It gives batches of float64 rows, and never holds all of them.
"""

from pipeline.density.tables.number_table import NumberTable
from pipeline.density.tables.opening import check_regular_file, open_number_table

__all__ = ["NumberTable", "check_regular_file", "open_number_table"]
