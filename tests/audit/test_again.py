"""When is an audit made again, what is kept of one that was killed, and what is left behind?"""

from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ArtefactError
from pipeline.files import artefacts
from pipeline.runs.folder import RunFolder
from tests.audit.audited_clips import (
    MeanDetector,
    audited,
    clips,
    columns_of,
    fitted_detectors,
    settings_with,
)
from tests.command import contents


@pytest.fixture
def detectors(monkeypatch: pytest.MonkeyPatch) -> list[MeanDetector]:
    """The detectors that are fitted while the test runs."""
    return fitted_detectors(monkeypatch)


def test_a_second_audit_is_skipped(detectors: list[MeanDetector], tmp_path: Path) -> None:
    audited(tmp_path, clips(), settings_with())
    before, notes = contents(tmp_path), list[str]()
    audited(tmp_path, clips(), settings_with("audit.n_listed=3", 'training.monitored_words=["one"]'), notes)
    assert (len(detectors), contents(tmp_path)) == (8, before)
    assert notes == ["audit: skipped, nothing that it depends on has changed"]


def test_another_number_or_label_makes_the_audit_again(detectors: list[MeanDetector], tmp_path: Path) -> None:
    table, notes = clips(), list[str]()
    audited(tmp_path, table, settings_with(), notes)
    audited(tmp_path, table, settings_with("audit.trim_share=0.2"), notes)
    table.word[-1] = "zero"
    audited(tmp_path, table, settings_with("audit.trim_share=0.2"), notes)
    assert notes == [
        "audit: running, not done yet",
        "audit: running, audit.trim_share changed from 0.1 to 0.2",
        "audit: running, clips changed",
    ]


def test_people_s_verdicts_make_the_audit_again(detectors: list[MeanDetector], tmp_path: Path) -> None:
    notes = list[str]()
    changes: list[dict[str, Any]] = [{}, {"verdicts": {"digest": "v"}}]
    for verdicts in changes:
        audited(tmp_path, clips(), settings_with(), notes, verdicts=verdicts)
    assert notes == ["audit: running, not done yet", "audit: running, verdicts changed"]


def test_a_killed_audit_goes_on_with_the_folds_that_are_left(
    detectors: list[MeanDetector], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = columns_of(audited(tmp_path / "whole", clips(), settings_with()))
    detectors.clear()
    fit = MeanDetector.fit

    def killed(self: MeanDetector, *given: Any, **more: Any) -> list[Any]:
        if len(detectors) == 5:
            raise KeyboardInterrupt
        return fit(self, *given, **more)

    monkeypatch.setattr(MeanDetector, "fit", killed)
    with pytest.raises(KeyboardInterrupt):
        audited(tmp_path / "killed", clips(), settings_with())
    assert not (tmp_path / "killed" / "audit").exists()
    monkeypatch.setattr(MeanDetector, "fit", fit)
    detectors.clear()
    columns = columns_of(audited(tmp_path / "killed", clips(), settings_with()))
    assert len(detectors) == 4
    assert {name: values.tolist() for name, values in columns.items()} == {
        name: values.tolist() for name, values in expected.items()
    }


def test_folds_of_other_settings_are_not_taken_over(detectors: list[MeanDetector], tmp_path: Path) -> None:
    audited(tmp_path / "a", clips(), settings_with())
    fold = tmp_path / "b" / "audit_folds" / "fold_1"
    with RunFolder(fold.parent).stage("fold_1", {"version": 0}) as folder:
        artefacts.write_json(folder.own / "fold.json", {})
    detectors.clear()
    audited(tmp_path / "b", clips(), settings_with())
    assert len(detectors) == 8


def test_nothing_of_the_folds_is_left_behind(detectors: list[MeanDetector], tmp_path: Path) -> None:
    audited(tmp_path, clips(), settings_with())
    assert sorted(contents(tmp_path)) == [
        f"audit/{name}" for name in ("audit.csv", "audit.json", "audit.parquet", "index.html", "record.json")
    ]


def test_a_damaged_list_is_refused(detectors: list[MeanDetector], tmp_path: Path) -> None:
    folder = audited(tmp_path, clips(), settings_with())
    (folder / "audit.csv").write_text("path\n")
    with pytest.raises(ArtefactError, match=r"audit.csv is damaged"):
        audited(tmp_path, clips(), settings_with())
