"""What of the sections of machines is printed: their figures, and what is promised of each threshold?

What is heavy is imported inside the functions: every verb imports this room.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.terminal import aligned_table

__all__ = ["figure_cell", "official_line", "sections_lines"]

ABSENT = "-"


def sections_lines(run_path: Path, metrics: Mapping[str, Any]) -> list[str]:
    """Return what is printed of the sections of a run; nothing where its corpus has none.

    Args:
        run_path: of the run.
        metrics: its ``metrics.json``.
    """
    from pipeline.evaluation import TASK_FOLDER

    sections = metrics.get("sections")
    if not sections:
        return []
    rows = [[name, *map(figure_cell, figures.values())] for name, figures in sections.items()]
    thresholds = [
        [
            name,
            domain,
            figure_cell(told["threshold"], 2),
            "{} of {}".format(*told["flagged_normal"]),
            "{} of {}".format(*told["flagged_anomaly"]),
        ]
        for name, of_domains in metrics["section_thresholds"].items()
        for domain, told in of_domains.items()
    ]
    promises = [
        f"section {name}, {domain}: {told['promise']}"
        for name, of_domains in metrics["section_thresholds"].items()
        for domain, told in of_domains.items()
    ]
    header = ["section", "domain", "threshold", "normal flagged", "anomalous flagged"]
    return [
        aligned_table(["section", "AUC source", "AUC target", "pAUC 0.1"], rows),
        f"official score, the harmonic mean: {figure_cell(metrics['official_score'])}",
        *([aligned_table(header, thresholds)] if thresholds else []),
        *promises,
        f"scores and decisions in DCASE's form: {run_path / TASK_FOLDER}",
        "",
    ]


def official_line(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the official score over the sections of several machines; nothing where none has sections."""
    from pipeline.evaluation import official_score

    sections = [figures for metrics in runs for figures in metrics.get("sections", {}).values()]
    if not sections:
        return []
    return [
        f"official score, the harmonic mean over {len(sections)} sections of {len(runs)} machines: "
        f"{figure_cell(official_score(sections))}"
    ]


def figure_cell(value: float | None, digits: int = 3) -> str:
    """Return a figure for a table, or what stands for none."""
    return ABSENT if value is None else f"{value:.{digits}f}"
