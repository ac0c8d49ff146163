"""How do audio files become features, many at a time?

Used wherever files are turned into features: by the features stage for a corpus, and for bare paths.
The work is cut into batches of ``settings.batch_size`` files, one batch a call, in parallel
processes; memory holds a few batches and never all clips. A file that cannot be used is set aside:
its facts say why, its features are zeros. Only ``UnusableClip`` and ``OSError`` set a file aside;
any other exception is a bug and ends the run.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import lru_cache, partial
from itertools import count, islice
from pathlib import Path

import numpy as np

from pipeline.audio import Content, Recording, decode, open_content, sha256_of, to_rate, to_window
from pipeline.errors import UnusableClip
from pipeline.features.channels import channel_features
from pipeline.features.records import OK, SET_ASIDE, ClipFacts, FeatureBatch, Source
from pipeline.features.unfinished import UnfinishedFeatures, checksum
from pipeline.files import open_array
from pipeline.frontend import FrontEnd
from pipeline.processes import available_cores, mapping
from pipeline.quality import (
    N_BANDS,
    N_FRAMES,
    empty_above,
    measure_all,
    sketch_all,
    sound_digest,
)
from pipeline.settings import FeatureSettings

__all__ = [
    "SKETCH_SHAPE",
    "extract",
    "extract_into",
    "extraction",
    "feature_shape",
]

SKETCH_SHAPE = (N_FRAMES, N_BANDS)
# Recordings of so many samples in all, 16 seconds at 16 kHz, are measured at once: 1 MB stays in a cache.
MEASURED_TOGETHER = 1 << 18
_Channels = tuple[tuple[int, ...], np.ndarray | None]


def feature_shape(settings: FeatureSettings) -> tuple[int, ...]:
    """Return the shape of one clip's features.

    Raises:
        ConfigurationError: numbers that do not fit each other.
    """
    return _front_end(settings).shape


def extract(sources: Sequence[Source], settings: FeatureSettings) -> Iterator[FeatureBatch]:
    """Yield the facts and features of files, batch by batch, in the order given; see ``extraction``."""
    with extraction(sources, settings) as batches:
        yield from batches


def extraction(
    sources: Sequence[Source], settings: FeatureSettings, *, n_files_ahead: int = 0
) -> AbstractContextManager[Iterator[FeatureBatch]]:
    """Give an iterator of the facts and features of files, batch by batch, in the order given.

    Args:
        sources: the files.
        settings: what to compute, and in how many processes.
        n_files_ahead: about so many are begun when the block is, where there are several processes.

    Raises:
        ConfigurationError: numbers that do not fit each other.
    """
    feature_shape(settings)
    return mapping(
        partial(_extract_batch, settings=settings),
        _cut(sources, settings.batch_size),
        n_workers=_n_workers(len(sources), settings),
        n_ahead=n_files_ahead // settings.batch_size,
    )


def extract_into(
    rows: UnfinishedFeatures, sources: Sequence[Source], settings: FeatureSettings
) -> Iterator[tuple[ClipFacts, ...]]:
    """Write features and sketches of files into array files, and yield their facts batch by batch, in order.

    The processes write their rows straight into the mapped files, so that only facts pass between them.

    Args:
        rows: of shapes [len(sources), *feature_shape(settings)] and [len(sources), *SKETCH_SHAPE]; batches
            that are in place are not computed again.
        sources: the files; ``sources[i]`` becomes row i.
        settings: what to compute, and in how many processes.

    Raises:
        ArtefactError: an array file cannot be opened.
    """
    batches = list(zip(count(0, settings.batch_size), _cut(sources, settings.batch_size), strict=False))
    jobs = [(start, batch) for start, batch in batches if (start, len(batch)) not in rows.in_place]
    function = partial(
        _extract_rows, path=rows.features_path, sketches_path=rows.sketches_path, settings=settings
    )
    n_workers = _n_workers(sum(len(batch) for _, batch in jobs), settings)
    with mapping(function, jobs, n_workers=n_workers) as outcomes:
        for start, batch in batches:
            facts = rows.facts_of(start, len(batch))
            if facts is None:
                facts, crc = next(outcomes)
                rows.note(start, facts, crc)
            yield facts


def _cut(sources: Sequence[Source], batch_size: int) -> Iterator[tuple[Source, ...]]:
    remaining: Iterable[Source] = iter(sources)
    while batch := tuple(islice(remaining, batch_size)):
        yield batch


def _n_workers(n_sources: int, settings: FeatureSettings) -> int:
    """Return no more processes than there are batches: starting one costs as much as 1,000 clips."""
    n_batches = -(-n_sources // settings.batch_size)
    return max(1, min(settings.n_workers or available_cores(), n_batches))


@lru_cache(maxsize=2)
def _front_end(settings: FeatureSettings) -> FrontEnd:
    return FrontEnd(settings)


def _extract_rows(
    job: tuple[int, tuple[Source, ...]], *, path: Path, sketches_path: Path, settings: FeatureSettings
) -> tuple[tuple[ClipFacts, ...], int]:
    start, sources = job
    batch = _extract_batch(sources, settings=settings)
    rows = slice(start, start + len(sources))
    open_array(path, mode="r+")[rows] = batch.features
    open_array(sketches_path, mode="r+")[rows] = batch.sketches
    own = [fact.channel_features for fact in batch.facts if fact.channel_features is not None]
    return batch.facts, checksum(batch.features, batch.sketches, *([np.concatenate(own)] if own else ()))


def _extract_batch(sources: tuple[Source, ...], *, settings: FeatureSettings) -> FeatureBatch:
    front_end = _front_end(settings)
    windows = np.zeros((len(sources), round(settings.sample_rate * settings.duration_seconds)), np.float32)
    features = np.zeros((len(sources), *front_end.shape), np.float32)
    full_scales = np.ones(len(sources))
    facts = _read_all(windows, features, full_scales, sources, front_end)
    usable = np.array([fact.status == OK for fact in facts], bool)
    sketches = np.zeros((len(sources), *SKETCH_SHAPE), np.uint8)
    chosen = windows if usable.all() else windows[usable]
    if not front_end.takes_any_length:
        features[usable] = front_end(chosen, full_scales[usable].tolist())
    sketches[usable] = sketch_all(chosen, settings.sample_rate)
    return FeatureBatch(facts, features, sketches)


def _read_all(
    windows: np.ndarray,
    features: np.ndarray,
    full_scales: np.ndarray,
    sources: Sequence[Source],
    front_end: FrontEnd,
) -> tuple[ClipFacts, ...]:
    """Fill each row of ``windows`` and ``full_scales`` with one file's, and return the facts of all.

    Features of whole recordings are computed here: no recording is kept beside its window.
    """
    facts: dict[int, ClipFacts] = {}
    readable: dict[int, tuple[Recording, tuple[str, ...]]] = {}
    of_channels: dict[int, _Channels] = {}
    for row, source in enumerate(sources):
        found = _read_into(windows[row], features[row], source, front_end)
        if isinstance(found, ClipFacts):
            facts[row] = found
        else:
            recording, notes, of_channels[row] = found
            readable[row] = recording, notes
            full_scales[row] = recording.full_scale
        if sum(len(recording.samples) for recording, _ in readable.values()) >= MEASURED_TOGETHER:
            facts |= _measured(readable)
            readable.clear()
    facts |= _measured(readable)
    for row, (numbers, each) in of_channels.items():
        if numbers:
            facts[row] = replace(facts[row], channels=numbers, channel_features=each)
    return tuple(facts[row] for row in range(len(sources)))


def _read_into(
    window: np.ndarray, features: np.ndarray, source: Source, front_end: FrontEnd
) -> ClipFacts | tuple[Recording, tuple[str, ...], _Channels]:
    """Fill ``window`` with one file's sound; return it, its notes and channels, or why it was set aside."""
    settings = front_end.settings
    content: Content = b""
    if source.defect:
        return ClipFacts(status=SET_ASIDE, reason=source.defect)
    try:
        content = open_content(source.path)
        recording = decode(content, source.path.suffix)
        window[:], notes = to_window(recording, settings.sample_rate, settings.duration_seconds)
        if front_end.takes_any_length:
            # The window is for people alone.
            whole, notes = to_rate(recording, front_end.sample_rate, settings.longest_seconds)
            features[:] = front_end([whole])[0]
        channels: _Channels = ((), None)
        if settings.channels != "mix":
            channels = channel_features(recording, partial(_features_of, front_end=front_end))
        recording = replace(recording, heard=None)
    except UnusableClip as error:
        return ClipFacts(sha256=sha256_of(content), status=SET_ASIDE, reason=str(error))
    except OSError as error:
        return ClipFacts(status=SET_ASIDE, reason=f"unreadable: {error.strerror or error}")
    return recording, notes, channels


