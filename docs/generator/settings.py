"""Which settings are there, with their defaults, bounds and reasons, and what does each preset change?"""

import types
import typing
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from docs.generator.markdown import code, one_line, page, table
from pipeline.settings.page import Settings
from pipeline.settings.presets import PRESETS

__all__ = ["settings_page"]

OPENING = """\
Every number of a run, with its default, what it may be, and its unit and reason. `--set section.key=value`
changes one; the value is written as TOML, and a bare word is text: `--set features.n_mels=64`, `--set
'model.hidden_units=[64, 64]'`. A key that is not known is an error that names the nearest one.
`audio-anomaly doctor --settings` prints the same list. The settings of the tabular experiment are options
of the verb [`density`](commands.md#density)."""
PRESET_OPENING = """\
A preset starts from the defaults above and changes these. What a preset is for: [how to choose a
preset](../how-to/presets.md)."""
SIGNS = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤", "multiple_of": "a multiple of"}
NAMES = {bool: "true or false", int: "whole number", float: "number", str: "text"}


def settings_page() -> str:
    """Return the page."""
    single, sections = {}, {}
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            sections[name] = kind
        else:
            single[name] = field
    parts = ["## The run", _fields("", single)]
    for name, section in sections.items():
        parts += [f"## {name}", one_line(section.__doc__ or ""), _fields(f"{name}.", section.model_fields)]
    parts += ["## Presets", PRESET_OPENING]
    for preset, changes in PRESETS.items():
        parts += [f"### {preset}", _changes(changes)]
    return page("Settings and presets", OPENING, *parts)


def _fields(prefix: str, fields: Mapping[str, FieldInfo]) -> str:
    rows = [
        (code(prefix + name), code(shown(field.default)), allowed(field), field.description or "")
        for name, field in fields.items()
    ]
    return table(("setting", "default", "may be", "unit and reason"), rows)


def _changes(changes: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        (code(f"{section}.{key}"), code(shown(value)))
        for section, values in changes.items()
        for key, value in values.items()
    ]
    return table(("setting", "value"), rows)


def shown(value: object) -> str:
    """Return a value as a user writes it, in TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(shown(item) for item in value)}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def allowed(field: FieldInfo) -> str:
    """Return which values a field takes."""
    bounds = _bounds(field.metadata)
    return f"{_kind(field.annotation)}{', ' if bounds else ''}{bounds}"


def _kind(annotation: Any) -> str:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return ", ".join(code(value) for value in arguments)
    if origin is tuple:
        return f"list of: {_kind(arguments[0])}"
    if origin is typing.Annotated:
        bounds = _bounds(arguments[1:])
        return f"{_kind(arguments[0])}{', ' if bounds else ''}{bounds}"
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_kind(argument) for argument in arguments)
    return NAMES.get(annotation, str(annotation))


def _bounds(metadata: Iterable[Any]) -> str:
    found = [
        f"{sign} {getattr(bound, name):,}"
        for bound in metadata
        for name, sign in SIGNS.items()
        if getattr(bound, name, None) is not None
    ]
    return ", ".join(found)
