"""How do audio files become features, many at a time?

Used wherever files are turned into features: by the features stage for a corpus, and for bare paths.
The work is cut into batches of ``settings.batch_size`` files, one batch a call, in parallel
processes; memory holds a few batches and never all clips. A file that cannot be used is set aside:
its facts say why, its features are zeros. Only ``UnusableClip`` and ``OSError`` set a file aside;
any other exception is a bug and ends the run.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path

import numpy as np

from pipeline.features.reading import read_all
from pipeline.features.records import OK, ClipFacts, FeatureBatch, Source
from pipeline.features.unfinished import UnfinishedFeatures, checksum
from pipeline.files import open_array
from pipeline.frontend import FrontEnd
from pipeline.processes import available_cores, mapping
from pipeline.quality import N_BANDS, N_FRAMES, sketch_all
from pipeline.settings import FeatureSettings

__all__ = [
    "SKETCH_SHAPE",
    "extract",
    "extract_into",
    "extraction",
    "feature_shape",
    "windows_extraction",
]

SKETCH_SHAPE = (N_FRAMES, N_BANDS)


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


def windows_extraction(
    batches: Iterable[tuple[Source, ...]], settings: FeatureSettings, *, n_batches_ahead: int = 0
) -> AbstractContextManager[Iterator[FeatureBatch]]:
    """Give an iterator of the facts and features of batches that are read while earlier ones are computed.

    Args:
        batches: of windows, as many of them at once as memory may hold several times.
        settings: what to compute, and in how many processes.
        n_batches_ahead: so many are begun when the block is, where there are several processes.

    Raises:
        ConfigurationError: numbers that do not fit each other.
    """
    feature_shape(settings)
    return mapping(
        partial(_extract_batch, settings=settings),
        batches,
        n_workers=settings.n_workers,
        n_ahead=n_batches_ahead,
    )


def extract_into(
    rows: UnfinishedFeatures, wanted: np.ndarray, sources: Iterable[Source], settings: FeatureSettings
) -> Iterator[tuple[np.ndarray, tuple[ClipFacts, ...]]]:
    """Write features and sketches of files into array files, and yield rows and facts of batches, in order.

    The processes write their rows straight into the mapped files, so that only facts pass between them.

    Args:
        rows: of shapes [N, *feature_shape(settings)] and [N, *SKETCH_SHAPE].
        wanted: rows that are computed [n], in order.
        sources: the file of each, read lazily.
        settings: what to compute, and in how many processes.

    Raises:
        ArtefactError: an array file cannot be opened.
    """
    size = settings.batch_size
    numbers = (wanted[first : first + size] for first in range(0, len(wanted), size))
    jobs = zip(numbers, _cut(sources, size), strict=False)
    function = partial(
        _extract_rows, path=rows.features_path, sketches_path=rows.sketches_path, settings=settings
    )
    n_workers = _n_workers(len(wanted), settings)
    with mapping(function, jobs, n_workers=n_workers) as outcomes:
        for own, facts, crc in outcomes:
            rows.note(own, facts, crc)
            yield own, facts


def _cut(sources: Iterable[Source], batch_size: int) -> Iterator[tuple[Source, ...]]:
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
    job: tuple[np.ndarray, tuple[Source, ...]], *, path: Path, sketches_path: Path, settings: FeatureSettings
) -> tuple[np.ndarray, tuple[ClipFacts, ...], int]:
    rows, sources = job
    batch = _extract_batch(sources, settings=settings)
    open_array(path, mode="r+")[rows] = batch.features
    open_array(sketches_path, mode="r+")[rows] = batch.sketches
    own = [fact.channel_features for fact in batch.facts if fact.channel_features is not None]
    return (
        rows,
        batch.facts,
        checksum(batch.features, batch.sketches, *([np.concatenate(own)] if own else ())),
    )


def _extract_batch(sources: tuple[Source, ...], *, settings: FeatureSettings) -> FeatureBatch:
    front_end = _front_end(settings)
    windows = np.zeros((len(sources), round(settings.sample_rate * settings.duration_seconds)), np.float32)
    features = np.zeros((len(sources), *front_end.shape), np.float32)
    full_scales = np.ones(len(sources))
    facts = read_all(windows, features, full_scales, sources, front_end)
    usable = np.array([fact.status == OK for fact in facts], bool)
    sketches = np.zeros((len(sources), *SKETCH_SHAPE), np.uint8)
    chosen = windows if usable.all() else windows[usable]
    if not front_end.takes_any_length:
        features[usable] = front_end(chosen, full_scales[usable].tolist())
    sketches[usable] = sketch_all(chosen, settings.sample_rate)
    return FeatureBatch(facts, features, sketches)
