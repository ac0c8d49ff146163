"""How does a verb print what it is for: as text, or as JSON?

Nothing else goes to standard output.
"""

import json
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

import click

__all__ = ["JSON_ASKED", "print_result"]

JSON_ASKED = "audio-anomaly.json"  # in click's memory of one call


def print_result(text: str | Callable[[], str], **result: Any) -> None:
    """Print what a verb is for on standard output: as text, or with ``--json`` as one line of JSON.

    Args:
        text: or a function that makes it, which is called where it is printed.
        **result: the same for programs; numbers that are not finite become null.
    """
    if click.get_current_context().meta.get(JSON_ASKED):
        print(json.dumps(_plain(result), allow_nan=False), flush=True)
    else:
        print(text() if callable(text) else text, flush=True)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if isfinite(value) else None
    return value if value is None or isinstance(value, (bool, int)) else str(value)
