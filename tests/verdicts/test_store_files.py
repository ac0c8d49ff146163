"""Which files of verdicts are read, which are brought up to date, and which are refused?"""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.errors import ArtefactError, PipelineError
from pipeline.verdicts.schema import OLDER_VERSIONS, SCHEMA_VERSION
from pipeline.verdicts.store import VerdictStore

ONE, OTHER = "1" * 64, "2" * 64


def test_a_file_that_is_not_there_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="no verdicts stand at"):
        VerdictStore(tmp_path / "verdicts.sqlite")
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "verdicts.sqlite").write_bytes(b"not a database " * 100)
    with pytest.raises(ArtefactError, match="holds no verdicts that can be read"):
        VerdictStore(tmp_path / "verdicts.sqlite", create=True)


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE verdict (a)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(ArtefactError, match="another program"):
        VerdictStore(path, create=True)
    assert path.read_bytes() == before


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.sqlite"
    VerdictStore(path, create=True).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 4")
    connection.close()
    with pytest.raises(ArtefactError, match="version 4"):
        VerdictStore(path)


def test_a_folder_in_place_of_the_file_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="cannot be kept at"):
        VerdictStore(tmp_path, create=True)


def as_of_version(path: Path, version: int) -> None:
    """Make a file of verdicts one of an older version."""
    connection = sqlite3.connect(path)
    for name in OLDER_VERSIONS[version]:
        connection.execute(f"ALTER TABLE verdict DROP COLUMN {name}")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.commit()
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()


@pytest.mark.parametrize("version", [1, 2])
def test_a_file_of_an_older_version_keeps_its_verdicts_and_takes_new_ones(
    tmp_path: Path, version: int
) -> None:
    path = tmp_path / "verdicts.sqlite"
    with closing(VerdictStore(path, create=True)) as store:
        given = store.add(sha256=ONE, kind="normal", reviewer="Anna")
    as_of_version(path, version)
    with closing(VerdictStore(path)) as store:
        more = store.add(sha256=OTHER, kind="unsure", reviewer="Anna", sound_sha256="3" * 64, note="hum?")
        assert store.rows() == [given, more]
        assert store.withdraw_last("Anna") == [more]
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="only ever added"):
        connection.execute("DELETE FROM verdict")
    connection.close()


@pytest.mark.parametrize("version", [1, 2, SCHEMA_VERSION])
def test_verdicts_on_a_disk_that_cannot_be_written_to_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    path = tmp_path / "a folder" / "verdicts?.sqlite"
    with closing(VerdictStore(path, create=True)) as store:
        given = store.add(sha256=ONE, kind="normal", reviewer="Anna")
    if version in OLDER_VERSIONS:
        as_of_version(path, version)
    before = {entry.name: entry.read_bytes() for entry in path.parent.iterdir()}
    # Permissions do not bind every user that runs tests, as a disk would.
    monkeypatch.setattr("pipeline.verdicts.database._may_write", lambda path: False)
    with closing(VerdictStore(path, create=True)) as store:
        assert store.standing() == store.rows() == [given]
        with pytest.raises(PipelineError, match="can be read and not written to; copy it"):
            store.add(sha256=ONE, kind="noise", reviewer="Anna")
        with pytest.raises(PipelineError, match="can be read and not written to"):
            store.withdraw_last("Anna")
    assert {entry.name: entry.read_bytes() for entry in path.parent.iterdir()} == before


def test_what_stands_in_the_log_of_a_killed_program_is_read_without_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "verdicts.sqlite"
    with closing(VerdictStore(path, create=True)) as store:
        given = store.add(sha256=ONE, kind="normal", reviewer="Anna")
        copies = tmp_path / "copied while it was open"
        copies.mkdir()
        for entry in tmp_path.glob("verdicts.sqlite*"):
            (copies / entry.name).write_bytes(entry.read_bytes())
    monkeypatch.setattr("pipeline.verdicts.database._may_write", lambda path: False)
    with closing(VerdictStore(copies / "verdicts.sqlite")) as store:
        assert store.rows() == [given]