def _features_of(recording: Recording, *, front_end: FrontEnd) -> np.ndarray:
    """Return the features of one recording: float32 [*shape]."""
    settings = front_end.settings
    if front_end.takes_any_length:
        samples, _ = to_rate(recording, front_end.sample_rate, settings.longest_seconds)
    else:
        samples, _ = to_window(recording, settings.sample_rate, settings.duration_seconds)
    return front_end([samples], [recording.full_scale] if not front_end.takes_any_length else None)[0]


def _measured(readable: Mapping[int, tuple[Recording, tuple[str, ...]]]) -> dict[int, ClipFacts]:
    """Return the facts of recordings, by the row that each is read from."""
    measures = measure_all([recording for recording, _ in readable.values()])
    return {
        row: ClipFacts(
            sha256=recording.sha256,
            sample_rate=recording.sample_rate,
            n_samples=recording.n_samples,
            n_channels=recording.n_channels,
            empty_above_hertz=empty,
            reason="; ".join([*notes, f"nothing above {empty:,g} Hz"] if empty else notes),
            sound_sha256=sound_digest(recording),
            measures=numbers,
        )
        for (row, (recording, notes)), numbers in zip(readable.items(), measures, strict=True)
        for empty in [empty_above(recording.samples, recording.sample_rate, recording.full_scale)]
    }
