"""Which whole pages of the experiment have a name, and how does a user change one number of them?"""

import sys
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from pipeline.density.settings import DensitySettings
from pipeline.errors import ConfigurationError, nearest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["PRESETS", "resolve_density_settings"]

# Time and the concentrations of the two gases: what the recording was made under, not what it measured.
_GAS_COLUMNS = ("X1", "X2", "X3")

PRESETS: dict[str, dict[str, dict[str, Any]]] = {
    # Papamakarios et al. 2017, the set called GAS.
    "gas": {"rows": {"drop": _GAS_COLUMNS}},
    # Keydana 2019: all rows, half of them tested on. Part of the training half decides when to stop.
    "blog": {"rows": {"drop": _GAS_COLUMNS, "share": 1.0, "test_share": 0.5}},
    # Any other table: every row and every column counts.
    "table": {"rows": {"share": 1.0}},
}


def resolve_density_settings(
    preset: str, overrides: Iterable[str] = (), **options: Mapping[str, Any] | int
) -> DensitySettings:
    """Return the preset's page with the user's changes.

    Args:
        preset: a name of ``PRESETS``.
        overrides: ``section.key=value`` each, the value written as TOML (a bare word is text).
        **options: further fields of ``DensitySettings``; a section's fields as a mapping.

    Raises:
        ConfigurationError: unknown preset, section or key (the nearest is suggested), or a bad value.
    """
    if preset not in PRESETS:
        raise ConfigurationError(
            f"preset {preset!r} is unknown{nearest(preset, PRESETS)}; use one of {', '.join(PRESETS)}"
        )
    page: dict[str, Any] = {
        "preset": preset,
        **{name: dict(section) for name, section in PRESETS[preset].items()},
    }
    for name, value in options.items():
        if isinstance(value, Mapping):
            page.setdefault(name, {}).update(value)
        else:
            page[name] = value
    for override in overrides:
        section, key, value = _parse(override)
        page.setdefault(section, {})[key] = value
    try:
        return DensitySettings.model_validate(page)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"{key}={first['input']!r} cannot be used: {first['msg']}") from error


def _parse(override: str) -> tuple[str, str, Any]:
    key, separator, text = override.partition("=")
    key = key.strip()
    if not separator:
        raise ConfigurationError(f"--set {override!r} has no '='; write --set section.key=value")
    known = [
        f"{name}.{leaf}"
        for name, field in DensitySettings.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        for leaf in field.annotation.model_fields
    ]
    if key not in known:
        raise ConfigurationError(
            f"configuration key {key!r} is unknown{nearest(key, known)}; the sections are "
            f"{', '.join(dict.fromkeys(name.partition('.')[0] for name in known))}"
        )
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except ValueError:
        value = text.strip()
    section, _, leaf = key.partition(".")
    return section, leaf, value
