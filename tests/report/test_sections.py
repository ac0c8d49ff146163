"""Do sections and domains stand side by side, each with its own scores, figures, threshold and promise?"""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pipeline.files.tables import write_table
from pipeline.report.drawings.section_table import Sections, read_sections
from pipeline.report.drawings.sections import draw_sections

FIGURES = {"auc_source": 0.9, "auc_target": None, "pauc_0.1": 0.75}
THRESHOLD = {
    "threshold": 1.5,
    "flagged_normal": [1, 2],
    "flagged_anomaly": [1, 1],
    "promise": "at most 0.05 of fresh normal recordings are flagged",
}


def run_of(metrics: dict[str, Any]) -> Any:
    paths = ["a", "b", "c", "d"]
    scores = SimpleNamespace(
        path=np.array(paths, object),
        split=np.array(["test", "test", "test", "train"], object),
        score=np.array([1.0, 2.0, 3.0, 4.0]),
    )
    return SimpleNamespace(metrics=metrics, scores=scores)


@pytest.fixture
def sections(tmp_path: Path) -> Sections:
    write_table(
        tmp_path / "manifest.parquet",
        {
            "path": ["a", "b", "c", "d"],
            "section": ["00"] * 4,
            "domain": ["source", "source", "target", "source"],
            "condition": ["normal", "anomaly", "normal", "normal"],
        },
    )
    metrics = {
        "sections": {"00": FIGURES},
        "section_thresholds": {"00": {"source": THRESHOLD}},
        "official_score": 0.818,
    }
    found = read_sections(tmp_path, run_of(metrics))
    assert found is not None
    return found


def test_each_domain_has_its_own_test_scores_and_figures(sections: Sections):
    source, target = sections.rows
    assert (source.domain, source.auc, source.threshold) == ("source", "0.900", "1.50")
    assert (source.normal, source.anomalous) == ("1 of 2", "1 of 1")
    assert (target.domain, target.auc, target.normal) == ("target", "–", "–")
    # Not the recording that was learned from.
    assert sections.groups[0].normal.tolist() == [1.0] and sections.groups[0].anomalous.tolist() == [2.0]
    assert sections.groups[1].normal.tolist() == [3.0]
    assert sections.of_path["c"] == "00, target"


def test_domains_are_drawn_on_one_scale(sections: Sections):
    drawn = str(draw_sections(sections.groups, 904, "sections"))
    place = {
        (kind, float(x))
        for x, kind in re.findall(r'<circle cx="([\d.]+)"[^>]*class="section-(normal|anomaly)"', drawn)
    }
    low, middle, high = sorted(x for _, x in place)
    assert middle - low == pytest.approx(high - middle, abs=0.1)
    assert drawn.count("section-threshold") == 1
    assert draw_sections([], 904, "sections") == ""


def test_a_corpus_without_sections_has_no_such_part(tmp_path: Path):
    write_table(tmp_path / "manifest.parquet", {"path": ["a"]})
    assert read_sections(tmp_path, run_of({})) is None
