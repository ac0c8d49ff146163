"""How does the ladder look as a table, with its spread over seeds?

One row a rung in Markdown, in blocks that are never mixed: one-class, auxiliary, supervised. A figure is
the mean over seeds, and their least and greatest value where these differ: three seeds are too few for
any narrower claim.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["as_markdown", "row"]

TITLES = {
    "one-class": "One-class: nothing but the target's clips is fitted to.",
    "auxiliary": "Auxiliary: half of the other words are heard, and the other half tests.",
    "supervised": "Supervised: every word is heard with its label; no detector, a ceiling.",
}
HEADER = (
    "| {block} | macro AUROC | worst word | worst word of {least} clips or more "
    "| words outranking the target | seconds to train | what is repaired |"
)


def row(
    name: str,
    block: str,
    note: str,
    *,
    seeds: Sequence[int] = (),
    figures: Sequence[Mapping[str, Any]] = (),
    seconds: Sequence[float] = (),
    failed: str = "",
    is_absent: bool = False,
) -> dict[str, Any]:
    """Return one row as it is written to JSON.

    Args:
        name: of the rung.
        block: a key of ``TITLES``.
        note: what it repairs, or what it is.
        seeds: that it was run with; none for what has no seed.
        figures: ``figures.summary`` of each seed.
        seconds: of training, each seed's; none where it is not known.
        failed: why there are no figures, or ``""``.
        is_absent: whether it is only not installed, which is no fault.
    """
    if block not in TITLES:
        raise ValueError(f"block {block!r} is unknown; use one of {', '.join(TITLES)}")
    return {
        "name": name,
        "block": block,
        "note": note,
        "seeds": list(seeds),
        "seconds_to_train": list(seconds),
        "figures": [dict(figure) for figure in figures],
        "failed": failed,
        "is_absent": is_absent,
    }


def as_markdown(rows: Sequence[Mapping[str, Any]], least: int) -> str:
    """Return a table for each block that has rows; ``least`` clips make a word well tested."""
    tables = []
    for block, title in TITLES.items():
        own = [entry for entry in rows if entry["block"] == block]
        if own:
            head = [HEADER.format(block=block, least=least), "| --- | --- | --- | --- | --- | --- | --- |"]
            tables.append("\n".join([title, "", *head, *(_line(entry) for entry in own)]))
    return "\n\n".join(tables)


def _line(entry: Mapping[str, Any]) -> str:
    if entry["failed"]:
        reason = entry["failed"] if entry["is_absent"] else f"failed: {entry['failed']}"
        return f"| {entry['name']} | {_cell(reason)} | | | | | {_cell(entry['note'])} |"
    figures = entry["figures"]
    outranking = [figure["words_outranking_target"] for figure in figures]
    cells = [
        entry["name"],
        _spread([figure["macro_auroc"] for figure in figures]),
        _spread([figure["worst_auroc"] for figure in figures]),
        _spread([figure["worst_well_tested_auroc"] for figure in figures]),
        f"{_range(outranking)} of {figures[0]['n_words']}",
        f"{np.mean(entry['seconds_to_train']):.0f}" if entry["seconds_to_train"] else "",
        _cell(entry["note"]),
    ]
    return f"| {' | '.join(cells)} |"


def _spread(values: Sequence[float | None]) -> str:
    """Return the mean, and the least and greatest value where they differ; a word too few gives nothing."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, high = f"{min(known):.3f}", f"{max(known):.3f}"
    return f"{np.mean(known):.3f}" + (f" ({low} to {high})" if low != high else "")


def _range(counts: Sequence[int]) -> str:
    return f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"


def _cell(text: str) -> str:
    """Return text that neither ends a cell nor a line."""
    return " ".join(text.replace("|", "\\|").split())
