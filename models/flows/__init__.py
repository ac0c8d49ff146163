"""How is the density of a vector learned?

This room turns a description of a flow into the flow, fits it, evaluates it, draws from it, and saves it. It
takes vectors [N, D], and a condition where there is one. It gives log-densities in nats [N], samples, the
gradient of a score along a path, and named arrays of what was fitted.
"""

from models.quiet import attach_quietly

# TensorFlow is imported when a name is asked for; the names stand in __init__.pyi.
__getattr__, __dir__, __all__ = attach_quietly(__name__, __file__)
