"""Which tables of figures stand on the page beside the ranking of words?

What the model adds over simpler detectors, what each term of the score ranks by itself, what a flag
promises, and any further figures that a run holds. AUROC: 1 is perfect, 0.5 is chance.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.html import MISSING, number, visible
from pipeline.report.baseline_names import baseline_label
from pipeline.report.terms import meaning_of
from pipeline.runs import Run

__all__ = [
    "Guarantee",
    "Table",
    "compared_detectors",
    "guarantees",
    "ranked_terms",
    "tables_of",
]


@dataclass(frozen=True)
class Table:
    """A table of any figures: a caption, headings, and rows of texts that each begin with a name."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Guarantee:
    """One figure of the calibration, with what it means."""

    name: str
    value: str
    meaning: str


def compared_detectors(run: Run) -> list[dict[str, Any]]:
    """Return a row for this model and for each baseline, the best over all clips first."""
    own = {word: entry.get("auroc") for word, entry in run.words.items()}
    rows = [
        {
            "name": "this model",
            "is_own": True,
            "pooled": run.metrics["pooled_auroc"],
            "macro": run.metrics["macro_auroc"],
            "worst": run.metrics.get("worst_auroc"),
            "beaten": None,
            "n": None,
            "outranking": run.metrics["words_outranking_target"],
        }
    ]
    for name, entry in run.metrics["baselines"].items():
        words = (entry or {}).get("words") or {}
        pairs = [
            (own[word], words[word]) for word in own if own[word] is not None and words.get(word) is not None
        ]
        rows.append(
            {
                "name": baseline_label(name),
                "is_own": False,
                "pooled": (entry or {}).get("pooled_auroc"),
                "macro": (entry or {}).get("macro_auroc"),
                "worst": (entry or {}).get("worst_auroc"),
                "beaten": sum(ours > theirs for ours, theirs in pairs) if pairs else None,
                "n": len(pairs) or None,
                "outranking": len(entry["outranking"]) if "outranking" in (entry or {}) else None,
            }
        )
    return sorted(rows, key=lambda row: -1.0 if row["pooled"] is None else row["pooled"], reverse=True)


def ranked_terms(run: Run) -> list[dict[str, Any]]:
    """Return what each term of the score ranks by itself, the best first."""
    entries = run.metrics.get("terms") or {}
    rows = [
        {
            "name": name.replace("_", " "),
            "meaning": meaning_of(name),
            "macro": entry.get("macro_auroc"),
            "worst": entry.get("worst_auroc"),
            "spread": entry.get("spread"),
        }
        for name, entry in entries.items()
    ]
    return sorted(rows, key=lambda row: -1.0 if row["macro"] is None else row["macro"], reverse=True)


def guarantees(run: Run) -> tuple[list[Guarantee], list[str]]:
    """Return what is known of the calibration, and its guarantees in words."""
    calibration = run.metrics["calibration"]
    alpha, rate = calibration.get("alpha"), calibration.get("false_alarm_rate_test")
    crossed = bool(run.metrics.get("cross_fitting"))
    known = [
        ("Flagged at", alpha, number(alpha, 3), "false-alarm rate that was asked for"),
        (
            "Measured",
            rate,
            number(rate, 3),
            "share of the target's own clips flagged, ranked among themselves"
            if crossed
            else "share of the target's test clips flagged all the same",
        ),
        (
            "Calibrated on",
            *_counted(calibration.get("n_calibration")),
            "target clips, each by a model that was not fitted to its recording"
            if crossed
            else "target clips, not fitted to",
        ),
        (
            "Smallest p-value",
            calibration.get("floor"),
            number(calibration.get("floor"), 4),
            f"1/(n + 1): nothing can be called rarer with so {'few recordings' if crossed else 'many clips'}",
        ),
        (
            "List at",
            calibration.get("fdr"),
            number(calibration.get("fdr"), 3),
            "false-discovery rate that was asked for",
        ),
        ("On that list", *_counted(calibration.get("n_listed")), _whose(calibration)),
    ]
    stated = calibration.get("guarantee") or []
    sentences = [stated] if isinstance(stated, str) else list(_values(stated))
    return (
        [Guarantee(name, text, meaning) for name, value, text, meaning in known if value is not None],
        [str(sentence) for sentence in sentences],
    )


def _whose(calibration: Mapping[str, Any]) -> str:
    n = calibration.get("n_listed_target_test")
    return "clips (Benjamini-Hochberg)" + ("" if n is None else f", {n:,} of them test clips of the target")


def _counted(n: Any) -> tuple[Any, str]:
    return n, MISSING if n is None else f"{n:,}"


def _values(stated: Any) -> Any:
    return stated.values() if isinstance(stated, Mapping) else stated


def tables_of(figures: Any, caption: str = "") -> list[Table]:
    """Return nested figures of any names as tables: a mapping of mappings is one table, a row each."""
    if isinstance(figures, Mapping):
        plain = {key: value for key, value in figures.items() if not _is_nested(value)}
        nested = {key: value for key, value in figures.items() if _is_nested(value)}
        rows = {
            key: value
            for key, value in nested.items()
            if isinstance(value, Mapping) and not any(map(_is_nested, value.values()))
        }
        found = []
        if plain:
            found.append(Table(caption, (), tuple((_label(k), _cell(v)) for k, v in plain.items())))
        if rows:
            found.append(_table(caption, list(rows), list(rows.values())))
        for key, value in nested.items():
            if key not in rows:
                found += tables_of(value, f"{caption}, {_label(key)}" if caption else _label(key))
        return found
    entries = [entry for entry in figures if isinstance(entry, Mapping) and entry]
    if not entries:
        return []
    # A list names its entries by their first figure, such as the length of a list.
    key = next(iter(entries[0]))
    table = _table(caption, [_cell(entry.get(key)) for entry in entries], [_without(e, key) for e in entries])
    return [Table(caption, (_label(key), *table.headings[1:]), table.rows)]


def _without(entry: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != key}


def _table(caption: str, names: list[str], entries: list[Mapping[str, Any]]) -> Table:
    keys = list(dict.fromkeys(key for entry in entries for key in entry))
    rows = tuple(
        (_label(name), *(_cell(entry.get(key)) for key in keys))
        for name, entry in zip(names, entries, strict=True)
    )
    return Table(caption, ("", *map(_label, keys)), rows)


def _is_nested(value: Any) -> bool:
    if isinstance(value, Mapping):
        return True
    return isinstance(value, list) and any(isinstance(entry, Mapping) for entry in value)


def _label(key: Any) -> str:
    return visible(str(key).replace("_", " "))


def _cell(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return number(value, 3)
    return visible(", ".join(map(_cell, value)) if isinstance(value, list) else value)
