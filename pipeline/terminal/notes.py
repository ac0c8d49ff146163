"""How does the program tell a person something that is no result?"""

import sys

__all__ = ["say"]


def say(sentence: str) -> None:
    """Print a note for the user on standard error."""
    print(sentence, file=sys.stderr, flush=True)
