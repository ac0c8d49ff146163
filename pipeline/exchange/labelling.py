"""What does Label Studio ask of an annotator, and under which names does it keep the answers?

Three controls over one sound: ``verdict``, a choice among the kinds of verdicts; ``word``, a choice among the
run's classes, and ``other_word``, a text, both asked with a wrong label alone.
Source: Label Studio's documentation, "Choices", "TextArea" and "Label Studio Task Format".
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from pipeline.exchange.listed import ListedClip, ListedRun
from pipeline.files import write_text
from pipeline.verdicts import KINDS, NORMAL, WRONG_LABEL

__all__ = ["OTHER_WORD", "VERDICT", "WORD", "write_tasks"]

AUDIO, VERDICT, WORD, OTHER_WORD = "audio", "verdict", "word", "other_word"
MODEL = "audio-anomaly"
ANOMALY = "anomaly"
LOCAL_FILES = "/data/local-files/?d="  # where Label Studio serves files below its document root


def write_tasks(run: ListedRun, files: list[Path], audio_prefix: str) -> None:
    """Write the tasks, and beside them the labeling configuration that they go with.

    Args:
        run: the list.
        files: of the tasks, and of the configuration.
        audio_prefix: see ``export_list``.
    """
    before = audio_prefix or LOCAL_FILES + quote(run.root.as_posix().strip("/")) + "/"
    tasks = [_task(clip, run, before + quote(clip.path)) for clip in run.clips]
    write_text(files[0], json.dumps(tasks, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    write_text(files[1], _labelling_page(run.words))


def _labelling_page(words: Sequence[str]) -> str:
    """Return the labeling configuration of a project, XML.

    Args:
        words: the classes that are offered for a wrong label.
    """
    asked = f'visibleWhen="choice-selected" whenTagName="{VERDICT}" whenChoiceValue="{WRONG_LABEL}"'
    return "\n".join(
        [
            "<View>",
            f'  <Audio name="{AUDIO}" value="${AUDIO}"/>',
            '  <Header value="$told"/>',
            f'  <Choices name="{VERDICT}" toName="{AUDIO}" choice="single-radio" required="true">',
            *(f"    <Choice value={quoteattr(kind)}/>" for kind in KINDS),
            "  </Choices>",
            f'  <Choices name="{WORD}" toName="{AUDIO}" choice="single-radio" {asked}>',
            *(f"    <Choice value={quoteattr(word)}/>" for word in words),
            "  </Choices>",
            f'  <TextArea name="{OTHER_WORD}" toName="{AUDIO}" maxSubmissions="1" {asked}',
            '    placeholder="Another class"/>',
            "</View>",
            "",
        ]
    )


def _task(clip: ListedClip, run: ListedRun, address: str) -> dict[str, Any]:
    """Return one task with what the list says of the clip as its prediction.

    Args:
        clip: of the list.
        run: whose list it is.
        address: where Label Studio finds the sound.
    """
    kind = _predicted_kind(clip)
    results = [_chosen(clip, VERDICT, kind)]
    if kind == WRONG_LABEL:
        results.append(_chosen(clip, WORD, clip.probable_class))
    verdict = clip.verdict
    return {
        "data": {
            AUDIO: address,
            "told": _told(clip),
            "path": clip.path,
            "word": clip.word,
            "speaker": clip.speaker,
            "split": clip.split,
            "rank": clip.rank,
            "score": clip.score,
            "p_value": clip.p_value,
            "suspicion": clip.suspicion,
            "probable_class": clip.probable_class,
            "reason": clip.reason,
            "tags": clip.tags,
            "judged": "" if verdict is None else f"{verdict.kind} {verdict.word}".strip(),
            "sha256": clip.sha256,
            "sound_sha256": clip.sound_sha256,
        },
        "predictions": [
            {
                "model_version": f"{MODEL} {run.kind}",
                "score": 1.0 - clip.suspicion if kind == NORMAL else clip.suspicion,
                "result": results,
            }
        ],
    }


def _told(clip: ListedClip) -> str:
    """Return what an annotator reads above the choices."""
    told = [f"filed under {clip.word}", clip.reason, clip.tags]
    if clip.probable_class != clip.word:
        told.insert(1, f"probably {clip.probable_class or 'none of the classes'}")
    return "; ".join(filter(None, told))


def _predicted_kind(clip: ListedClip) -> str:
    if not clip.is_suspected:
        return NORMAL
    return WRONG_LABEL if clip.probable_class not in ("", clip.word) else ANOMALY


def _chosen(clip: ListedClip, control: str, choice: str) -> dict[str, Any]:
    return {
        "id": f"{control}-{clip.row}",
        "from_name": control,
        "to_name": AUDIO,
        "type": "choices",
        "value": {"choices": [choice]},
    }
