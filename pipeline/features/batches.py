"""How do audio files become features, many at a time?

Used wherever files are turned into features: by the features stage for a corpus, and for bare paths.
The work is cut into batches of ``settings.batch_size`` files, one batch a call, in parallel
processes; memory holds a few batches and never all clips. A file that cannot be used is set aside:
its facts say why, its features are zeros. Only ``UnusableClip`` and ``OSError`` set a file aside;
any other exception is a bug and ends the run. A file that ends the process which reads it is set aside, too.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache, partial
from itertools import islice

import numpy as np

from pipeline.errors import REFUSALS
from pipeline.features.halving import by_halves
from pipeline.features.reading import read_all
from pipeline.features.records import OK, SET_ASIDE, ClipFacts, FeatureBatch, Source
from pipeline.frontend import FrontEnd
from pipeline.processes import available_cores, mapping
from pipeline.quality import N_BANDS, N_FRAMES, sketch_all
from pipeline.settings import FeatureSettings

__all__ = [
    "SKETCH_SHAPE",
    "cut",
    "extract",
    "extract_batch",
    "extraction",
    "feature_shape",
    "set_aside_batch",
    "windows_extraction",
    "workers_for",
]

SKETCH_SHAPE = (N_FRAMES, N_BANDS)


def feature_shape(settings: FeatureSettings) -> tuple[int, ...]:
    """Return the shape of one clip's features.

    Raises:
        ConfigurationError: numbers that do not fit each other.
    """
    shape = _front_end(settings).shape
    return (2 * shape[0],) if settings.noise_sha256 else shape


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
        partial(extract_batch, settings=settings),
        cut(sources, settings.batch_size),
        n_workers=workers_for(len(sources), settings),
        n_ahead=n_files_ahead // settings.batch_size,
        when_killed=partial(_halved, settings=settings),
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
        partial(extract_batch, settings=settings),
        batches,
        n_workers=settings.n_workers,
        n_ahead=n_batches_ahead,
        when_killed=partial(_halved, settings=settings),
    )


def _halved(
    batch: tuple[Source, ...],
    attempt: Callable[[tuple[Source, ...]], FeatureBatch],
    *,
    settings: FeatureSettings,
) -> FeatureBatch:
    def halves(sources: tuple[Source, ...]) -> tuple[tuple[Source, ...], tuple[Source, ...]] | None:
        middle = len(sources) // 2
        return (sources[:middle], sources[middle:]) if middle else None

    parts = by_halves(batch, attempt, halves=halves, alone=lambda sources: set_aside_batch(sources, settings))
    return FeatureBatch(
        tuple(fact for part in parts for fact in part.facts),
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.sketches for part in parts]),
    )


def cut(sources: Iterable[Source], batch_size: int) -> Iterator[tuple[Source, ...]]:
    """Yield files, so many at a time."""
    remaining: Iterable[Source] = iter(sources)
    while batch := tuple(islice(remaining, batch_size)):
        yield batch


def workers_for(n_sources: int, settings: FeatureSettings) -> int:
    """Return no more processes than there are batches: starting one costs as much as 1,000 clips."""
    n_batches = -(-n_sources // settings.batch_size)
    return max(1, min(settings.n_workers or available_cores(), n_batches))


@lru_cache(maxsize=2)
def _front_end(settings: FeatureSettings) -> FrontEnd:
    return FrontEnd(settings)


def set_aside_batch(sources: Sequence[Source], settings: FeatureSettings) -> FeatureBatch:
    """Return what is known of files that end whoever reads them: that they are set aside."""
    reason = f"kills_reader: {REFUSALS['kills_reader']} Look at it with another program, or remove it."
    return FeatureBatch(
        tuple(ClipFacts(status=SET_ASIDE, reason=reason) for _ in sources),
        np.zeros((len(sources), *feature_shape(settings)), np.float32),
        np.zeros((len(sources), *SKETCH_SHAPE), np.uint8),
    )


def extract_batch(sources: tuple[Source, ...], *, settings: FeatureSettings) -> FeatureBatch:
    """Return the facts, features and sketches of some files; see the module."""
    front_end = _front_end(settings)
    windows = np.zeros((len(sources), round(settings.sample_rate * settings.duration_seconds)), np.float32)
    features = np.zeros((len(sources), *feature_shape(settings)), np.float32)
    full_scales = np.ones(len(sources))
    facts = read_all(windows, features, full_scales, sources, front_end)
    usable = np.array([fact.status == OK for fact in facts], bool)
    sketches = np.zeros((len(sources), *SKETCH_SHAPE), np.uint8)
    chosen = windows if usable.all() else windows[usable]
    if not front_end.takes_any_length:
        features[usable] = front_end(chosen, full_scales[usable].tolist())
    sketches[usable] = sketch_all(chosen, settings.sample_rate)
    return FeatureBatch(facts, features, sketches)
