"""Which whole pages of the experiment have a name, and how does a user change one number of them?"""

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.density.settings import DensitySettings
from pipeline.errors import nearest
from pipeline.settings import known_keys, resolve_page

__all__ = ["PRESETS", "resolve_density_settings"]

# Time and the concentrations of the two gases: what the recording was made under, not what it measured.
_GAS_COLUMNS = ("X1", "X2", "X3")

# Two layers of 512, the paper's choice for tables of more than 20 features.
_LARGE = {"activation": "relu", "hidden_units": (512, 512)}

PRESETS: dict[str, dict[str, dict[str, Any]]] = {
    # Papamakarios et al. 2017, the set called GAS.
    "gas": {"rows": {"drop": _GAS_COLUMNS}},
    # Keydana 2019: all rows, half of them tested on. Part of the training half decides when to stop.
    "blog": {"rows": {"drop": _GAS_COLUMNS, "share": 1.0, "test_share": 0.5}},
    # The other sets of that paper: hidden units and activation as published.
    "power": {"rows": {"published": "power"}, "flow": {"activation": "relu"}},
    "hepmass": {"rows": {"published": "hepmass"}, "flow": _LARGE},
    "miniboone": {"rows": {"published": "miniboone"}, "flow": _LARGE},
    "bsds300": {"rows": {"published": "bsds300"}, "flow": _LARGE},
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
    keys = [key for key in known_keys(DensitySettings) if "." in key]
    sections = ", ".join(dict.fromkeys(key.partition(".")[0] for key in keys))
    return resolve_page(
        DensitySettings,
        PRESETS,
        preset,
        overrides,
        options,
        keys=keys,
        advise=lambda key: f"{nearest(key, keys)}; the sections are {sections}",
    )
