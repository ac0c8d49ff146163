"""How does a program in Python fit a detector and use it?

This room does for callers in Python what the verbs do in a terminal: the same stages, run folders and
scores. It takes folders, files, or waveforms with a sample rate. It gives a detector, scores, tables, and an
estimator of scikit-learn.
"""

import lazy_loader

# scikit-learn is imported when its estimator is asked for; the names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
