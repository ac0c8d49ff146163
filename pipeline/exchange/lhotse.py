"""What are the manifests of a corpus for lhotse, and what do they carry of a run?

A folder with ``recordings.jsonl.gz`` and ``supervisions.jsonl.gz``, one object a line: a recording and one
supervision over all of it for each clip of the list. Its ``custom`` fields hold what the
list and reviewers say. Equal lists give equal bytes. Nothing of lhotse is imported.
Source: lhotse 1.33, "Representing a corpus", ``Recording``, ``AudioSource`` and ``SupervisionSegment``.
"""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pipeline.audio import read_channels
from pipeline.errors import PipelineError, UnusableClip
from pipeline.exchange.listed import ListedClip, ListedRun, is_address
from pipeline.files import atomic_path
from pipeline.verdicts import WRONG_LABEL

__all__ = ["RECORDINGS", "SUPERVISIONS", "write_manifests"]

RECORDINGS, SUPERVISIONS = "recordings.jsonl.gz", "supervisions.jsonl.gz"


def write_manifests(run: ListedRun, files: list[Path], audio_prefix: str) -> None:
    """Write both manifests; the head of each file is read, for a recording names its channels.

    Args:
        run: the list.
        files: of the recordings, and of the supervisions.
        audio_prefix: see ``ListedRun.place_of``.

    Raises:
        PipelineError: a clip does not stand where the run says, or cannot be read.
    """
    channels = [_channels(run, clip) for clip in run.clips]
    pairs = list(zip(run.clips, channels, strict=True))
    _write_lines(files[0], (_recording(run, clip, n, audio_prefix) for clip, n in pairs))
    _write_lines(files[1], (_supervision(clip, n) for clip, n in pairs))


def _channels(run: ListedRun, clip: ListedClip) -> list[int]:
    try:
        return list(range(read_channels(run.root / clip.path)))
    except (OSError, UnusableClip) as error:
        raise PipelineError(
            f"{run.root / clip.path}, clip {clip.rank} of {len(run.clips)}, cannot be read to count its "
            f"channels ({error}); put the corpus back where it was"
        ) from error


def _recording(run: ListedRun, clip: ListedClip, channels: list[int], audio_prefix: str) -> dict[str, Any]:
    kind = "url" if is_address(audio_prefix) else "file"
    source = run.place_of(clip, audio_prefix)
    return {
        "id": clip.path,
        "sources": [{"type": kind, "channels": channels, "source": source}],
        "sampling_rate": clip.sample_rate,
        "num_samples": clip.n_samples,
        "duration": clip.n_samples / clip.sample_rate,
        "channel_ids": channels,
    }


def _supervision(clip: ListedClip, channels: list[int]) -> dict[str, Any]:
    decided = clip.verdict
    custom = {
        "word": clip.word,
        "split": clip.split,
        "rank": clip.rank,
        "score": clip.score,
        "p_value": clip.p_value,
        "suspicion": clip.suspicion,
        "is_suspected": clip.is_suspected,
        "probable_class": clip.probable_class,
        "reason": clip.reason,
        "tags": clip.tags,
        "verdict": decided.kind if decided else None,
        "right_class": decided.word if decided and decided.kind == WRONG_LABEL else None,
    }
    segment = {
        "id": clip.path,
        "recording_id": clip.path,
        "start": 0.0,
        "duration": clip.n_samples / clip.sample_rate,
        "channel": channels[0] if len(channels) == 1 else channels,
        "text": clip.word,
        "speaker": clip.speaker or None,
        "custom": {name: value for name, value in custom.items() if value is not None},
    }
    return {name: value for name, value in segment.items() if value is not None}


def _write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    with (
        atomic_path(path) as temporary,
        open(temporary, "wb") as file,
        # Without a name and a time in its head, which would differ from call to call.
        gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packed,
    ):
        for row in rows:
            packed.write(json.dumps(row, ensure_ascii=False, allow_nan=False).encode() + b"\n")
