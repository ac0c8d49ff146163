"""Are baselines, terms, promises and verdicts told as the run holds them?"""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from models.words.views import VIEW_NAMES
from pipeline.report.figures import Table, compared_detectors, guarantees, ranked_terms, tables_of
from pipeline.report.page import build_report
from pipeline.report.summary import summarise
from pipeline.runs.finished import Run, read_run
from tests.report.page_tags import tags_of
from tests.report.report_run import write_run
from tests.simulated_clips import WORDS, simulated_clips


def _run(tmp_path: Path, **extras: Any) -> Run:
    write_run(tmp_path, simulated_clips(WORDS[:6] + ["happy"], "happy", 60, 12), "happy", extras=extras)
    return read_run(tmp_path, "happy")


def _baselines(**areas: float) -> dict[str, Any]:
    words = dict.fromkeys(WORDS[:6], 0.8)
    return {
        name: {"pooled_auroc": area, "worst_auroc": area - 0.1, "words": words}
        for name, area in areas.items()
    }


@pytest.mark.parametrize(
    ("ocsvm", "said"),
    [
        (0.950, "The best of 3 simpler detectors, one-class SVM, reaches 0.950: "
         "it beats this model by 0.050, so this model adds nothing here."),
        (0.903, "The best of 3 simpler detectors, one-class SVM, reaches 0.903: "
         "this model adds nothing here."),
        (0.800, "The best of 3 simpler detectors, nearest neighbours, reaches 0.850: "
         "this model is better by 0.050."),
    ],
)  # fmt: skip
def test_the_flow_is_held_against_the_best_baseline(tmp_path: Path, ocsvm: float, said: str) -> None:
    run = _run(tmp_path, pooled_auroc=0.9, baselines=_baselines(gaussian=0.7, knn=0.85, ocsvm=ocsvm))
    assert summarise(run).baseline == said


def test_detectors_stand_in_the_order_of_their_area_over_all_clips(tmp_path: Path) -> None:
    run = _run(tmp_path, pooled_auroc=0.9, baselines=_baselines(gaussian=0.7, knn=0.95))
    rows = compared_detectors(run)
    assert [row["name"] for row in rows] == ["nearest neighbours", "this model", "Gaussian"]
    won = sum(entry["auroc"] > 0.8 for entry in run.words.values())
    assert [(row["beaten"], row["n"]) for row in rows] == [(won, 6), (None, None), (won, 6)]


def test_a_baseline_on_the_inputs_of_the_flow_is_called_so(tmp_path: Path) -> None:
    run = _run(tmp_path, pooled_auroc=0.9, baselines=_baselines(gaussian=0.7, gaussian_inputs=0.8))
    assert "detectors, Gaussian on the flow's inputs, reaches 0.80" in unescape(summarise(run).baseline)


def test_the_table_of_words_has_the_best_baseline_and_a_column_for_each(
    tmp_path: Path,
) -> None:
    settings = write_run(
        tmp_path,
        simulated_clips(["cat", "happy"], "happy", 60, 12),
        "happy",
        extras={"baselines": {"gaussian": {"words": {"cat": 0.1}}, "my_own": {"words": {"cat": 0.25}}}},
    )
    page = build_report(tmp_path, None, settings)
    auroc = read_run(tmp_path, "happy").words["cat"]["auroc"]
    (row,) = re.findall(r"<th scope=\"row\" data-value=\"cat\">.*?</tr>", page, re.DOTALL)
    values = [float(value) for value in re.findall(r"data-value=\"([^\"]+)\"", row)[-4:]]
    assert values == pytest.approx([0.25, auroc - 0.25, 0.1, 0.25])
    assert ">my own</abbr>" in page


def test_terms_are_ranked_by_what_each_finds_alone(tmp_path: Path) -> None:
    terms = {
        "density": {"macro_auroc": 0.7, "worst_auroc": 0.4, "spread": 12.0},
        "log_ratio": {"macro_auroc": 0.9, "worst_auroc": 0.6, "spread": 3.0},
    }
    run = _run(tmp_path, terms=terms)
    assert [(row["name"], row["spread"]) for row in ranked_terms(run)] == [
        ("log ratio", 3.0),
        ("density", 12.0),
    ]


@pytest.mark.parametrize(
    "name", [*VIEW_NAMES, "direction", "contrast", "duration", "flow", "ratio", "density"]
)
def test_every_term_of_a_detector_is_told_in_words(tmp_path: Path, name: str) -> None:
    run = _run(tmp_path, terms={name: {"macro_auroc": 0.7, "worst_auroc": 0.4, "spread": 1.0}})
    assert ranked_terms(run)[0]["meaning"]


def test_guarantees_floor_and_list_are_shown(tmp_path: Path) -> None:
    calibration = {
        "alpha": 0.05,
        "false_alarm_rate_test": 0.04,
        "n_calibration": 199,
        "floor": 0.005,
        "fdr": 0.1,
        "n_listed": 37,
        "guarantee": ["Of fresh clips, 5 % at most.", "Of the list, 10 % at most."],
    }
    shown, sentences = guarantees(_run(tmp_path, calibration=calibration))
    assert [promise.value for promise in shown] == ["0.050", "0.040", "199", "0.0050", "0.100", "37"]
    assert sentences == calibration["guarantee"]


def test_a_run_without_a_list_promises_none(tmp_path: Path) -> None:
    calibration = {"alpha": 0.05, "false_alarm_rate_test": None, "n_calibration": 9}
    shown, sentences = guarantees(_run(tmp_path, calibration=calibration))
    assert ([promise.name for promise in shown], sentences) == (["Flagged at", "Calibrated on"], [])


def test_verdicts_and_typicality_have_a_section_where_they_are_held(tmp_path: Path) -> None:
    extras = {
        "review": {"n_verdicts": 12, "precision_at": [{"k": 10, "precision": 0.75, "coverage": 0.8}]},
        "typicality": {"silence": {"n": 40, "flagged": 1.0}},
    }
    clips = simulated_clips(["cat", "happy"], "happy", 48, 12)
    settings = write_run(tmp_path, clips, "happy", extras=extras)
    page = build_report(tmp_path, None, settings)
    sections = [attributes.get("id") for tag, attributes in tags_of(page) if tag == "section"]
    assert {"review", "typicality"} <= set(sections)
    assert not re.search(r"<th[^>]*>\s*</th>", page)  # which a screen reader could not name
    assert '<td class="number">0.750</td><td class="number">0.800</td>' in page
    # Each table stands under a sentence that says what its figures are.
    for name, said in (("typicality", "Sounds that nobody said"), ("review", "Precision is the share")):
        assert said in page.partition(f'<section id="{name}"')[2].partition("<table")[0]


def test_nested_figures_become_tables() -> None:
    figures = {"n": 3, "pairs": [{"k": 10, "precision": 0.5}], "kinds": {"a": {"x": 1}, "b": {"y": True}}}
    assert tables_of(figures) == [
        Table("", (), (("n", "3"),)),
        Table("pairs", ("k", "precision"), (("10", "0.500"),)),
        Table("kinds", ("", "x", "y"), (("a", "1", "–"), ("b", "–", "yes"))),
    ]
