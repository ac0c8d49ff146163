"""Are the figures of sections those that task 2 of DCASE defines, to the hand-computed digit?"""

from pathlib import Path
from typing import cast

import numpy as np
import pytest

from pipeline.evaluation.sections import judge_sections, official_score, section_figures, write_task_tables
from pipeline.runs import ClipTable
from pipeline.settings import Settings

# Scores of section 00: three normal of the source, two of the target domain, and one anomaly of each.
SCORES = {
    ("source", "normal"): [1.0, 2.0, 5.0],
    ("target", "normal"): [3.0, 6.0],
    ("source", "anomaly"): [4.0],
    ("target", "anomaly"): [7.0],
}


def figures_of(scores: dict[tuple[str, str], list[float]], section: str = "00") -> dict[str, float | None]:
    told = [(domain, condition, value) for (domain, condition), values in scores.items() for value in values]
    domain, condition, score = (np.array(column, object) for column in zip(*told, strict=True))
    names = np.array([section] * len(told), object)
    return section_figures(names, domain, condition, score.astype(float))[section]


def test_each_domain_takes_its_normal_and_all_anomalous_recordings():
    figures = figures_of(SCORES)
    # 4 is above 1 and 2 of the source, 7 above all three: 5 of 6 pairs. Of the target domain 3 of 4.
    assert figures["auc_source"] == pytest.approx(5 / 6, abs=1e-12)
    assert figures["auc_target"] == pytest.approx(3 / 4, abs=1e-12)


def test_the_partial_area_is_over_both_domains_and_standardised():
    # One of two anomalies is above all five normal ones: a height of 1/2 up to 0.1, an area of 0.05.
    # Chance has 0.1^2 / 2 = 0.005 and the best is 0.1: (1 + (0.05 - 0.005) / (0.1 - 0.005)) / 2.
    assert figures_of(SCORES)["pauc_0.1"] == pytest.approx((1 + 0.045 / 0.095) / 2, abs=1e-12)


def test_scores_that_separate_give_one():
    apart = {**SCORES, ("source", "anomaly"): [8.0], ("target", "anomaly"): [7.0]}
    assert figures_of(apart) == {"auc_source": 1.0, "auc_target": 1.0, "pauc_0.1": 1.0}


def test_a_domain_without_normal_recordings_has_no_figure():
    of_2020 = {kind: values for kind, values in SCORES.items() if kind[0] == "source"}
    figures = figures_of(of_2020)
    assert figures["auc_target"] is None
    assert figures["auc_source"] == pytest.approx(2 / 3)


def test_sections_are_judged_apart():
    section = np.array(["00", "00", "01", "01"], object)
    condition = np.array(["normal", "anomaly", "normal", "anomaly"], object)
    figures = section_figures(
        section, np.full(4, "source", object), condition, np.array([1.0, 2.0, 4.0, 3.0])
    )
    assert (figures["00"]["auc_source"], figures["01"]["auc_source"]) == (1.0, 0.0)


def test_the_official_score_is_the_harmonic_mean_over_sections_and_machines():
    fan = {"auc_source": 0.5, "auc_target": 1.0, "pauc_0.1": 0.5}
    pump = {"auc_source": 0.25, "auc_target": None, "pauc_0.1": 0.5}
    # Five figures, whose inverses are 2, 1, 2, 4 and 2.
    assert official_score([fan, pump]) == pytest.approx(5 / 11, abs=1e-12)


def test_a_figure_of_0_leaves_nothing_of_the_score():
    assert official_score([{"auc_source": 0.0, "pauc_0.1": 1.0}]) == pytest.approx(0.0, abs=1e-15)
    assert official_score([{"auc_source": None}]) is None


def test_tables_have_the_names_and_the_form_of_the_task(tmp_path: Path):
    write_task_tables(tmp_path / "dcase", "fan", {"00": [("a.wav", 0.25, True), ("b.wav", -3.5, False)]})
    written = {path.name: path.read_text("utf-8") for path in (tmp_path / "dcase").iterdir()}
    assert written == {
        "anomaly_score_fan_section_00_test.csv": "a.wav,0.25\nb.wav,-3.5\n",
        "decision_result_fan_section_00_test.csv": "a.wav,1\nb.wav,0\n",
    }


def test_recordings_that_were_set_aside_are_told_and_in_no_table():
    names = ["fan/test/a.wav", "fan/test/b.wav", "fan/test/c.wav"]
    text = np.array(names, object)
    table = ClipTable(
        path=text,
        word=np.array(["fan", "fan_anomaly", "fan"], object),
        speaker=text,
        split=np.full(3, "test", object),
        status=np.array(["ok", "ok", "set_aside"], object),
        reason=text,
        features=cast(np.memmap, np.zeros((3, 1), np.float32)),
        section=np.full(3, "00", object),
        domain=np.full(3, "source", object),
        condition=np.array(["normal", "anomaly", "normal"], object),
    )
    columns = {"score": np.array([1.0, 2.0]), "flagged": np.array([False, True])}
    judged = judge_sections(table, np.arange(2), columns, None, Settings())
    assert judged.tables == {"00": [("a.wav", 1.0, False), ("b.wav", 2.0, True)]}
    assert judged.figures["section_thresholds"] == {}
    (sentence,) = judged.warnings
    assert "1 of 3 test recordings were set aside" in sentence
