"""How sure is a density of itself?

This room fits several flows that differ in their first weights and in the rows that they are stopped by. It
takes vectors [N, D], and a condition where there is one. It gives the log-density of their mean in nats [N],
how far the members' log-densities lie apart, and samples.
"""

from models.quiet import attach_quietly

# TensorFlow is imported when a name is asked for; the names stand in __init__.pyi.
__getattr__, __dir__, __all__ = attach_quietly(__name__, __file__)
