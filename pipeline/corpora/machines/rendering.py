"""How do plans of recordings become files, the same bytes each time?

Recordings do not depend on one another, so that neither their order nor the number of processes changes
anything. A process holds one recording at a time, a few megabytes.
"""

import wave
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pipeline.corpora.machines.plans import Recording, samples_of
from pipeline.corpora.machines.signals import SAMPLE_RATE
from pipeline.files import sha256_file
from pipeline.processes import map_batches
from pipeline.terminal import Progress

__all__ = ["render"]

RECORDINGS_A_BATCH = 13


def render(folder: Path, recordings: Sequence[Recording], *, n_workers: int = 0) -> dict[str, str]:
    """Render recordings into an empty folder.

    Args:
        folder: where to.
        recordings: from ``recordings_of``, those of all machines or some of them.
        n_workers: processes; 0 means one for each core.

    Returns:
        The SHA-256 of each file, by its path.
    """
    for parent in sorted({Path(recording.path).parent for recording in recordings}):
        (folder / parent).mkdir(parents=True)
    batches = [
        _Batch(str(folder), tuple(recordings[first : first + RECORDINGS_A_BATCH]))
        for first in range(0, len(recordings), RECORDINGS_A_BATCH)
    ]
    files: dict[str, str] = {}
    with Progress("rendering machines", len(recordings), "recordings") as progress:
        for digests in map_batches(_render_batch, batches, n_workers=n_workers):
            files |= digests
            progress.advance(len(digests))
    return files


class _Batch(NamedTuple):
    folder: str
    recordings: tuple[Recording, ...]


def _render_batch(batch: _Batch) -> dict[str, str]:
    """Compute and write a few recordings."""
    files = {}
    for recording in batch.recordings:
        path = Path(batch.folder, recording.path)
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes(samples_of(recording).tobytes())
        files[recording.path] = sha256_file(path)
    return files
