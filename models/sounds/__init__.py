"""How unlikely is a recording as one more of the same machine, heart or room?

This room holds the detector of sounds without a beginning or an end: neighbours at their own distances in
several views, on one scale. It takes statistics of whole recordings [N, D], one view beside the other. It
gives what ``models.detector`` promises: log-likelihoods in nats, and scores.
"""

from models.quiet import attach_quietly

# TensorFlow is imported when a name is asked for; the names stand in __init__.pyi.
__getattr__, __dir__, __all__ = attach_quietly(__name__, __file__)
