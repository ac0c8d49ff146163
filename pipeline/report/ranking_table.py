"""Which figures of each word stand in the table of words?

Conventions: rows are in the order of the plot above the table. The difference is this model's AUROC minus
that of the word's best baseline. Each baseline has a column of its own, which the page shows on demand.
"""

from typing import Any

from pipeline.html import MISSING, area
from pipeline.report.baseline_names import baseline_heading, baseline_label
from pipeline.runs import FEW_CLIPS, Run

__all__ = ["baseline_columns", "word_rows"]


def baseline_columns(run: Run) -> dict[str, tuple[str, str]]:
    """Return heading and label of each baseline that has a figure for some word."""
    return {
        name: (baseline_heading(name), baseline_label(name))
        for name, entry in run.metrics["baselines"].items()
        if (entry or {}).get("words")
    }


def word_rows(run: Run) -> list[dict[str, Any]]:
    """Return the rows of the table of words."""
    names = baseline_columns(run)
    rows = []
    for word, entry in run.words.items():
        auroc = entry.get("auroc")
        found = {name: run.metrics["baselines"][name]["words"].get(word) for name in names}
        known = {name: value for name, value in found.items() if value is not None}
        best = max(known, key=known.__getitem__, default=None)
        interval = entry.get("auroc_ci95") or [None, None]
        rows.append(
            {
                "word": word,
                "n": entry["n"],
                "few": entry["n"] < FEW_CLIPS,
                "interval": MISSING
                if None in interval
                else f"{area(interval[0])}{MISSING}{area(interval[1])}",
                "low": interval[0],
                "mean_log_prob": entry.get("mean_log_prob"),
                "auroc": auroc,
                "pauc": entry.get("pauc_0.1"),
                "fpr": entry.get("fpr_at_95tpr"),
                "baselines": found,
                "best": None if best is None else known[best],
                "best_label": "" if best is None else names[best][1],
                "gain": None if auroc is None or best is None else auroc - known[best],
            }
        )
    return rows
