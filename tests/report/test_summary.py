"""Are the sentences honest, and safe to read?"""

import math
import re
from pathlib import Path
from typing import Any

from hypothesis import given, strategies as st

from pipeline.files.tables import read_table, write_table
from pipeline.html.text import number, signed, significant, visible
from pipeline.report.caveats import warnings_of
from pipeline.report.drawings.roc import extreme_words
from pipeline.report.key_figures import key_figures
from pipeline.report.page import build_report
from pipeline.report.summary import summarise
from pipeline.runs.finished import read_run
from tests.report.report_run import write_run
from tests.simulated_clips import WORDS, simulated_clips


def _verdict(tmp_path: Path, **changes: Any) -> tuple[str, str]:
    clips = simulated_clips(WORDS, "happy", 80, 12)
    write_run(tmp_path, clips, "happy", extras=changes)
    verdict = summarise(read_run(tmp_path, "happy"))
    return verdict.state, re.sub("<[^>]+>", "", verdict.sentence)


def test_a_good_run_is_told_with_its_interval_and_its_hardest_word(tmp_path: Path) -> None:
    state, sentence = _verdict(
        tmp_path,
        pooled_auroc=0.9982,
        pooled_auroc_ci95=[0.996, 0.9991],
        worst_word="bird",
        worst_auroc=0.71,
        words_outranking_target=0,
    )
    assert (state, sentence) == (
        "works",
        "“happy” is told apart from 29 other words with an AUROC of 0.998 over all their clips "
        "(95\xa0% interval 0.996–0.999); hardest is “bird” at 0.710; "
        "no word looks more normal than the target.",
    )


def test_a_run_in_which_many_words_outrank_the_target_fails(tmp_path: Path) -> None:
    state, sentence = _verdict(tmp_path, words_outranking_target=7, pooled_auroc=0.66)
    assert state == "fails"
    assert sentence.startswith("This model fails: 7 of 29 other words look more normal than “happy”")


def test_a_run_at_chance_fails_even_where_no_word_outranks_the_target(tmp_path: Path) -> None:
    state, sentence = _verdict(tmp_path, words_outranking_target=0, pooled_auroc=0.52)
    assert state == "fails"
    assert "hardly tells" in sentence


def test_one_word_that_outranks_the_target_keeps_a_run_from_working(tmp_path: Path) -> None:
    state, sentence = _verdict(tmp_path, words_outranking_target=1, pooled_auroc=0.93)
    assert state == "partly"
    assert sentence.endswith(" looks more normal than the target.")


def test_a_flow_below_the_gaussian_is_said_to_be_beaten(tmp_path: Path) -> None:
    clips = simulated_clips(WORDS, "happy", 80, 12)
    write_run(
        tmp_path,
        clips,
        "happy",
        extras={"pooled_auroc": 0.9, "baselines": {"gaussian": {"pooled_auroc": 0.93}}},
    )
    assert "it beats this model by 0.030" in summarise(read_run(tmp_path, "happy")).baseline


@given(st.text())
def test_visible_text_has_no_control_and_no_bidirectional_character(text: str) -> None:
    shown = visible(text)
    assert not re.search(
        "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]", shown
    )


@given(
    st.text(
        st.characters(
            categories=["L", "N", "P", "S", "Zs"], exclude_characters="\u115f\u1160\u2800\u3164\uffa0"
        )
    )
)
def test_ordinary_text_is_shown_as_it_is(text: str) -> None:
    assert visible(text) == text


def test_numbers_are_written_for_people() -> None:
    assert [
        number(-1234.5, 1),
        number(None),
        number(math.nan),
        signed(0.001),
        signed(0.02),
        number(-0.001),
    ] == [
        *("\N{MINUS SIGN}1,234.5", "–", "–", "0.00", "+0.02", "0.00"),
    ]


def test_significant_digits_stay_whatever_the_size() -> None:
    values = [9.0, 0.012345, -2.2817, 1234.5, 0.0, None, 1e-9]
    told = ["9", "0.0123", "\N{MINUS SIGN}2.28", "1,234", "0", "–", "0.000000001"]
    assert [significant(value) for value in values] == told


def test_clips_without_a_score_are_counted_in_a_warning(tmp_path: Path) -> None:

    clips = simulated_clips(["cat", "happy"], "happy", 40, 12)
    settings = write_run(tmp_path, clips, "happy")
    columns = read_table(tmp_path / "scores.parquet")
    columns["score"][:2] = [None, math.nan]
    columns["score"][2] = math.inf
    write_table(tmp_path / "scores.parquet", columns)
    assert "2 clips without a score" in build_report(tmp_path, None, settings)


def test_a_word_without_test_clips_is_warned_of_once(tmp_path: Path) -> None:
    told = {"words_without_test_clips": ["sheila", "wow"], "warnings": ["sheila has 0 test clips"]}
    write_run(tmp_path, simulated_clips(["cat", "happy"], "happy", 40, 12), "happy", extras=told)
    warnings = [re.sub("<[^>]+>", "", warning) for warning in warnings_of(read_run(tmp_path, "happy"))]
    assert warnings == ["sheila has 0 test clips", "No test clips, so no figures: wow."]


def test_a_hardest_word_of_few_clips_is_said_to_be_so_beside_a_well_tested_one(tmp_path: Path) -> None:
    clips = simulated_clips(["cat", "happy"], "happy", 80, 12) + simulated_clips(["dog"], "happy", 0, 2)
    settings = write_run(tmp_path, clips, "happy", extras={"worst_word": "dog", "worst_auroc": 0.4})
    run = read_run(tmp_path, "happy")
    assert "hardest is “dog” at 0.400, on only 2 test clips" in re.sub("<[^>]+>", "", summarise(run).sentence)
    assert "of words with 10 or more: cat" in re.sub("<[^>]+>", "", key_figures(run)[2].note)
    assert extreme_words(run) == {"hardest": "cat"}
    assert "at least 10 test clips" in build_report(tmp_path, None, settings)
