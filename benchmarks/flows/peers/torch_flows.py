"""How is one flow built with each of the peers, so that all have the same networks?

zuko and nflows give a density in one pass as they stand. normflows' autoregressive layers draw samples
in one pass and take one pass a feature for a density: each is turned round with ``Reverse``, as someone
who wants densities would. In every library the first layer takes the features in the given order.
Conventions: ``log_prob`` takes [B, D] and returns nats [B]; ``draw`` takes a number and returns [n, D].
"""

import importlib
from collections.abc import Callable
from typing import Any, NamedTuple

from benchmarks.flows.peers.specification import Specification

__all__ = ["MODULES", "TorchFlow", "build"]

MODULES = {
    "zuko": ("zuko.flows",),
    "nflows": ("nflows.transforms", "nflows.distributions.normal", "nflows.flows.base"),
    "normflows": ("normflows", "normflows.flows.base"),
}


class TorchFlow(NamedTuple):
    """A module that holds the parameters, and what it can do."""

    module: Any
    log_prob: Callable[[Any], Any]
    draw: Callable[[int], Any]


def build(library: str, spec: Specification) -> TorchFlow:
    """Return the flow that ``spec`` describes.

    Raises:
        ValueError: the library cannot build it.
    """
    if library != "zuko" and len(set(spec.hidden_units)) != 1:
        raise ValueError(
            f"{library} takes hidden layers of one width only, got {spec.hidden_units}; make them equal"
        )
    return {"zuko": _zuko, "nflows": _nflows, "normflows": _normflows}[library](spec)


def _zuko(spec: Specification) -> TorchFlow:
    nn, flows = importlib.import_module("torch.nn"), importlib.import_module("zuko.flows")
    arguments: dict[str, Any] = {
        "transforms": spec.n_layers,
        "hidden_features": spec.hidden_units,
        "activation": {"tanh": nn.Tanh, "relu": nn.ReLU}[spec.activation],
    }
    if spec.family == "spline_maf":
        # Its splines end at 5 whatever one asks for.
        if spec.tail_bound != 5.0:
            raise ValueError(f"zuko's splines end at 5, not at tail_bound={spec.tail_bound}; take 5")
        flow = flows.NSF(spec.n_features, 0, bins=spec.n_bins, **arguments)
    else:
        flow = flows.MAF(spec.n_features, 0, **arguments)
    return TorchFlow(flow, lambda x: flow().log_prob(x), lambda n: flow().sample((n,)))


def _nflows(spec: Specification) -> TorchFlow:
    torch = importlib.import_module("torch")
    transforms = importlib.import_module("nflows.transforms")
    # One block: an input layer, its activation, a second layer, its activation. Two blocks would be three
    # hidden layers.
    arguments: dict[str, Any] = {
        "num_blocks": len(spec.hidden_units) - 1,
        "use_residual_blocks": False,
        "activation": {"tanh": torch.tanh, "relu": torch.relu}[spec.activation],
    }
    layers = []
    for layer in range(spec.n_layers):
        if layer:
            layers.append(transforms.ReversePermutation(spec.n_features))
        if spec.family == "spline_maf":
            layers.append(
                transforms.MaskedPiecewiseRationalQuadraticAutoregressiveTransform(
                    spec.n_features,
                    spec.hidden_units[0],
                    num_bins=spec.n_bins,
                    tails="linear",
                    tail_bound=spec.tail_bound,
                    **arguments,
                )
            )
        else:
            layers.append(
                transforms.MaskedAffineAutoregressiveTransform(
                    spec.n_features, spec.hidden_units[0], **arguments
                )
            )
    base = importlib.import_module("nflows.distributions.normal").StandardNormal([spec.n_features])
    flow = importlib.import_module("nflows.flows.base").Flow(transforms.CompositeTransform(layers), base)
    return TorchFlow(flow, flow.log_prob, flow.sample)


def _normflows(spec: Specification) -> TorchFlow:
    if spec.family == "spline_maf":
        raise ValueError("normflows is measured with family='maf' only")
    torch, nf = importlib.import_module("torch"), importlib.import_module("normflows")
    activation = {"tanh": torch.tanh, "relu": torch.relu}[spec.activation]
    reverse = importlib.import_module("normflows.flows.base").Reverse
    layers = []
    # A density walks the list from its end: the last layer here is the first that data meet.
    for layer in range(spec.n_layers):
        if layer:
            layers.append(_permutation(nf, spec.n_features))
        masked = nf.flows.MaskedAffineAutoregressive(
            spec.n_features,
            spec.hidden_units[0],
            num_blocks=len(spec.hidden_units) - 1,
            use_residual_blocks=False,
            activation=activation,
        )
        # Its input layer has no activation of its own, which would leave one hidden layer in place of two.
        network = masked.autoregressive_net
        name = {"tanh": "Tanh", "relu": "ReLU"}[spec.activation]
        network.initial_layer = torch.nn.Sequential(network.initial_layer, getattr(torch.nn, name)())
        layers.append(reverse(masked))
    flow = nf.NormalizingFlow(nf.distributions.DiagGaussian(spec.n_features, trainable=False), layers)
    return TorchFlow(flow, flow.log_prob, lambda n: flow.sample(n)[0])


def _permutation(nf: Any, n_features: int) -> Any:
    """Return a layer that reverses the features: normflows has random and swapped ones only."""
    torch = importlib.import_module("torch")
    permutation = nf.flows.Permute(n_features, mode="shuffle")
    for name in ("perm", "inv_perm"):
        permutation.register_buffer(name, torch.arange(n_features - 1, -1, -1))
    return permutation
