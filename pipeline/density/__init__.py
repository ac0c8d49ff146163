"""How well does a flow model a table of numbers?

This room repeats the tabular experiment of the MAF paper. It takes a table, or makes one that looks alike.
It gives mean log-likelihoods in nats of the flow, of a Gaussian, and of the flow with one idea left out.
"""

from pipeline.density.look_alike import LOOK_ALIKE_NOTE, write_look_alike
from pipeline.density.presets import resolve_density_settings

__all__ = ["LOOK_ALIKE_NOTE", "resolve_density_settings", "write_look_alike"]
