"""What do rounds of rates come to: medians, spreads, and how many times the fastest peer?

Conventions: ``rates[figure][library]`` is a list with one rate a round, in the rounds' order. A ratio is
ours over the fastest peer's (by its median), its spread over the rounds in which both took their turns.
"""

from statistics import median
from typing import Any

from benchmarks.flows.peers.specification import LIBRARIES, ON_REQUEST
from benchmarks.spread import median_and_range

__all__ = ["FIGURES", "Rates", "print_tables", "summary"]

Rates = dict[str, list[float]]

FIGURES = {
    "train_samples_per_second": "training samples a second",
    "score_clips_per_second": "scored clips a second",
    "draw_samples_per_second": "samples drawn a second",
}


def summary(rates: dict[str, Rates]) -> dict[str, Any]:
    """Return medians by figure and library, ``ratios``, and the ``rounds`` themselves.

    A ratio's ``peer`` is the fastest one's name; without peers a figure has no ratio.
    """
    facts: dict[str, Any] = {
        figure: {library: _rounded(median(values)) for library, values in by_library.items()}
        for figure, by_library in rates.items()
    }
    facts["ratios"] = {}
    for figure in FIGURES:
        peers = [library for library in facts[figure] if library != "ours"]
        if not peers:
            continue
        fastest = max(peers, key=lambda library: facts[figure][library])
        by_round = [
            ours / peer for ours, peer in zip(rates[figure]["ours"], rates[figure][fastest], strict=True)
        ]
        facts["ratios"][figure] = {
            "peer": fastest,
            "median": _rounded(facts[figure]["ours"] / facts[figure][fastest]),
            "min": _rounded(min(by_round)),
            "max": _rounded(max(by_round)),
        }
    facts["rounds"] = {
        figure: {library: [_rounded(value) for value in values] for library, values in by_library.items()}
        for figure, by_library in rates.items()
    }
    return facts


def print_tables(facts: dict[str, Any]) -> None:
    """Print what ``flows.json`` holds; absent peers are named with the reason."""
    size = facts["size"]
    libraries = [library for library in (*LIBRARIES, *ON_REQUEST) if library in facts["n_parameters"]]
    hidden = " ".join(str(units) for units in size["hidden_units"])
    what = f"{size['n_features']} features, {size['n_layers']} MAFs, hidden layers {hidden}"
    print(f"{what}, {size['activation']}")
    print(f"batch {size['batch_size']}, float32, median of {size['n_rounds']} rounds (lowest to highest)\n")
    print(" " * 28 + "".join(f"{library:>28}" for library in libraries))
    for figure, title in FIGURES.items():
        spreads = [median_and_range(facts["rounds"][figure][name]) for name in libraries]
        print(f"{title:28}" + "".join(f"{spread:>28}" for spread in spreads))
    for key, title in (("peak_mb", "peak memory, MB"), ("loaded_mb", "of it before the flow, MB")):
        print(f"{title:28}" + "".join(f"{facts[key][library]:>28,.0f}" for library in libraries))
    print(f"{'parameters':28}" + "".join(f"{facts['n_parameters'][name]:>28,}" for name in libraries))
    print()
    for figure, ratio in facts["ratios"].items():
        print(
            f"{FIGURES[figure]}: {ratio['median']:.3g} times {ratio['peer']}, the fastest peer "
            f"({ratio['min']:.3g} to {ratio['max']:.3g})"
        )
    for library, reason in facts["absent"].items():
        print(f"{library}: absent, not measured: {reason}")
    if "score_clips_per_second_bfloat16" in facts:
        worst = max(facts["rounds"]["worst_difference_bfloat16_nats"]["ours"])
        rate = facts["score_clips_per_second_bfloat16"]["ours"]
        print(
            f"scoring with bfloat16 products: {rate:,.0f} clips a second, "
            f"no log-density off by more than {worst:.3g} nats"
        )
    _print_floor(facts)


def _print_floor(facts: dict[str, Any]) -> None:
    floor, ours = facts["floor"], facts["rounds"]["train_samples_per_second"]["ours"]
    for key, bandwidth, what in (
        ("train_samples_per_second", "bytes_per_second", "between arrays that fit in no cache"),
        ("train_samples_per_second_in_cache", "bytes_per_second_in_cache", "of a copy as large as its state"),
    ):
        times = [bound / rate for bound, rate in zip(floor[key], ours, strict=True)]
        print(
            f"\nfloor: training no faster than {median_and_range(floor[key])} samples a second, "
            f"{median(times):.2f} times ours ({min(times):.2f} to {max(times):.2f}):\n"
            f"  {floor['n_remaining_weights']:,} weights that the masks leave, products at "
            f"{floor['flops_per_second'] / 1e9:,.0f} GFLOP/s, Adam's traffic at "
            f"{floor[bandwidth] / 1e9:,.1f} GB/s {what}"
        )


def _rounded(value: float) -> float:
    """Keep four figures, which is more than rounds agree on."""
    return float(f"{value:.4g}")
