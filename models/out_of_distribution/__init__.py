"""Is a row from where the training rows of a density are from?

This room turns a fitted flow, or anything with a ``log_prob``, into scores of rows that were published for
this question. It takes the density, rows [N, D], and where a score compares with what is usual, reference
rows [M, D]. It gives float64 [N], higher for stranger rows, never NaN; what lies outside of the arithmetic is
infinity.
"""

from models.quiet import attach_quietly

# TensorFlow is imported when a name is asked for; the names stand in __init__.pyi.
__getattr__, __dir__, __all__ = attach_quietly(__name__, __file__)
