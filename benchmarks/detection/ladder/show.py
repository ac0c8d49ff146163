"""What do several calls of the ladder say together?

A long ladder is run in parts: some rungs, some seeds, one target at a time, each with a JSON of its own.
This puts the parts together and prints, for each target, one table, and above them an overview of all
targets. Of two figures for the same rung and seed the later file's counts. Nothing is run.

    python -m benchmarks.detection.ladder.show FILE.json [FILE.json ...]
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.detection.ladder.rungs import RUNGS
from benchmarks.detection.ladder.table import as_markdown, as_overview
from pipeline.errors import ConfigurationError, PipelineError
from pipeline.files.artefacts import read_json

__all__ = ["joined_rows", "main"]

Row = dict[str, Any]
PER_SEED = ("figures", "seconds_to_train", "classifiers")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables of the files; see the module."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.detection.ladder.show", description=__doc__.split("\n")[0]
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.json", help="what the ladder wrote")
    chosen = parser.parse_args(arguments)
    try:
        ladders, least = _joined(chosen.files)
    except PipelineError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_status
    print(as_overview(ladders, least))
    for target, rows in ladders.items():
        print(f"\n{target}\n\n{as_markdown(rows, least)}")
    return 0


def joined_rows(parts: Sequence[Sequence[Row]]) -> list[Row]:
    """Return one row for each name of several tables, in the ladder's order, with the seeds of all.

    A row that failed in one part and has figures in another keeps the figures, and its note says what
    failed.
    """
    rows: dict[str, Row] = {}
    for entry in (entry for part in parts for entry in part):
        before = rows.get(entry["name"])
        rows[entry["name"]] = _together(before, entry) if before else dict(entry)
    order = [rung.name for rung in RUNGS]
    return sorted(rows.values(), key=lambda entry: _place(entry["name"], order))


def _joined(paths: Sequence[Path]) -> tuple[dict[str, list[Row]], int]:
    """Return each target's rows and the number of clips that make a word well tested."""
    contents = [read_json(path) for path in paths]
    for key in ("corpus", "set", "well_tested"):
        first, *others = ((path, content[key]) for path, content in zip(paths, contents, strict=True))
        for path, value in others:
            if value != first[1]:
                raise ConfigurationError(
                    f"{path} has {key}={value!r} and {first[0]} has {first[1]!r}: "
                    "such figures do not belong in one table; show them apart"
                )
    targets = dict.fromkeys(content["target"] for content in contents)
    ladders = {
        target: joined_rows([content["rows"] for content in contents if content["target"] == target])
        for target in targets
    }
    return ladders, int(contents[0]["well_tested"])


def _together(one: Row, other: Row) -> Row:
    """Return two rows of one name as one; ``other`` is the later."""
    failed = [entry for entry in (one, other) if entry["failed"]]
    if failed:
        kept = next((entry for entry in (other, one) if not entry["failed"]), other)
        seeds = sorted(set(failed[-1]["seeds"]) - set(kept["seeds"]))
        reason = f"; seeds {' '.join(map(str, seeds))} failed: {failed[-1]['failed']}"
        return {**kept, "note": kept["note"] + reason} if not kept["failed"] and seeds else dict(kept)
    seeds = sorted({*one["seeds"], *other["seeds"]})
    if not seeds:
        return dict(other)
    return {**other, "seeds": seeds} | {
        name: [value for seed in seeds if (value := _of_seed(other, one, name, seed)) is not None]
        for name in PER_SEED
        if name in one or name in other
    }


def _of_seed(later: Mapping[str, Any], earlier: Mapping[str, Any], name: str, seed: int) -> Any:
    for entry in (later, earlier):
        if seed in entry["seeds"] and entry.get(name):
            return entry[name][entry["seeds"].index(seed)]
    return None


def _place(name: str, order: Sequence[str]) -> tuple[int, int]:
    # What is no rung stands after the rungs, as it was first run: sorting is stable.
    return (0, order.index(name)) if name in order else (1, 0)


if __name__ == "__main__":
    sys.exit(main())
