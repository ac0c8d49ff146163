"""How are changed copies of a clip made?

This room makes mild copies, which are still of the class, and distorted ones, which no longer are. It takes
log-mel frames in decibel [N, T, M] and a seeded generator. It gives copies of the same shape.
"""

from models.quiet import attach_quietly

# TensorFlow is imported when a name is asked for; the names stand in __init__.pyi.
__getattr__, __dir__, __all__ = attach_quietly(__name__, __file__)
