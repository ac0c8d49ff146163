"""What does a user type, and which exit status comes back?

This room holds the verbs and the order of the stages, which it alone imports. It takes the words of the
command line. It gives results on standard output, everything else on standard error, and an exit status.
"""

from pipeline.commands.cli import main

__all__ = ["main"]
