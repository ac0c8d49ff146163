"""Is a file that ends whoever reads it set aside, and the same written wherever rows are computed?"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.corpora import open_corpus
from pipeline.features.batches import extract
from pipeline.features.halving import by_halves
from pipeline.features.records import Source
from pipeline.features.stage import compute_features
from pipeline.files import read_table
from pipeline.processes import WorkerKilled, working_with
from pipeline.processes.engine import Work, rescued
from pipeline.settings import resolve_settings
from tests.command import contents
from tests.recording_engine import RecordingEngine

SETTINGS = resolve_settings(
    "fft", ("features.n_workers=1", "features.batch_size=5", "features.n_bands=32")
).features


class KilledByOne(RecordingEngine):
    """Whoever reads a file of a certain name is ended."""

    def __init__(self, deadly: str, *, shares_files: bool) -> None:
        super().__init__()
        self.deadly, self.shares_files = deadly, shares_files  # type: ignore[misc]

    @contextmanager
    def mapping(self, work: Work[Any, Any], batches: Iterable[Any]) -> Iterator[Iterator[Any]]:
        def attempt(batch: Any) -> Any:
            if self.deadly and any(source.path.name == self.deadly for source in sources_of(batch)):
                raise WorkerKilled("it killed 3")
            return work.function(batch)

        yield (rescued(work, batch, attempt) for batch in batches)


def sources_of(batch: Any) -> tuple[Source, ...]:
    if isinstance(batch, tuple) and isinstance(batch[0], np.ndarray):
        batch = batch[1]
    return tuple(part for part in batch if isinstance(part, Source)) if isinstance(batch, tuple) else ()


@pytest.fixture
def corpus(small_corpus: Callable[..., Path]) -> Path:
    return small_corpus(n_target=6, n_other=2)


def computed(corpus: Path, folder: Path, engine: RecordingEngine) -> dict[str, bytes]:
    kept = folder.with_suffix(".kept")
    kept.mkdir()
    with working_with(engine):
        compute_features(open_corpus(str(corpus), target="zero"), SETTINGS, folder, kept=kept)
    return contents(folder)


def test_the_parts_of_a_batch_come_in_order() -> None:
    def attempt(batch: range) -> list[int]:
        if 3 in batch or 6 in batch:
            raise WorkerKilled("it killed 3")
        return list(batch)

    found = by_halves(
        range(9),
        attempt,
        halves=lambda batch: (batch[: len(batch) // 2], batch[len(batch) // 2 :]) if len(batch) > 1 else None,
        alone=lambda batch: [-number for number in batch],
    )
    assert [number for part in found for number in part] == [0, 1, 2, -3, 4, 5, -6, 7, 8]


def test_workers_that_send_their_rows_make_the_same_bytes(corpus: Path, tmp_path: Path) -> None:
    here, sent = (
        computed(corpus, tmp_path / f"run{shares}", KilledByOne("", shares_files=shares))
        for shares in (True, False)
    )
    assert here == sent


@pytest.mark.parametrize("shares_files", [True, False])
def test_a_file_that_kills_its_readers_is_set_aside(shares_files: bool, corpus: Path, tmp_path: Path) -> None:
    deadly = sorted((corpus / "zero").iterdir())[2].name
    computed(corpus, tmp_path / "run", KilledByOne(deadly, shares_files=shares_files))
    manifest = read_table(tmp_path / "run" / "manifest.parquet")
    found = dict(zip(manifest["path"], manifest["reason"], strict=True))
    status = dict(zip(manifest["path"], manifest["status"], strict=True))
    assert [path for path in found if status[path] == "set_aside"] == [f"zero/{deadly}"]
    assert found[f"zero/{deadly}"].startswith("kills_reader: ")


def test_a_bare_file_that_kills_its_readers_is_set_aside(corpus: Path) -> None:
    paths = sorted((corpus / "zero").iterdir())
    sources = [Source(path) for path in paths]
    with working_with(KilledByOne(paths[1].name, shares_files=True)):
        batches = list(extract(sources, SETTINGS))
    whole = np.concatenate([batch.features for batch in extract(sources, SETTINGS)])
    status = [fact.status for batch in batches for fact in batch.facts]
    assert status == ["set_aside" if number == 1 else "ok" for number in range(len(paths))]
    whole[1] = 0
    np.testing.assert_array_equal(np.concatenate([batch.features for batch in batches]), whole)
