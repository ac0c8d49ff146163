"""How unlikely is a clip as one vector?

This room holds the plain detector: one flow over the flattened features. It takes clips [N, ...]. It gives
what ``models.detector`` promises: log-likelihoods and scores in nats.
"""

from models.quiet import attach_quietly

# TensorFlow is imported when a name is asked for; the names stand in __init__.pyi.
__getattr__, __dir__, __all__ = attach_quietly(__name__, __file__)
