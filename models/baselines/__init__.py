"""What must a flow beat?

This room holds detectors without a flow: a shrunk Gaussian, nearest neighbours, a one-class support vector
machine, and the supervised classifier that is the ceiling. They take training vectors [N, D]. They give
scores [M] of other vectors, higher for stranger.
"""

from models.quiet import attach_quietly

# TensorFlow is imported when a name is asked for; the names stand in __init__.pyi.
__getattr__, __dir__, __all__ = attach_quietly(__name__, __file__)
