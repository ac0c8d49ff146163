"""Which map takes one noise variable to one feature?

This room holds bijectors of single features: shift and scale, splines, maps of the circle, integrals of
positive networks, and the ends of a feature's range. They take tensors [..., D] and parameters [..., P, D].
They give tensors [..., D], and the log-determinant of the Jacobian in nats.
"""

from models.quiet import attach_quietly

# TensorFlow is imported when a name is asked for; the names stand in __init__.pyi.
__getattr__, __dir__, __all__ = attach_quietly(__name__, __file__)
