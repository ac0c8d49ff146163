"""How does a named page of settings become a user's own, checked?

A page is a frozen pydantic model of sections. Changes are ``section.key=value`` texts, the value written
as TOML, where a bare word is text.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.errors import ConfigurationError, nearest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["Section", "first_error", "known_keys", "resolve_page"]


class Section(BaseModel):
    """Settings that are frozen, finite, and know all their keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Page = TypeVar("Page", bound=Section)


def resolve_page(
    page_type: type[Page],
    presets: Mapping[str, Mapping[str, Mapping[str, Any]]],
    preset: str,
    overrides: Iterable[str],
    options: Mapping[str, Any],
    *,
    keys: list[str],
    advise: Callable[[str], str],
) -> Page:
    """Return the preset's page with the user's changes.

    Args:
        page_type: the whole page.
        presets: what each name changes of the page's defaults, by section.
        preset: a name of ``presets``.
        overrides: ``key=value`` each, applied last.
        options: further fields of the page; a section's fields as a mapping.
        keys: what an override may name.
        advise: what to say of an unknown key, after "is unknown".

    Raises:
        ConfigurationError: unknown preset or key, or a bad value.
    """
    if preset not in presets:
        raise ConfigurationError(
            f"preset {preset!r} is unknown{nearest(preset, presets)}; use one of {', '.join(presets)}"
        )
    page: dict[str, Any] = {
        "preset": preset,
        **{name: dict(section) for name, section in presets[preset].items()},
    }
    for name, value in options.items():
        if isinstance(value, Mapping):
            page.setdefault(name, {}).update(value)
        else:
            page[name] = value
    for override in overrides:
        key, value = _parse(override)
        if key not in keys:
            raise ConfigurationError(f"configuration key {key!r} is unknown{advise(key)}")
        section, _, leaf = key.rpartition(".")
        (page.setdefault(section, {}) if section else page)[leaf] = value
    try:
        return page_type.model_validate(page)
    except ValidationError as error:
        key, message = first_error(error)
        raise ConfigurationError(f"{key}={error.errors()[0]['input']!r} cannot be used: {message}") from error


def known_keys(page_type: type[Section]) -> list[str]:
    """Return every key of a page: ``section.key`` within sections, and the names of single fields."""
    keys = []
    for name, field in page_type.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            keys += [f"{name}.{key}" for key in field.annotation.model_fields]
        else:
            keys.append(name)
    return keys


def first_error(error: ValidationError) -> tuple[str, str]:
    """Return the key that a page was first found wrong at, and why."""
    first = error.errors()[0]
    return ".".join(str(part) for part in first["loc"]), first["msg"]


def _parse(override: str) -> tuple[str, Any]:
    key, separator, text = override.partition("=")
    if not separator:
        raise ConfigurationError(f"--set {override!r} has no '='; write --set section.key=value")
    try:
        return key.strip(), tomllib.loads(f"value = {text}")["value"]
    except ValueError:
        return key.strip(), text.strip()
