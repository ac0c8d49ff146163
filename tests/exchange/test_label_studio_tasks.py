"""Is the list of a run a file of tasks that Label Studio can show, each with its prediction?"""

import xml.etree.ElementTree as ElementTree
from pathlib import Path
from urllib.parse import unquote

import pytest

from pipeline.files.tables import read_table
from pipeline.verdicts.verdict import KINDS
from tests.command import call
from tests.exchange.annotating import export


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
