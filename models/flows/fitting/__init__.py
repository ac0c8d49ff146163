"""How is a density fitted?

This room maximises a log-likelihood with early stopping, several optimiser steps in one compiled call. It
takes a function from rows to log-densities, its variables, training and validation rows, and the options of
the fit. It gives the variables of the best epoch and the history, a mean log-likelihood in nats for each
epoch.
"""

from models.quiet import attach_quietly

# TensorFlow is imported when a name is asked for; the names stand in __init__.pyi.
__getattr__, __dir__, __all__ = attach_quietly(__name__, __file__)
