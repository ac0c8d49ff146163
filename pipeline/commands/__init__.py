"""What does a user type, and which exit status comes back?

This room holds the verbs and the order of the stages. It takes the words of the command line. It gives
results on standard output, everything else on standard error, and an exit status.
"""

import lazy_loader

# The order of the stages is imported when it is asked for; the names stand in __init__.pyi.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
