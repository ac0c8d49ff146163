"""Do verdicts that were given in Label Studio come back to the clips that they are about, all of them?"""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.verdicts.verdict import KINDS
from tests.command import call
from tests.exchange.annotating import Task, annotated, bring_back, choice, export, standing, text


def test_what_was_annotated_comes_back_as_verdicts_on_the_same_clips(swept_run: Path, tmp_path: Path) -> None:
    tasks = export(swept_run, tmp_path)
    answers: list[tuple[Task, ...]] = [(choice("verdict", kind),) for kind in KINDS if kind != "wrong-label"]
    answers += [
        (choice("verdict", "wrong-label"), choice("word", "zero")),
        (choice("verdict", "Wrong label"), text("other_word", " a word <&> of its own ")),
        (choice("verdict", "normal"), choice("word", "zero")),  # left over from the prediction
    ]
    words = ["", "", "", "", "zero", "a word <&> of its own", ""]
    given = [annotated(task, *answer) for task, answer in zip(tasks, answers, strict=False)]
    ended = bring_back(swept_run, tmp_path, given + [{**tasks[10], "id": 8, "annotations": []}])
    assert ended.status == 0, ended.err
    assert (
        "7 rows added, 0 were known, 0 refused; 1 of 8 tasks have no annotation, 0 were skipped" in ended.out
    )
    verdicts = {row.path: row for row in standing(tmp_path)}
    kinds = [*(kind for kind in KINDS if kind != "wrong-label"), "wrong-label", "wrong-label", "normal"]
    for task, kind, word in zip(given[:7], kinds, words, strict=True):
        row, asked = verdicts[task["data"]["path"]], task["data"]
        assert (row.kind, row.word, row.reviewer) == (kind, word, "eva@example.org")
        assert (row.sha256, row.sound_sha256) == (asked["sha256"], asked["sound_sha256"])
        assert (row.label, row.made) == (asked["word"], "2026-03-09T22:16:08.728378Z")
    # And the next export says what was judged.
    again = {task["data"]["path"]: task["data"]["judged"] for task in export(swept_run, tmp_path)}
    assert again[given[0]["data"]["path"]] == "normal"
    assert again[given[4]["data"]["path"]] == "wrong-label zero"
    # Who is unsure has judged nothing.
    assert sum(map(bool, again.values())) == 6


def test_the_same_file_again_adds_nothing_and_a_changed_mind_does(swept_run: Path, tmp_path: Path) -> None:
    tasks = export(swept_run, tmp_path)
    first = annotated(tasks[0], choice("verdict", "noise"))
    assert "1 rows added" in bring_back(swept_run, tmp_path, [first]).out
    assert "0 rows added, 1 were known" in bring_back(swept_run, tmp_path, [first]).out
    later = annotated(tasks[0], choice("verdict", "normal"), updated_at="2026-03-10T01:00:00+02:00")
    assert "1 rows added, 0 were known" in bring_back(swept_run, tmp_path, [later]).out
    assert [(row.kind, row.made) for row in standing(tmp_path)] == [("normal", "2026-03-09T23:00:00.000000Z")]


def test_each_annotator_of_a_task_is_a_reviewer(swept_run: Path, tmp_path: Path) -> None:
    task = annotated(export(swept_run, tmp_path)[0], choice("verdict", "noise"))
    task = annotated(task, choice("verdict", "normal"), completed_by=12)
    assert bring_back(swept_run, tmp_path, [task]).status == 0
    assert {row.reviewer: row.kind for row in standing(tmp_path)} == {
        "eva@example.org": "noise",
        "annotator 12": "normal",
    }


def test_a_named_reviewer_stands_in_place_of_the_annotators(swept_run: Path, tmp_path: Path) -> None:
    task = annotated(export(swept_run, tmp_path)[0], choice("verdict", "noise"), completed_by=None)
    assert bring_back(swept_run, tmp_path, [task], "--reviewer=Eva").status == 0
    assert [row.reviewer for row in standing(tmp_path)] == ["Eva"]


def test_a_task_without_digests_is_found_by_its_path(swept_run: Path, tmp_path: Path) -> None:
    task = annotated(export(swept_run, tmp_path)[0], choice("verdict", "noise"))
    digest = task["data"].pop("sha256"), task["data"].pop("sound_sha256")
    assert bring_back(swept_run, tmp_path, [task]).status == 0
    assert [(row.sha256, row.sound_sha256) for row in standing(tmp_path)] == [digest]


def _foreign(task: Task) -> Task:
    return {**task, "data": {**task["data"], "sha256": "0" * 64, "sound_sha256": "1" * 64}}


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda task: annotated(task, choice("verdict", "great")), "say something else than normal, anomaly"),
        (
            lambda task: annotated(task, choice("verdict", "normal", "noise")),
            "say something else than normal",
        ),
        (lambda task: annotated(task, choice("mood", "normal")), "have no choice 'verdict': with mood"),
        (lambda task: annotated(task, choice("verdict", "wrong-label")), "and not which is right"),
        (lambda task: annotated(_foreign(task), choice("verdict", "noise")), "that the run does not hold"),
        (lambda task: annotated(task, choice("verdict", "noise"), completed_by=None), "name no annotator"),
        (
            lambda task: annotated(task, choice("verdict", "noise"), created_at="", updated_at="soon"),
            "have no time: with 'soon'",
        ),
    ],
)
def test_what_cannot_be_kept_is_counted_and_told_and_the_rest_is_kept(
    swept_run: Path, tmp_path: Path, spoil: Callable[[Task], Task], told: str
) -> None:
    tasks = export(swept_run, tmp_path)
    given = [spoil(tasks[0]), annotated(tasks[1], choice("verdict", "noise")), spoil(tasks[2])]
    ended = bring_back(swept_run, tmp_path, given)
    assert ended.status == 3
    assert "not imported: 2 of 3 annotations " in ended.err and told in ended.err and ", task 7" in ended.err
    assert "1 rows added, 0 were known, 2 refused" in ended.out
    assert [row.path for row in standing(tmp_path)] == [tasks[1]["data"]["path"]]


def test_a_clip_that_the_annotator_passed_over_is_no_verdict(swept_run: Path, tmp_path: Path) -> None:
    task = annotated(export(swept_run, tmp_path)[0], was_cancelled=True)
    ended = bring_back(swept_run, tmp_path, [task])
    assert (ended.status, standing(tmp_path)) == (0, [])
    assert "1 were skipped" in ended.out


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[{", "is no JSON"),
        ('{"id": 1}', "holds no list of tasks but an object"),
        ('[{"audio": "a.wav", "verdict": "normal"}]', "entry 1 of 1 is no task with data and annotations"),
        ('[{"data": {}, "annotations": [3]}]', "entry 1 of 1 is no task"),
    ],
)
def test_a_file_that_is_no_export_is_one_sentence_and_makes_no_store(
    swept_run: Path, tmp_path: Path, content: str, told: str
) -> None:
    file = tmp_path / "annotations.json"
    file.write_text(content, "utf-8")
    ended = call("verdicts", "import", file, f"--run={swept_run}", f"--verdicts={tmp_path / 'v.sqlite'}")
    assert ended.status == 1
    assert told in ended.error
    assert not (tmp_path / "v.sqlite").exists()
