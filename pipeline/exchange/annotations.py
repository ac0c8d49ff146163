"""Which verdicts stand in the annotations that Label Studio exports, and which of them cannot be kept?

Reads its format "JSON": a list of tasks with ``data`` and ``annotations``. A clip is found in a run by the
digests in ``data``, or by the path there where a task has none. A verdict's ``uid`` is made of what was said,
of what, by whom and when, so that the same file is known when it comes again. What cannot be kept is counted
under its cause. Source: Label Studio's documentation, "Label Studio Task Format".
"""

import datetime
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import PipelineError
from pipeline.exchange.labelling import OTHER_WORD, VERDICT, WORD
from pipeline.files import digest_of, read_table
from pipeline.runs import find_run
from pipeline.verdicts import KINDS, WRONG_LABEL, Verdict, judged_clips_of, problem_of, time_text

__all__ = ["Annotated", "read_annotations"]


@dataclass(frozen=True, kw_only=True)
class Annotated:
    """What a file of annotations holds.

    Attributes:
        verdicts: on clips of the run.
        n_tasks: in the file.
        n_open: tasks without an annotation.
        n_skipped: annotations that were cancelled: the annotator passed the clip over.
        refused: sentences about annotations that cannot be kept, one for each cause, with their number.
        n_refused: of these annotations.
    """

    verdicts: tuple[Verdict, ...]
    n_tasks: int
    n_open: int
    n_skipped: int
    refused: tuple[str, ...]
    n_refused: int


class _Refused(ValueError):
    """An annotation cannot be kept; ``cause`` is the same for all of its kind, the message is an example."""

    def __init__(self, cause: str, example: str) -> None:
        super().__init__(example)
        self.cause = cause


@dataclass(frozen=True)
class _Place:
    """A clip of the run: what a verdict on it carries."""

    sha256: str
    sound_sha256: str
    path: str
    label: str


def read_annotations(path: Path, run_path: Path, reviewer: str = "") -> Annotated:
    """Read the verdicts of a file that Label Studio exported as JSON.

    Args:
        path: of the file.
        run_path: of the run whose clips were annotated.
        reviewer: who annotated; ``""`` takes the e-mail address or number that each annotation carries.

    Raises:
        PipelineError: the file cannot be read, or is no such export; no such run.
        ArtefactError: the run is damaged.
    """
    tasks = _tasks(path)
    find = _finder(find_run(run_path).path)
    verdicts: list[Verdict] = []
    causes: Counter[str] = Counter()
    examples: dict[str, str] = {}
    n_open = n_skipped = 0
    for number, task in enumerate(tasks, start=1):
        annotations = task["annotations"]
        n_open += not annotations
        for annotation in annotations:
            if annotation.get("was_cancelled") is True:
                n_skipped += 1
                continue
            try:
                verdicts.append(_verdict(task["data"], annotation, find, reviewer))
            except _Refused as refused:
                causes[refused.cause] += 1
                examples.setdefault(refused.cause, f"{refused}, task {task.get('id', number)}")
    n_read = len(verdicts) + causes.total()
    return Annotated(
        verdicts=tuple(verdicts),
        n_tasks=len(tasks),
        n_open=n_open,
        n_skipped=n_skipped,
        refused=tuple(
            f"{n} of {n_read} annotations {cause}: {examples[cause]}" for cause, n in causes.items()
        ),
        n_refused=causes.total(),
    )


