"""Which tables do programs read that work on data frames?

``cleanlab``: the table of label issues, the four columns that ``CleanLearning.find_label_issues`` returns,
with names and paths beside them, in the order of the run's manifest. ``data-frame``: all that is known of a
clip, and its file, in the order of the list. Both have a row a clip.
Source: cleanlab 2.9, ``CleanLearning.find_label_issues``, "Returns".
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.exchange.listed import ListedClip, ListedRun
from pipeline.files import write_csv, write_table

__all__ = ["write_clips", "write_issues"]


def write_issues(run: ListedRun, files: list[Path], audio_prefix: str) -> None:
    """Write the table of label issues; classes are numbered in the order of their names, from 0.

    Args:
        run: the list.
        files: of the table, alone.
        audio_prefix: of no use here.
    """
    number = {word: place for place, word in enumerate(run.words)}
    clips = sorted(run.clips, key=lambda clip: clip.row)
    _write(
        files[0],
        {
            "row": [clip.row for clip in clips],
            "is_label_issue": [clip.is_suspected for clip in clips],
            "label_quality": np.array([1.0 - clip.suspicion for clip in clips], np.float64),
            "given_label": [number[clip.word] for clip in clips],
            "predicted_label": [number[clip.probable_class or clip.word] for clip in clips],
            "path": [clip.path for clip in clips],
            "given_class": [clip.word for clip in clips],
            "predicted_class": [clip.probable_class or clip.word for clip in clips],
        },
    )


def write_clips(run: ListedRun, files: list[Path], audio_prefix: str) -> None:
    """Write all that is known of each clip, in the order of the list.

    Args:
        run: the list.
        files: of the table, alone.
        audio_prefix: see ``ListedRun.place_of``.
    """
    clips = run.clips
    _write(
        files[0],
        {
            "file": [
                audio_prefix + clip.path if audio_prefix else str(run.root / clip.path) for clip in clips
            ],
            **{
                name: [getattr(clip, name) for clip in clips] for name in ("path", "word", "speaker", "split")
            },
            **{name: _numbers(clips, name) for name in ("score", "p_value", "suspicion")},
            "is_suspected": [clip.is_suspected for clip in clips],
            **{
                name: [getattr(clip, name) for clip in clips] for name in ("probable_class", "reason", "tags")
            },
            "verdict": [clip.verdict.kind if clip.verdict else "" for clip in clips],
            "right_class": [clip.verdict.word if clip.verdict else "" for clip in clips],
            "n_verdicts": [len(clip.verdicts) for clip in clips],
            "reviewers": [", ".join(sorted(row.reviewer for row in clip.verdicts)) for clip in clips],
            **_column(clips, "sample_rate"),
            "duration_seconds": np.array([clip.n_samples / clip.sample_rate for clip in clips], np.float64),
            **_column(clips, "sha256", "sound_sha256"),
        },
    )


def _column(clips: tuple[ListedClip, ...], *names: str) -> dict[str, list[Any]]:
    return {name: [getattr(clip, name) for clip in clips] for name in names}


def _numbers(clips: tuple[ListedClip, ...], name: str) -> np.ndarray:
    """Return numbers, NaN where there is none: float64 [N]."""
    values = [getattr(clip, name) for clip in clips]
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _write(path: Path, columns: Mapping[str, Any]) -> None:
    if path.suffix.lower() == ".parquet":
        write_table(path, columns)
        return
    # In a CSV a number that is absent is an empty cell.
    cells = [
        np.where(np.isnan(values), None, values) if _is_float(values) else values
        for values in columns.values()
    ]
    write_csv(path, columns, zip(*cells, strict=True))


def _is_float(values: Any) -> bool:
    return isinstance(values, np.ndarray) and values.dtype.kind == "f"
