"""How does the program tell a person something that is no result?"""

import json
import sys

from pipeline.terminal.verbosity import manner

__all__ = ["say", "tell_error"]


def say(sentence: str) -> None:
    """Print a note for the user on standard error, unless the program is to be quiet."""
    if manner().is_quiet:
        return
    if manner().progress == "json":
        sentence = json.dumps({"event": "note", "text": sentence})
    print(sentence, file=sys.stderr, flush=True)


def tell_error(sentence: str) -> None:
    """Print what went wrong on standard error, however quiet the program is to be."""
    print(f"error: {sentence}", file=sys.stderr, flush=True)
