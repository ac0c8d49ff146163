"""How unlikely are the frames of a clip, given their place and the frames before them?

This room holds the detector that models frames: their density given a context, causal networks that make the
context, and the copies that it is fitted to. It takes log-mel frames in decibel [N, T, M]. It gives what
``models.detector`` promises: log-likelihoods and scores in nats.
"""

from models.quiet import attach_quietly

# TensorFlow is imported when a name is asked for; the names stand in __init__.pyi.
__getattr__, __dir__, __all__ = attach_quietly(__name__, __file__)
