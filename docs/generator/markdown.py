"""How does a table of texts become Markdown?

Conventions: a cell is one line; a bar within it is escaped, and text within backticks stays as it is.
"""

import re
from collections.abc import Iterable, Sequence

__all__ = ["MADE", "code", "one_line", "page", "table"]

MADE = "<!-- Made from the code by `python -m docs.generator`. Change the code, and make the page again. -->"


def page(title: str, opening: str, *parts: str) -> str:
    """Return a whole page that says where it is from."""
    return "\n\n".join([f"# {title}", MADE, opening, *parts]) + "\n"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; no rows give an empty one."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(_cell(text) for text in line)} |" for line in lines)


def code(text: object) -> str:
    """Return a text as code."""
    return f"`{text}`"


def one_line(text: str) -> str:
    """Return a text of several lines as one, each run of white space a space."""
    return " ".join(text.split())


def _cell(text: str) -> str:
    return re.sub(r"(?<!\\)\|", r"\\|", one_line(text))
