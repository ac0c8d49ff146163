"""What is a flow made of?

This room holds bijectors: autoregressive and coupling layers over masked networks, and what stands between
them (permutations, linear maps, normalisation). They take tensors [N, D], and a condition [N, C] where there
is one. They give tensors [N, D] and the log-determinant of the Jacobian in nats.
"""

from models.quiet import attach_quietly

# TensorFlow is imported when a name is asked for; the names stand in __init__.pyi.
__getattr__, __dir__, __all__ = attach_quietly(__name__, __file__)
