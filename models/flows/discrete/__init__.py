"""What is the density of a row of which some features are whole numbers?

This room has the two ways in which a flow of continuous features gives masses to whole numbers: exactly, by
differences of cumulative distributions, or by dequantisation. It takes rows [..., D], and the place, least
and greatest number of each discrete feature. It gives log-densities in nats [...] by counting measure for
those features and Lebesgue measure for the others, and samples whose discrete features are whole numbers.
"""

from models.quiet import attach_quietly

# TensorFlow is imported when a name is asked for; the names stand in __init__.pyi.
__getattr__, __dir__, __all__ = attach_quietly(__name__, __file__)
