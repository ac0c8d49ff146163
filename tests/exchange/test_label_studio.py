"""Do verdicts that were given in Label Studio come back to the clips that they are about, all of them?

The annotations are those that Label Studio exports: the tasks as they were imported, and beside them what an
annotator chose.
"""

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from pipeline.files.artefacts import read_table
from pipeline.verdicts.store import VerdictStore
from pipeline.verdicts.verdict import KINDS, Verdict
from tests.command import Ended, call

Task = dict[str, Any]
EVA = {"id": 1, "email": "eva@example.org", "first_name": "", "last_name": ""}


def export(run: Path, folder: Path, *more: str) -> list[Task]:
    """Export the list of a run, and return its tasks."""
    file = folder / "tasks.json"
    ended = call(
        "verdicts", "export", file, "--format=label-studio", f"--run={run}", "--force", *store(folder), *more
    )
    assert ended.status == 0, ended.err
    tasks: list[Task] = json.loads(file.read_text("utf-8"))
    return tasks


def store(folder: Path) -> tuple[str, ...]:
    """Return the option that names the file of verdicts, where it is there already."""
    path = folder / "verdicts.sqlite"
    return (f"--verdicts={path}",) if path.exists() else ()


def choice(control: str, *chosen: str) -> Task:
    return {
        "id": "Dx_aB91ISN",
        "from_name": control,
        "to_name": "audio",
        "type": "choices",
        "origin": "manual",
        "value": {"choices": list(chosen)},
    }


def text(control: str, written: str) -> Task:
    return {"from_name": control, "to_name": "audio", "type": "textarea", "value": {"text": [written]}}


def annotated(task: Task, *result: Task, **changed: Any) -> Task:
    """Return a task as it is exported when somebody annotated it."""
    annotation = {
        "id": 1001,
        "result": list(result),
        "was_cancelled": False,
        "ground_truth": False,
        "created_at": "2026-03-09T22:16:08.728353Z",
        "updated_at": "2026-03-09T22:16:08.728378Z",
        "completed_by": EVA,
    }
    return {**task, "id": 7, "annotations": [*task.get("annotations", []), annotation | changed]}


def bring_back(run: Path, folder: Path, tasks: Any, *more: str) -> Ended:
    file = folder / "annotations.json"
    file.write_text(json.dumps(tasks), "utf-8")
    verdicts = f"--verdicts={folder / 'verdicts.sqlite'}"
    return call("verdicts", "import", file, f"--run={run}", verdicts, *more)


def standing(folder: Path) -> list[Verdict]:
    with closing(VerdictStore(folder / "verdicts.sqlite")) as kept:
        return kept.standing()


def test_every_clip_of_a_sweep_is_a_task_in_the_order_of_the_list(swept_run: Path, tmp_path: Path) -> None:
    tasks = export(swept_run, tmp_path)
    columns = read_table(swept_run / "sweep" / "sweep.parquet")
    assert [task["data"]["path"] for task in tasks] == columns["path"]
    assert [task["data"]["suspicion"] for task in tasks] == columns["probability_wrong"]
    assert [task["data"]["reason"] for task in tasks] == columns["reason"]


def test_each_address_leads_to_the_file_from_the_root_of_the_machine(swept_run: Path, tmp_path: Path) -> None:
    for task in export(swept_run, tmp_path):
        before, _, path = task["data"]["audio"].partition("?d=")
        assert before == "/data/local-files/"
        assert "&" not in path  # or the server would take the path to end there
        assert Path("/", unquote(path)).is_file()


def test_another_address_stands_before_the_path_where_it_is_given(swept_run: Path, tmp_path: Path) -> None:
    tasks = export(swept_run, tmp_path, "--audio-prefix=https://sounds.example/")
    assert tasks[0]["data"]["audio"] == f"https://sounds.example/{tasks[0]['data']['path']}"


def test_the_prediction_is_the_probable_class_where_a_label_is_probably_wrong(
    swept_run: Path, tmp_path: Path
) -> None:
    tasks = export(swept_run, tmp_path)
    (prediction,) = tasks[0]["predictions"]
    chosen = {item["from_name"]: item["value"]["choices"] for item in prediction["result"]}
    assert chosen == {"verdict": ["wrong-label"], "word": ["zero"]}
    assert prediction["score"] == tasks[0]["data"]["suspicion"] >= 0.5
    (last,) = tasks[-1]["predictions"]
    assert [item["value"]["choices"] for item in last["result"]] == [["normal"]]
    assert last["score"] == 1 - tasks[-1]["data"]["suspicion"] >= 0.5


def test_predictions_use_only_controls_and_choices_of_the_labeling_page(
    swept_run: Path, tmp_path: Path
) -> None:
    tasks = export(swept_run, tmp_path)
    page = ElementTree.fromstring((tmp_path / "tasks.xml").read_text("utf-8"))
    offered = {
        control.get("name"): [option.get("value") for option in control] for control in page.iter("Choices")
    }
    assert offered["verdict"] == list(KINDS)
    for task in tasks:
        assert (found := page.find("Audio")) is not None and found.get("value") == "$audio"
        for item in task["predictions"][0]["result"]:
            assert item["value"]["choices"][0] in offered[item["from_name"]]
    names = [item["id"] for task in tasks for item in task["predictions"][0]["result"]]
    assert len(set(names)) == len(names)


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


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (("export", "tasks.json", "--format=label-studio"), 2, "give --run"),
        (("export", "tasks.csv", "--format=label-studio", "--run=RUN"), 2, "does not end in .json"),
        (("export", "tasks.json", "--format=label-studio", "--run=gone"), 1, "no run stands at gone"),
        (("export", "tasks.json", "--format=label-studio", "--run=RUN", "--list=scores"), 1, "no scores"),
        (("export", "judged.csv", "--run=RUN"), 2, "give --format, too"),
        (("import", "there.json"), 2, "give --run"),
        (("import", "there.json", "--run=RUN", "--reviewer= x"), 2, "begins or ends with a space"),
        (("import", "there.csv", "--reviewer=Eva"), 2, "leave them out"),
    ],
)
def test_wrong_usage_is_an_error_in_words_and_writes_nothing(
    swept_run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    status: int,
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("there.json", "there.csv"):
        (tmp_path / name).write_text("[]", "utf-8")
    ended = call("verdicts", *(argument.replace("RUN", str(swept_run)) for argument in arguments))
    assert ended.status == status, ended.err
    assert told in ended.error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["there.csv", "there.json"]


def test_neither_tasks_nor_their_page_are_replaced_but_by_force(swept_run: Path, tmp_path: Path) -> None:
    (tmp_path / "tasks.xml").write_text("notes", "utf-8")
    file = tmp_path / "tasks.json"
    ended = call("verdicts", "export", file, "--format=label-studio", f"--run={swept_run}")
    assert ended.status == 1
    assert "tasks.xml exists and is left as it is" in ended.error
    assert not file.exists()
