"""Which whole pages of settings have a name, and how does a user change one number of them?"""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from pipeline.artefacts import read_toml
from pipeline.errors import ArtefactError, ConfigurationError, nearest
from pipeline.settings import Settings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["PRESETS", "read_settings", "resolve_settings"]

# Small networks for wide inputs: with D inputs a layer holds about 3 D H weights. At D = 25,186 and
# H = 64 that is 4.8 million, and Adam's state for three layers stays below 200 MB.
_WIDE = {"n_layers": 3, "hidden_units": (64,)}

PRESETS: dict[str, dict[str, dict[str, Any]]] = {
    "default": {
        "features": {"kind": "aligned"},
        "model": {"kind": "template", "hidden_units": (128, 128)},
        "training": {"max_epochs": 60, "patience": 8},
    },
    # Keydana 2019: 10 MAFs, two hidden layers of 512, tanh, batch normalisation after each, order
    # reversed, Adam 1e-3, batch 100; the log-scale is free and nothing stops the training early.
    "legacy": {
        "features": {"kind": "legacy"},
        "model": {
            "kind": "flow",
            "n_layers": 10,
            "hidden_units": (512, 512),
            "normalization": "batch",
            "log_scale_bound": 0.0,
        },
        "training": {"max_epochs": 10, "patience": 0, "clip_norm": 0.0},
    },
    "fft": {"features": {"kind": "fft"}, "model": {"kind": "flow"}},
    "logmel": {
        "features": {"kind": "logmel"},
        "model": {"kind": "flow", "n_layers": 3, "hidden_units": (128,)},
    },
    "aligned": {
        "features": {"kind": "aligned"},
        "model": {"kind": "flow", "n_layers": 3, "hidden_units": (128,)},
    },
    "stft": {"features": {"kind": "stft"}, "model": {"kind": "flow", **_WIDE}},
    "waveform": {"features": {"kind": "waveform"}, "model": {"kind": "flow", **_WIDE}},
}


def resolve_settings(
    preset: str, overrides: Iterable[str] = (), **options: Mapping[str, Any] | str | int
) -> Settings:
    """Return the preset's page with the user's changes.

    Args:
        preset: a name of ``PRESETS``.
        overrides: ``section.key=value`` each, the value written as TOML (a bare word is text).
        **options: further fields of ``Settings``; a section's fields as a mapping.

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
        _apply(page, override)
    try:
        return Settings.model_validate(page)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"{key}={first['input']!r} cannot be used: {first['msg']}") from error


def read_settings(path: Path) -> Settings:
    """Read the settings that a run was made with.

    Args:
        path: its ``config.toml``.

    Raises:
        ArtefactError: the file is damaged or of another version.
    """
    try:
        return Settings.model_validate(read_toml(path))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ArtefactError(
            f"{path} is no configuration of this version: {key}: {first['msg']}; name another run folder"
        ) from error


def _known_keys() -> list[str]:
    keys = []
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            keys += [f"{name}.{key}" for key in field.annotation.model_fields]
        else:
            keys.append(name)
    return keys


def _apply(page: dict[str, Any], override: str) -> None:
    key, separator, text = override.partition("=")
    key = key.strip()
    if not separator:
        raise ConfigurationError(f"--set {override!r} has no '='; write --set section.key=value")
    known = _known_keys()
    if key not in known:
        close = nearest(key, known) or next(
            (f"; did you mean {k!r}?" for k in known if k.endswith(f".{key}")), ""
        )
        raise ConfigurationError(
            f"configuration key {key!r} is unknown{close or '; `audio-anomaly doctor --settings` lists them'}"
        )
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except ValueError:
        value = text.strip()
    section, _, leaf = key.rpartition(".")
    if section:
        page.setdefault(section, {})[leaf] = value
    else:
        page[leaf] = value
