"""Which part of the published model matters?

One change at a time against the settings as they stand (the reference): another activation, no
normalisation, no permutation between layers, random ones. Everything else, seed included, is equal.
"""

from typing import Any

from pipeline.density.settings import DensitySettings

__all__ = ["ABLATIONS", "ablation_settings"]

# Folder name, what the table says, and the change of the flow's section.
ABLATIONS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("reference", "reference", {}),
    ("relu", "relu for tanh", {"activation": "relu"}),
    ("no-normalization", "without normalisation", {"normalization": "none"}),
    ("no-permutation", "without permutation", {"permutation": "none"}),
    ("random-permutation", "random permutations", {"permutation": "random"}),
)


def ablation_settings(settings: DensitySettings) -> dict[str, tuple[str, DensitySettings]]:
    """Return title and settings of the reference and of each change that is one, by folder name.

    A change that the reference has already (relu, where it is relu) is the reference, and is left out.
    """
    chosen: dict[str, tuple[str, DensitySettings]] = {}
    for name, title, change in ABLATIONS:
        changed = settings.model_copy(update={"flow": settings.flow.model_copy(update=change)})
        if not chosen or changed.flow != settings.flow:
            chosen[name] = (title, changed)
    return chosen
