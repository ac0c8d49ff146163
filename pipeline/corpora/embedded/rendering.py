"""How do plans of speakers become clips on the disk, the same bytes each time?

Five speakers at a time: a fresh process of espeak-ng says all that they say in a fixed order, and
``pipeline.corpora.embedded.recording`` puts each take into a room. Batches are independent of one another,
so that the number of processes changes nothing.
"""

import hashlib
import importlib.util
import json
import subprocess
import sys
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pipeline.corpora.embedded.recording import SAMPLE_RATE, channel_of, record
from pipeline.corpora.embedded.speakers import SEED, WORDS, Speaker, n_takes, speaker_of, takes_of
from pipeline.corpora.folder import TESTING_LIST, VALIDATION_LIST
from pipeline.errors import PipelineError
from pipeline.files import sha256_file
from pipeline.processes import map_batches
from pipeline.terminal import Progress

__all__ = ["ESPEAK", "render"]

ESPEAK = Path(__file__).with_name("espeak.py")  # by its path: importing it by name would import its rooms too

SPEAKERS_A_BATCH = 5  # one process of espeak-ng each: fixed, for the order of calls changes the sound
SECONDS_A_BATCH = 300.0


def render(folder: Path, speaker_numbers: Sequence[int], *, n_workers: int = 0) -> dict[str, str]:
    """Render what some speakers say, with the split lists, into an empty folder.

    Args:
        folder: where to.
        speaker_numbers: of 0 to 159; from a multiple of 5 to a multiple of 5 for the same bytes as
            in the whole corpus.
        n_workers: processes; 0 means one for each core.

    Returns:
        The SHA-256 of each file, by its path.

    Raises:
        PipelineError: espeakng-loader is not installed, or it fails.
    """
    if importlib.util.find_spec("espeakng_loader") is None:
        raise PipelineError(
            "the embedded corpus needs espeakng-loader; pip install 'audio-anomaly[embedded]', "
            "or give the path of a corpus"
        )
    speakers = [speaker_of(number) for number in speaker_numbers]
    for word in WORDS:
        (folder / word).mkdir()
    batches = [
        _Batch(str(folder), tuple(speakers[first : first + SPEAKERS_A_BATCH]))
        for first in range(0, len(speakers), SPEAKERS_A_BATCH)
    ]
    files: dict[str, str] = {}
    n_clips = sum(n_takes(speaker, word) for speaker in speakers for word in range(len(WORDS)))
    with Progress("rendering spoken words", n_clips, "clips") as progress:
        for digests in map_batches(_render_batch, batches, n_workers=n_workers):
            files |= digests
            progress.advance(len(digests))
    split_of = {speaker.name: speaker.split for speaker in speakers}
    for name, split in ((VALIDATION_LIST, "validation"), (TESTING_LIST, "test")):
        listed = [path for path in sorted(files) if split_of.get(Path(path).name.partition("_")[0]) == split]
        text = "".join(f"{path}\n" for path in listed).encode()
        (folder / name).write_bytes(text)
        files[name] = hashlib.sha256(text).hexdigest()
    return files


class _Batch(NamedTuple):
    folder: str
    speakers: tuple[Speaker, ...]


def _render_batch(batch: _Batch) -> dict[str, str]:
    """Have espeak-ng say all that a few speakers say, record it, and write the clips."""
    spoken = [(speaker, take) for speaker in batch.speakers for take in takes_of(speaker)]
    voices = _voices([take.request for _, take in spoken])
    channels = {
        # The third number keeps the room's generator apart from those of voices and takes.
        speaker.number: channel_of(np.random.default_rng([SEED, speaker.number, len(WORDS)]))
        for speaker in batch.speakers
    }
    files = {}
    for (speaker, take), voice in zip(spoken, voices, strict=True):
        rng = np.random.default_rng([SEED, speaker.number, WORDS.index(take.word), take.number, 1])
        samples = record(voice, channels[speaker.number], speaker.tract, rng)
        path = take.path_by(speaker)
        with wave.open(f"{batch.folder}/{path}", "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes(samples.tobytes())
        files[path] = sha256_file(Path(batch.folder, path))
    return files


def _voices(requests: Sequence[dict[str, str | int]]) -> list[np.ndarray]:
    """Run espeak-ng in a fresh process of its own.

    Returns:
        16-bit samples at 22,050 Hz for each request.

    Raises:
        PipelineError: the process failed; with its own words.
    """
    lines = "".join(json.dumps(request) + "\n" for request in requests).encode()
    try:
        ended = subprocess.run(
            [sys.executable, ESPEAK],
            input=lines,
            capture_output=True,
            timeout=SECONDS_A_BATCH,
        )
    except subprocess.TimeoutExpired as error:
        raise PipelineError(f"espeak-ng did not answer within {SECONDS_A_BATCH:.0f} s; run again") from error
    voices = []
    position = 0
    while position + 4 <= len(ended.stdout):
        n_samples = int.from_bytes(ended.stdout[position : position + 4], "little")
        position += 4
        voices.append(np.frombuffer(ended.stdout[position : position + 2 * n_samples], "<i2"))
        position += 2 * n_samples
    if ended.returncode or len(voices) != len(requests):
        words = (
            ended.stderr.decode("utf-8", "backslashreplace").strip() or f"it ended with {ended.returncode}"
        )
        raise PipelineError(
            f"espeak-ng spoke {len(voices)} of {len(requests)} words ({words}); reinstall espeakng-loader"
        )
    return voices
