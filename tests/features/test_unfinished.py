"""Does a features stage that was killed go on, with the same bytes in the end?"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pipeline.corpora import open_corpus
from pipeline.features import batches, writing
from pipeline.features.stage import FeatureSummary, compute_features
from pipeline.features.unfinished import JOURNAL, UnfinishedFeatures
from pipeline.settings import resolve_settings
from tests.command import contents

CHANGES = ("features.n_workers=1", "features.batch_size=2", "features.n_bands=32")
SETTINGS = resolve_settings("fft", CHANGES).features


class KilledError(Exception):
    """Stands for the end of the process."""


def computed(corpus: Path, folder: Path, kept: Path) -> FeatureSummary:
    kept.mkdir(exist_ok=True)
    opened = open_corpus(str(corpus), target="zero")
    return compute_features(opened, SETTINGS, folder, kept=kept)


def kill_after(n_batches: int, monkeypatch: pytest.MonkeyPatch) -> None:
    noted = iter(range(n_batches))
    note = UnfinishedFeatures.note

    def note_until(self: UnfinishedFeatures, *given: object) -> None:
        if next(noted, None) is None:
            raise KilledError
        note(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(UnfinishedFeatures, "note", note_until)


@pytest.fixture
def corpus(small_corpus: Callable[..., Path]) -> Path:
    root = small_corpus(n_target=6, n_other=2)
    next((root / "one").iterdir()).write_bytes(b"no sound")
    return root


def test_a_killed_stage_computes_what_it_had_not_and_gives_the_same_bytes(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = computed(corpus, tmp_path / "whole", tmp_path / "kept")
    with monkeypatch.context() as patch, pytest.raises(KilledError):
        kill_after(4, patch)
        computed(corpus, tmp_path / "again", tmp_path / "kept")
    extracted: list[int] = []
    extract = writing._extract_rows
    monkeypatch.setattr(
        writing, "_extract_rows", lambda job, **named: extracted.extend(job[0]) or extract(job, **named)
    )
    assert computed(corpus, tmp_path / "again", tmp_path / "kept") == whole
    assert extracted == [8, 9, 10, 11]
    assert contents(tmp_path / "again") == contents(tmp_path / "whole")
    assert "8 of 12 clips were kept from a call that did not end" in capsys.readouterr().err


def test_rows_that_are_not_those_of_the_journal_are_computed_again(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed(corpus, tmp_path / "whole", tmp_path / "kept")
    with monkeypatch.context() as patch, pytest.raises(KilledError):
        kill_after(3, patch)
        computed(corpus, tmp_path / "again", tmp_path / "kept")
    rows = np.lib.format.open_memmap(tmp_path / "kept" / "features.npy", mode="r+")
    rows[3] = 0.0
    rows.flush()
    with open(tmp_path / "kept" / JOURNAL, "a", encoding="ascii") as journal:
        journal.write('{"rows": [8, 9], "crc": 1, "fac')
    found = UnfinishedFeatures(tmp_path / "kept", len(rows), rows.shape[1:], batches.SKETCH_SHAPE)
    assert [rows.tolist() for rows, _ in found.in_place()] == [[0, 1], [4, 5]]
    computed(corpus, tmp_path / "again", tmp_path / "kept")
    assert contents(tmp_path / "again") == contents(tmp_path / "whole")


def test_batches_of_another_size_go_on(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch, pytest.raises(KilledError):
        kill_after(3, patch)
        computed(corpus, tmp_path / "again", tmp_path / "kept")
    monkeypatch.setattr(f"{__name__}.SETTINGS", replace_batch_size(5))
    whole = computed(corpus, tmp_path / "whole", tmp_path / "others")
    assert computed(corpus, tmp_path / "again", tmp_path / "kept") == whole
    assert contents(tmp_path / "again") == contents(tmp_path / "whole")
    assert "6 of 12 clips were kept from a call that did not end" in capsys.readouterr().err


def replace_batch_size(batch_size: int) -> object:
    return SETTINGS.model_copy(update={"batch_size": batch_size})
