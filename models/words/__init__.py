"""How unlikely is a clip as a spoken word?

This room holds the detector of the default preset: it aligns a clip to the class's template, and sums
likelihood ratios of flows over several views of it with a few terms of its own. It takes log-mel frames in
decibel [N, T, M]. It gives what ``models.detector`` promises: log-likelihoods and scores in nats.
"""

from models.quiet import attach_quietly

# TensorFlow is imported when a name is asked for; the names stand in __init__.pyi.
__getattr__, __dir__, __all__ = attach_quietly(__name__, __file__)
