"""Do facts and features of files come back in order, the same whatever the batches and processes?"""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.errors import ConfigurationError
from pipeline.features import reading
from pipeline.features.batches import extract
from pipeline.features.records import Source
from pipeline.settings.features import FeatureSettings

LOGMEL = FeatureSettings(kind="logmel", n_workers=1, batch_size=4)


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    generator = np.random.default_rng(0)
    paths = [tmp_path / f"{number}.wav" for number in range(11)]
    for number, path in enumerate(paths):
        soundfile.write(path, 0.1 * generator.standard_normal(4_000 + 1_000 * number), 16_000)
    return paths


def features_of(paths: list[Path], settings: FeatureSettings) -> np.ndarray:
    return np.concatenate([batch.features for batch in extract([Source(path) for path in paths], settings)])


def test_facts_come_in_the_order_of_the_files(paths: list[Path]) -> None:
    facts = [fact for batch in extract([Source(path) for path in paths], LOGMEL) for fact in batch.facts]
    assert [fact.n_samples for fact in facts] == [4_000 + 1_000 * number for number in range(11)]


@pytest.mark.parametrize("kind", ["logmel", "aligned"])
def test_features_do_not_depend_on_the_size_of_batches(paths: list[Path], kind: str) -> None:
    one, all_at_once = (FeatureSettings(kind=kind, n_workers=1, batch_size=size) for size in (1, 128))
    np.testing.assert_array_equal(features_of(paths, one), features_of(paths, all_at_once))


def test_features_do_not_depend_on_the_number_of_processes(paths: list[Path]) -> None:
    two = FeatureSettings(kind="logmel", n_workers=2, batch_size=4)
    np.testing.assert_array_equal(features_of(paths, two), features_of(paths, LOGMEL))


def test_a_bad_file_leaves_its_neighbours_alone(paths: list[Path]) -> None:
    alone = features_of(paths, LOGMEL)
    paths[5].write_bytes(b"junk")
    beside = features_of(paths, LOGMEL)
    others = np.arange(11) != 5
    np.testing.assert_array_equal(beside[others], alone[others])
    np.testing.assert_array_equal(beside[5], 0)


def test_a_missing_file_is_set_aside(tmp_path: Path) -> None:
    (batch,) = extract([Source(tmp_path / "gone.wav")], LOGMEL)
    assert batch.facts[0].status == "set_aside"
    assert batch.facts[0].reason == "unreadable: No such file or directory"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_a_forbidden_file_is_set_aside(paths: list[Path]) -> None:
    paths[0].chmod(0)
    (batch,) = extract([Source(paths[0])], LOGMEL)
    assert batch.facts[0].reason == "unreadable: Permission denied"


def test_a_damaged_file_has_its_digest_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "junk.wav"
    path.write_bytes(b"junk")
    (batch,) = extract([Source(path)], LOGMEL)
    assert len(batch.facts[0].sha256) == 64


def test_a_bug_is_not_mistaken_for_a_bad_file(paths: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(content: bytes, suffix: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(reading, "decode", broken)
    with pytest.raises(ZeroDivisionError):
        features_of(paths, LOGMEL)


def test_settings_that_do_not_fit_are_refused_before_any_file_is_read() -> None:
    with pytest.raises(ConfigurationError, match="must rise"):
        list(extract([], FeatureSettings(kind="logmel", fmin_hertz=7_600.0)))


def test_no_files_give_no_batches() -> None:
    assert list(extract([], LOGMEL)) == []
