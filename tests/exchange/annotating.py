"""How does Label Studio export what was annotated: the tasks, with what was chosen beside them?"""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

from pipeline.verdicts.store import VerdictStore
from pipeline.verdicts.verdict import Verdict
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
