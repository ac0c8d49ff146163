"""How does a machine do in each of its sections and domains?

Of recordings of machines alone: a run whose manifest tells sections. Conventions: figures are those of task 2
of DCASE, see ``pipeline.evaluation.sections``; a score is higher for stranger recordings.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.files import read_table
from pipeline.html import MISSING, area, number
from pipeline.report.drawings.sections import ScoredGroup
from pipeline.runs import Run, is_judged

__all__ = ["SectionRow", "Sections", "read_sections"]


@dataclass(frozen=True, kw_only=True)
class SectionRow:
    """One domain of one section, as the table shows it."""

    section: str
    domain: str
    auc: str
    pauc: str
    threshold: str
    normal: str
    anomalous: str
    promise: str


@dataclass(frozen=True, kw_only=True)
class Sections:
    """What the page shows of sections.

    Attributes:
        rows: of the table.
        groups: the scores of each domain of each section, in the order of ``rows``.
        official: the official score, or ``"–"``.
        of_path: section and domain of each recording, as in ``00, source``.
    """

    rows: tuple[SectionRow, ...]
    groups: tuple[ScoredGroup, ...]
    official: str
    of_path: Mapping[str, str]


def read_sections(run_path: Path, run: Run) -> Sections | None:
    """Return what is known of the sections of a run; ``None`` where its corpus has none."""
    figures = run.metrics.get("sections")
    names = ("path", "section", "domain", "condition")
    columns = read_table(run_path / "manifest.parquet", names)
    if not figures or any(name not in columns for name in names):
        return None
    told = {
        path: (section, domain or "unknown", condition)
        for path, section, domain, condition in zip(*(columns[name] for name in names), strict=True)
        if section
    }
    known = [told.get(path, ("", "", "")) for path in run.scores.path.tolist()]
    section, domain, condition = (np.array(of, object) for of in zip(*known, strict=True))
    tested = is_judged(run.scores.split) & ~np.isnan(run.scores.score)
    thresholds = run.metrics.get("section_thresholds") or {}
    rows, groups = [], []
    for name in sorted(figures):
        of_section = thresholds.get(name) or {}
        own = (section == name) & tested
        for where in sorted(set(domain[own]) | set(of_section)):
            threshold = of_section.get(where) or {}
            chosen = own & (domain == where)
            rows.append(_row(name, where, figures[name], threshold))
            groups.append(
                ScoredGroup(
                    name=f"{name}, {where}",
                    normal=run.scores.score[chosen & (condition == "normal")],
                    anomalous=run.scores.score[chosen & (condition == "anomaly")],
                    threshold=threshold.get("threshold"),
                )
            )
    return Sections(
        rows=tuple(rows),
        groups=tuple(groups),
        official=area(run.metrics.get("official_score")),
        of_path={path: f"{name}, {where}" for path, (name, where, _) in told.items()},
    )


def _row(
    section: str, domain: str, figures: Mapping[str, float | None], threshold: Mapping[str, Any]
) -> SectionRow:
    return SectionRow(
        section=section,
        domain=domain,
        auc=area(figures.get(f"auc_{domain}")),
        pauc=area(figures.get("pauc_0.1")),
        threshold=number(threshold.get("threshold"), 2),
        normal=_counted(threshold.get("flagged_normal")),
        anomalous=_counted(threshold.get("flagged_anomaly")),
        promise=str(threshold.get("promise") or ""),
    )


def _counted(pair: list[int] | None) -> str:
    return f"{pair[0]:,} of {pair[1]:,}" if pair and pair[1] else MISSING
