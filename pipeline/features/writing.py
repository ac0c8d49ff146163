"""Who writes the rows of files into the arrays?

Processes of this machine write their rows straight into the mapped files, so that only facts pass between
them. Workers elsewhere send their rows, and this process alone writes: machines that map one file of a shared
disk would write over each other's pages.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from pipeline.features.batches import cut, extract_batch, set_aside_batch, workers_for
from pipeline.features.halving import by_halves
from pipeline.features.records import ClipFacts, FeatureBatch, Source
from pipeline.features.unfinished import UnfinishedFeatures, checksum
from pipeline.files import open_array
from pipeline.processes import engine_of_the_moment, mapping
from pipeline.settings import FeatureSettings

__all__ = ["extract_into"]

Job = tuple[np.ndarray, tuple[Source, ...]]
# Rows, the facts of their files, and a checksum of what was written.
Written = tuple[np.ndarray, tuple[ClipFacts, ...], int]
Part = Written | tuple[np.ndarray, FeatureBatch]


def extract_into(
    rows: UnfinishedFeatures, wanted: np.ndarray, sources: Iterable[Source], settings: FeatureSettings
) -> Iterator[tuple[np.ndarray, tuple[ClipFacts, ...]]]:
    """Write features and sketches of files into array files, and yield rows and facts of batches, in order.

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
    jobs = zip(numbers, cut(sources, size), strict=False)
    write = partial(_write, path=rows.features_path, sketches_path=rows.sketches_path)
    send: Callable[[np.ndarray, FeatureBatch], Part] = write
    if not engine_of_the_moment().shares_files:
        send = _sent
    function = partial(_extract_rows, send=send, settings=settings)
    alone = partial(_set_aside_rows, send=send, settings=settings)
    rescue = partial(_rescued, alone=alone)
    n_workers = workers_for(len(wanted), settings)
    with mapping(function, jobs, n_workers=n_workers, when_killed=rescue) as outcomes:
        for parts in outcomes:
            for part in parts:
                own, facts, crc = write(*part) if len(part) == 2 else part
                rows.note(own, facts, crc)
                yield own, facts


def _rescued(
    job: Job, attempt: Callable[[Job], list[Part]], *, alone: Callable[[Job], list[Part]]
) -> list[Part]:
    return [part for parts in by_halves(job, attempt, halves=_halves, alone=alone) for part in parts]


def _halves(job: Job) -> tuple[Job, Job] | None:
    rows, sources = job
    middle = len(sources) // 2
    return ((rows[:middle], sources[:middle]), (rows[middle:], sources[middle:])) if middle else None


def _extract_rows(
    job: Job, *, send: Callable[[np.ndarray, FeatureBatch], Part], settings: FeatureSettings
) -> list[Part]:
    rows, sources = job
    return [send(rows, extract_batch(sources, settings=settings))]


def _set_aside_rows(
    job: Job, *, send: Callable[[np.ndarray, FeatureBatch], Part], settings: FeatureSettings
) -> list[Part]:
    rows, sources = job
    return [send(rows, set_aside_batch(sources, settings))]


def _sent(rows: np.ndarray, batch: FeatureBatch) -> Part:
    return rows, batch


def _write(rows: np.ndarray, batch: FeatureBatch, *, path: Path, sketches_path: Path) -> Written:
    open_array(path, mode="r+")[rows] = batch.features
    open_array(sketches_path, mode="r+")[rows] = batch.sketches
    own = [fact.channel_features for fact in batch.facts if fact.channel_features is not None]
    crc = checksum(batch.features, batch.sketches, *([np.concatenate(own)] if own else ()))
    return rows, batch.facts, crc
