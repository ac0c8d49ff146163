"""An audio anomaly-detection pipeline: corpus, features, flow, scores, report.

``fit`` learns what one kind of sound is like and gives a ``Detector``; ``load_run`` gives that of a run
folder. Nothing of it is imported before it is asked for.
"""

import lazy_loader

__version__ = "0.1.0"

# The names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
