"""How does a value become text that is safe to show and easy to read?

Conventions: names of files, folders and speakers are hostile until they went through ``visible``,
which leaves no character that is invisible or changes the direction of its neighbours. Markup is
only ever made by ``markupsafe``, which escapes. A missing or undefined number is an en dash.
"""

import math
import unicodedata
from typing import Any

from markupsafe import Markup

__all__ = [
    "AREA_DIGITS",
    "MISSING",
    "area",
    "count",
    "isolated",
    "name",
    "number",
    "quoted",
    "signed",
    "significant",
    "visible",
]

AREA_DIGITS = 3  # two would call an AUROC of 0.998 a perfect 1.00
MISSING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
# Letters by category, yet nothing to see: Hangul fillers and the blank Braille pattern.
_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"
_HIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def visible(text: Any) -> str:
    """Return text in which each control, bidirectional or invisible character stands as a sign.

    Control characters become the control pictures of Unicode, such as the one for a line feed;
    every other hidden character becomes its code point, such as ``[U+202E]``.
    """
    return "".join(_shown(character) for character in str(text))


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _HIDDEN_CATEGORIES and character not in _BLANK_LETTERS:
        return character
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "\N{SYMBOL FOR DELETE}" if code == 0x7F else f"[U+{code:04X}]"


def isolated(text: Any) -> str:
    """Return a name for a plain-text place (attributes, SVG), kept from reordering what is around it."""
    return f"\N{FIRST STRONG ISOLATE}{visible(text)}\N{POP DIRECTIONAL ISOLATE}"


def name(text: Any) -> Markup:
    """Return a name as HTML, isolated from the direction of the text around it."""
    return Markup("<bdi>{}</bdi>").format(visible(text))


def quoted(text: Any) -> Markup:
    """Return a name as HTML between quotation marks."""
    return Markup("\N{LEFT DOUBLE QUOTATION MARK}{}\N{RIGHT DOUBLE QUOTATION MARK}").format(name(text))


def number(value: float | None, digits: int = 2) -> str:
    """Return a number with a fixed count of decimals, a true minus sign and grouped thousands."""
    if value is None or math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "\N{INFINITY}" if value > 0 else f"{MINUS}\N{INFINITY}"
    text = f"{abs(value):,.{digits}f}"
    return f"{MINUS}{text}" if value < 0 and text.strip("0.,") else text


def area(value: float | None) -> str:
    """Return an area under a curve, or a bound of one."""
    return number(value, AREA_DIGITS)


def signed(value: float | None, digits: int = 2) -> str:
    """Return a difference with its sign; one that rounds to zero has none."""
    text = number(value, digits)
    return f"+{text}" if value is not None and value > 0 and text.strip("0.,") else text


def significant(value: float | None, n: int = 3) -> str:
    """Return a number with about ``n`` significant digits, for a quantity of any unit and size."""
    if value is None or not math.isfinite(value) or value == 0:
        return number(value, 0)
    digits = max(0, n - 1 - math.floor(math.log10(abs(value))))
    text = number(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


def count(n: int, singular: str, plural: str = "") -> str:
    """Return a count with its noun, such as ``1 word`` or ``1,200 words``."""
    return f"{n:,} {singular if n == 1 else plural or singular + 's'}"
