"""How is a simpler detector called on the page, and which one ranks best?

The figures name them by short keys. A label stands in a sentence, a heading above a column with little room;
both tell whether a baseline was fitted to the features or to what the flow sees of them.
"""

from collections.abc import Mapping

from pipeline.runs import Run

__all__ = ["INPUTS", "baseline_heading", "baseline_label", "best_baseline"]

INPUTS = "_inputs"
_BASELINES = {
    "gaussian": "Gaussian",
    "knn": "nearest neighbours",
    "ocsvm": "one-class SVM",
    "autoencoder_mse": "DCASE autoencoder, squared error",
    "autoencoder_mahalanobis": "DCASE autoencoder, Mahalanobis distance",
    "neighbours_moments": "nearest neighbours on moments of bands",
    "gaussian_statistics": "Gaussian on statistics of bands",
    "local_density_sum": "local densities and Gaussians of four views, summed",
}
# Where a column has little room.
_HEADINGS = {
    "gaussian": "Gaussian",
    "knn": "kNN",
    "ocsvm": "OCSVM",
    "autoencoder_mse": "autoencoder, error",
    "autoencoder_mahalanobis": "autoencoder, distance",
    "neighbours_moments": "kNN, moments",
    "gaussian_statistics": "Gaussian, statistics",
    "local_density_sum": "local density sum",
}


def baseline_label(name: str) -> str:
    """Return how a baseline is called in a sentence."""
    return _of_inputs(name, _BASELINES, " on the flow's inputs")


def baseline_heading(name: str) -> str:
    """Return how a baseline is called above a column."""
    return _of_inputs(name, _HEADINGS, " on inputs")


def _of_inputs(name: str, labels: Mapping[str, str], ending: str) -> str:
    """Name a baseline that was fitted to what the detector makes of the features for its flow, as such."""
    kind = name.removesuffix(INPUTS)
    return labels.get(kind, kind.replace("_", " ")) + (ending if name.endswith(INPUTS) else "")


def best_baseline(run: Run) -> tuple[str, float] | None:
    """Return the label and the AUROC over all clips of the baseline that ranks best, or ``None``."""
    found = {name: (entry or {}).get("pooled_auroc") for name, entry in run.metrics["baselines"].items()}
    defined = {name: value for name, value in found.items() if value is not None}
    if not defined:
        return None
    best = max(defined, key=defined.__getitem__)
    return baseline_label(best), float(defined[best])
