"""How does the ladder look as a table, with its spread over seeds?

One row a rung in Markdown, in blocks that are never mixed: one-class, pretrained, auxiliary, supervised. A
figure is the mean over seeds, and their least and greatest value where these differ: three seeds are too
few for any narrower claim, and a row of fewer says how many it has. ``as_overview`` is the short form,
several targets side by side.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.spread import mean_and_range

__all__ = ["as_markdown", "as_overview", "row"]

# Fewer are said to be fewer.
N_SEEDS = 3

TITLES = {
    "one-class": "One-class: nothing but the target's clips is fitted to.",
    "one-class, pretrained": "One-class, pretrained: the features heard others, the detector none of them.",
    "auxiliary": "Auxiliary: half of the other words are heard, and the other half tests.",
    "supervised": "Supervised: every word is heard with its label; no detector, a ceiling.",
}
HEADER = (
    "| {block} | seeds | macro AUROC | worst word | worst word of {least} clips or more "
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
            head = [HEADER.format(block=block, least=least), "| --- " * 8 + "|"]
            tables.append("\n".join([title, "", *head, *(_line(entry) for entry in own)]))
    return "\n\n".join(tables)


def as_overview(ladders: Mapping[str, Sequence[Mapping[str, Any]]], least: int) -> str:
    """Return the short form: a table for each block, a row a rung, three columns a target.

    Args:
        ladders: rows of each target.
        least: clips of a word that is well tested; the worst word is the least of these.
    """
    tables = []
    for block, title in TITLES.items():
        cells = {
            target: {entry["name"]: entry for entry in rows if entry["block"] == block}
            for target, rows in ladders.items()
        }
        names = dict.fromkeys(name for rows in cells.values() for name in rows)
        if not names:
            continue
        head = "".join(f" {target}: macro AUROC | worst word | outranking |" for target in ladders)
        tables.append(
            "\n".join(
                [
                    f"{title} Worst word: of {least} clips or more.",
                    "",
                    f"| {block} |{head}",
                    "| --- " * (1 + 3 * len(ladders)) + "|",
                    *(
                        f"| {name} |" + "".join(_short(rows.get(name)) for rows in cells.values())
                        for name in names
                    ),
                ]
            )
        )
    return "\n\n".join(tables)


def _short(entry: Mapping[str, Any] | None) -> str:
    """Return three cells: a row's figures, or that there are none."""
    if entry is None or entry["failed"]:
        return " failed | | |" if entry else " not run | | |"
    figures = entry["figures"]
    n_seeds = len(figures)
    few = f", {n_seeds} seed{'s' * (n_seeds > 1)}" if entry["seeds"] and n_seeds < N_SEEDS else ""
    outranking = _range([figure["words_outranking_target"] for figure in figures])
    return (
        f" {mean_and_range([figure['macro_auroc'] for figure in figures])}{few} |"
        f" {mean_and_range([figure['worst_well_tested_auroc'] for figure in figures])} |"
        f" {outranking} of {figures[0]['n_words']} |"
    )


def _line(entry: Mapping[str, Any]) -> str:
    if entry["failed"]:
        reason = entry["failed"] if entry["is_absent"] else f"failed: {entry['failed']}"
        return f"| {entry['name']} | | {_cell(reason)} | | | | | {_cell(entry['note'])} |"
    figures = entry["figures"]
    outranking = [figure["words_outranking_target"] for figure in figures]
    cells = [
        entry["name"],
        f"{len(figures)}" if entry["seeds"] else "",
        mean_and_range([figure["macro_auroc"] for figure in figures]),
        mean_and_range([figure["worst_auroc"] for figure in figures]),
        mean_and_range([figure["worst_well_tested_auroc"] for figure in figures]),
        f"{_range(outranking)} of {figures[0]['n_words']}",
        f"{np.mean(entry['seconds_to_train']):.0f}" if entry["seconds_to_train"] else "",
        _cell(entry["note"]),
    ]
    return f"| {' | '.join(cells)} |"


def _range(counts: Sequence[int]) -> str:
    return f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"


def _cell(text: str) -> str:
    """Return text that neither ends a cell nor a line."""
    return " ".join(text.replace("|", "\\|").split())