def _tasks(path: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise PipelineError(f"{path} cannot be read: {error.strerror}; name another file") from error
    except (ValueError, RecursionError) as error:
        raise PipelineError(
            f"{path} is no JSON ({error}); export the project from Label Studio as JSON again"
        ) from error
    if not isinstance(found, list):
        raise PipelineError(
            f"{path} holds no list of tasks but {_kind(found)}; export the project from Label Studio as JSON"
        )
    for number, task in enumerate(found, start=1):
        if not (
            isinstance(task, dict)
            and isinstance(task.get("data"), dict)
            and isinstance(task.get("annotations"), list)
            and all(isinstance(annotation, dict) for annotation in task["annotations"])
        ):
            raise PipelineError(
                f"{path}: entry {number} of {len(found)} is no task with data and annotations; "
                "nothing was imported, export the project from Label Studio as JSON, not as JSON-MIN"
            )
    return found


def _finder(run_path: Path) -> Any:
    """Return a function from the data of a task to the clip of the run, or ``None``."""
    manifest = read_table(run_path / "manifest.parquet", ("path", "word", "sha256"))
    judged = judged_clips_of(run_path, manifest)
    columns = (judged.files, judged.sounds, manifest["path"], manifest["word"])
    places = [_Place(*row) for row in zip(*columns, strict=True) if row[0]]
    by_path = {place.path: place for place in places}
    by_file = {place.sha256: place for place in reversed(places)}
    by_sound = {place.sound_sha256: place for place in reversed(places) if place.sound_sha256}

    def find(data: Mapping[str, Any]) -> _Place | None:
        path, file, sound = (str(data.get(name) or "") for name in ("path", "sha256", "sound_sha256"))
        if not (file or sound):
            return by_path.get(path)
        named = by_path.get(path)
        if named is not None and (named.sha256 == file or (sound and named.sound_sha256 == sound)):
            return named
        return by_file.get(file) or by_sound.get(sound)

    return find


def _verdict(data: Mapping[str, Any], annotation: Mapping[str, Any], find: Any, reviewer: str) -> Verdict:
    kind, word = _said(annotation.get("result"))
    clip = find(data)
    if clip is None:
        raise _Refused("are on clips that the run does not hold", repr(str(data.get("path") or "")[:80]))
    made = _made(annotation)
    said = {
        "sha256": clip.sha256,
        "sound_sha256": clip.sound_sha256,
        "kind": kind,
        "word": word,
        "reviewer": reviewer or _annotator(annotation),
        "made": made,
    }
    verdict = Verdict(uid=digest_of(said)[:32], path=clip.path, label=clip.label, **said)
    if problem := problem_of(verdict):
        raise _Refused("cannot be kept as a verdict", problem)
    return verdict


def _said(result: Any) -> tuple[str, str]:
    """Return kind and word of an annotation's results; a word without a wrong label is not asked for."""
    answers: dict[str, list[Any]] = {}
    for item in result if isinstance(result, list) else []:
        value = item.get("value") if isinstance(item, dict) else None
        if isinstance(value, dict):
            given = value.get("choices", value.get("text", []))
            answers[str(item.get("from_name"))] = given if isinstance(given, list) else [given]
    chosen = answers.get(VERDICT, [])
    if not chosen:
        raise _Refused(f"have no choice {VERDICT!r}", f"with {', '.join(sorted(answers)) or 'no answer'}")
    kind = "-".join(str(chosen[0]).lower().replace("_", " ").replace("-", " ").split())
    if len(chosen) != 1 or kind not in KINDS:
        raise _Refused(f"say something else than {', '.join(KINDS)}", repr(chosen)[:80])
    if kind != WRONG_LABEL:
        return kind, ""
    words = [str(word).strip() for name in (OTHER_WORD, WORD) for word in answers.get(name, [])]
    words = [word for word in words if word]
    if not words:
        raise _Refused("say that the label is wrong and not which is right", f"with {WORD!r} empty")
    return kind, words[0]


def _annotator(annotation: Mapping[str, Any]) -> str:
    who = annotation.get("completed_by")
    if isinstance(who, dict):
        names = [
            who.get("email"),
            f"{who.get('first_name') or ''} {who.get('last_name') or ''}",
            who.get("id"),
        ]
        who = next((name for name in map(_text, names) if name), "")
    if isinstance(who, int) and not isinstance(who, bool):
        return f"annotator {who}"
    if not _text(who):
        raise _Refused("name no annotator (--reviewer names one)", "with no completed_by")
    return _text(who)


def _made(annotation: Mapping[str, Any]) -> str:
    given = _text(annotation.get("updated_at")) or _text(annotation.get("created_at"))
    try:
        moment = datetime.datetime.fromisoformat(given.replace("Z", "+00:00"))
    except ValueError:
        raise _Refused("have no time", f"with {given[:80]!r}") from None
    return time_text(moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc))


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "an object"
    return "a text" if isinstance(value, str) else "a number or null"
