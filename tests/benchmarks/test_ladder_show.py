"""Do the parts of a ladder that was run in several calls come together as one?"""

from pathlib import Path

import pytest

from benchmarks.detection.ladder import show
from benchmarks.detection.ladder.figures import WELL_TESTED, WordFigures, summary
from benchmarks.detection.ladder.show import joined_rows
from benchmarks.detection.ladder.table import as_overview, row
from pipeline.files.artefacts import write_json

Row = dict[str, object]


def entry(name: str, block: str = "one-class", **aurocs_by_seed: float) -> Row:
    """Return a row whose figures are given as ``seed_0=0.9``."""
    figures = [
        summary({"b": WordFigures(n=20, auroc=auroc, outranks=auroc < 0.5)})
        for auroc in aurocs_by_seed.values()
    ]
    seeds = [int(name.removeprefix("seed_")) for name in aurocs_by_seed]
    return row(name, block, "a note", seeds=seeds, figures=figures, seconds=[float(s) for s in seeds])


def macro(found: Row) -> list[float]:
    return [figure["macro_auroc"] for figure in found["figures"]]  # type: ignore[attr-defined]


def test_seeds_of_several_calls_stand_in_one_row() -> None:
    (found,) = joined_rows([[entry("log", seed_1=0.8, seed_2=0.9)], [entry("log", seed_0=0.7)]])
    assert (found["seeds"], macro(found)) == ([0, 1, 2], [0.7, 0.8, 0.9])
    assert found["seconds_to_train"] == [0.0, 1.0, 2.0]


def test_the_later_file_counts_where_both_have_a_seed() -> None:
    (found,) = joined_rows([[entry("log", seed_0=0.8, seed_1=0.6)], [entry("log", seed_0=0.7)]])
    assert (found["seeds"], macro(found)) == ([0, 1], [0.7, 0.6])


def test_rows_come_in_the_ladders_order_and_others_after_them() -> None:
    parts = [[entry("pyod", seed_0=0.6), entry("default", seed_0=0.9)], [entry("published", seed_0=0.5)]]
    assert [found["name"] for found in joined_rows(parts)] == ["published", "default", "pyod"]


@pytest.mark.parametrize("is_later", [False, True])
def test_figures_stay_where_another_seed_failed_and_the_note_says_so(is_later: bool) -> None:
    failed = row("log", "one-class", "a note", seeds=[1, 2], failed="no luck")
    parts = [[failed], [entry("log", seed_0=0.7)]]
    (found,) = joined_rows(parts[::-1] if is_later else parts)
    assert (found["failed"], macro(found)) == ("", [0.7])
    assert found["note"] == "a note; seeds 1 2 failed: no luck"


def test_a_seed_that_failed_first_and_ran_later_has_not_failed() -> None:
    failed = row("log", "one-class", "a note", seeds=[0], failed="no luck")
    (found,) = joined_rows([[failed], [entry("log", seed_0=0.7)]])
    assert (found["note"], macro(found)) == ("a note", [0.7])


def test_an_overview_has_three_columns_a_target_and_says_where_seeds_are_few() -> None:
    ladders = {
        "cat": [entry("log", seed_0=0.8, seed_1=0.8, seed_2=0.9)],
        "bed": [entry("log", seed_0=0.4), entry("ratio", seed_0=0.9)],
    }
    head, *lines = as_overview(ladders, WELL_TESTED).splitlines()[2::]
    assert head.count("macro AUROC") == 2
    assert lines[1] == (
        "| log | 0.833 (0.800 to 0.900) | 0.833 (0.800 to 0.900) | 0 of 1 | 0.400, 1 seed | 0.400 | 1 of 1 |"
    )
    assert lines[2] == "| ratio | not run | | | 0.900, 1 seed | 0.900 | 0 of 1 |"


def test_an_overview_never_mixes_protocols() -> None:
    ladders = {"cat": [entry("log", seed_0=0.8), entry("other-words", "auxiliary", seed_0=0.9)]}
    one_class, auxiliary = as_overview(ladders, WELL_TESTED).split("\n\nAuxiliary")
    assert "other-words" not in one_class
    assert "| log |" not in auxiliary


def written(path: Path, **changes: object) -> str:
    head = {"corpus": "c", "target": "cat", "set": [], "well_tested": WELL_TESTED}
    write_json(path, {**head, "rows": [entry("log", seed_0=0.8)], **changes})
    return str(path)


def test_the_command_prints_an_overview_and_each_targets_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [written(tmp_path / "a.json"), written(tmp_path / "b.json", target="bed")]
    assert show.main(files) == 0
    printed = capsys.readouterr().out
    assert [line for line in printed.splitlines() if line in ("cat", "bed")] == ["cat", "bed"]
    assert printed.count("| log |") == 3


def test_figures_of_another_corpus_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [written(tmp_path / "a.json"), written(tmp_path / "b.json", corpus="d")]
    assert show.main(files) == 2
    assert "has corpus='d' and" in capsys.readouterr().err
