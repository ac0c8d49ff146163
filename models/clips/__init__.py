"""How unlikely is a clip as one vector?

This room holds the plain detector: one flow over the flattened features. It takes clips [N, ...]. It gives
what ``models.detector`` promises: log-likelihoods and scores in nats.
"""

import lazy_loader

# TensorFlow is imported when a name is asked for; the names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
