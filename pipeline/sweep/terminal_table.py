"""What of a sweep is printed: the head of its list, which classes are told apart, and when to stop."""

from collections.abc import Mapping
from math import isnan
from pathlib import Path
from typing import Any

from pipeline.files import read_json, read_table
from pipeline.terminal import aligned_table, printable

__all__ = ["most_wrong_class", "sweep_result", "sweep_table"]


def sweep_table(folder: Path, n_listed: int) -> str:
    """Return the head of the list and a summary of a sweep's folder.

    Args:
        folder: of the sweep.
        n_listed: rows of the list.
    """
    columns, summary = read_table(folder / "sweep.parquet"), read_json(folder / "sweep.json")
    header = ["probably under a wrong name", "sounds like", "score", "p-value", "precision", "reason"]
    cells = [
        [
            printable(columns["path"][i]),
            printable(columns["probable_class"][i]),
            f"{columns['score'][i]:.1f}",
            "-" if isnan(columns["p_value"][i]) else f"{columns['p_value'][i]:.4f}",
            f"{columns['expected_precision'][i]:.2f}",
            printable(columns["reason"][i]),
        ]
        for i in range(min(n_listed, len(columns["path"])))
    ]
    hardest = [page for page in summary["classes"] if page["is_learned"]][:3]
    told = ", ".join(f"{printable(page['word'])} {page['auroc']:.3f}" for page in hardest)
    pairs = ", ".join(
        f"{printable(pair['a'])} and {printable(pair['b'])} ({100 * pair['share']:.1f} %)"
        for pair in summary["confused_pairs"][:3]
    )
    lines = [
        aligned_table(header, cells),
        "",
        f"{summary['n_clips']} clips of {summary['n_speakers']} speakers in {len(summary['classes'])} "
        f"classes, {len(summary['too_small'])} of them too small to learn"
        + (f": {printable(', '.join(summary['too_small']))}" if summary["too_small"] else ""),
        f"told apart: mean AUROC {summary['macro_auroc']:.3f}; hardest {told}",
        f"confused most: {pairs or 'none'}",
        "score: log-likelihood of the likeliest other class less that of its own; precision: share of wrong "
        "labels to be expected down to this place",
        f"when to stop: {_when_to_stop(summary)}",
    ]
    if voices := summary["voices"]:
        lines.append(
            f"voices: {voices['n_judged']} clips of {voices['n_speakers']} speakers compared; "
            f"{voices['n_strangers']} are no more like their speaker than like any other, and stand first in "
            f"{folder / 'speakers.csv'}"
        )
    return "\n".join(lines)


def most_wrong_class(folder: Path) -> str:
    """Return the class under whose name most wrong labels are to be expected."""
    pages = read_json(folder / "sweep.json")["classes"]
    worst: str = max(pages, key=lambda page: page["expected_wrong"])["word"]
    return worst


def sweep_result(folder: Path) -> dict[str, Any]:
    """Return where the list and the page of a sweep are, and its figures."""
    return {"sweep": folder / "sweep.csv", "page": folder / "index.html", **read_json(folder / "sweep.json")}


def _when_to_stop(summary: Mapping[str, Any]) -> str:
    place, n_left = summary["judge_down_to"], summary["expected_wrong_left"]
    if not place:
        return f"no clip is worth judging; about {n_left:.1f} wrong labels are to be expected in all"
    return (
        f"judge the first {place}; about {summary['expected_wrong_judged']:.0f} of them are wrong. Among all "
        f"others about {n_left:.0f} more, fewer than one in {1 / summary['least_precision']:.0f} wherever "
        "you listen"
    )
