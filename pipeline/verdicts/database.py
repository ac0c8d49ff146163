"""Which file holds the verdicts, and what does SQLite promise about it?

Written ahead (WAL) and synced before a commit returns (``synchronous = FULL``): what was committed
outlives a killed process and a power cut. Rows are only ever added: triggers refuse to change or
delete one, also by ``INSERT OR REPLACE``. ``application_id`` tells the file from SQLite files of other
programs; a file of an older version gets the table of this one when it is opened
(``pipeline.verdicts.schema``). A file on a disk that cannot be written to is read as it stands.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import ArtefactError, PipelineError
from pipeline.verdicts.schema import OLDER_VERSIONS, SCHEMA_VERSION, make_table, upgrade, view_of_older

__all__ = ["VerdictFile"]

APPLICATION_ID = 0x61615631  # "aaV1"
BUSY_SECONDS = 10.0  # a second writer waits so long for the first


class VerdictFile:
    """An open file of verdicts, which several threads may use one after another.

    Args:
        path: of the file.
        create: make it, and its folder, where there is none.

    Raises:
        PipelineError: there is no such file, or the system refuses.
        ArtefactError: the file is damaged, or holds something else.
    """

    def __init__(self, path: Path, *, create: bool) -> None:
        self.path = path
        self._lock = threading.Lock()
        if not create and not path.is_file():
            raise PipelineError(
                f"no verdicts stand at {path}; judge clips with the verb review, or name another file"
            )
        self.is_read_only = path.is_file() and not (_may_write(path) and _may_write(path.parent))
        try:
            if not self.is_read_only:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                _reading_address(path) if self.is_read_only else path,
                timeout=BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
                uri=self.is_read_only,
            )
        except (OSError, sqlite3.OperationalError) as error:
            raise PipelineError(f"verdicts cannot be kept at {path}: {error}; name another place") from error
        try:
            with self._in_our_words():
                self._open_as_it_stands() if self.is_read_only else self._prepare()
        except BaseException:
            self._connection.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection for one query."""
        with self._lock, self._in_our_words():
            yield self._connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection within a transaction, which has been committed when the block ends well.

        Raises:
            PipelineError: the file can only be read.
        """
        if self.is_read_only:
            raise PipelineError(
                f"{self.path} can be read and not written to; copy it to another place, and name that one"
            )
        with self._lock, self._in_our_words(), self._transaction():
            yield self._connection

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _prepare(self) -> None:
        run = self._connection.execute
        run("PRAGMA trusted_schema = OFF")
        with self._transaction():
            if not self._number("application_id") and not run("SELECT 1 FROM sqlite_master").fetchone():
                make_table(self._connection)
                run(f"PRAGMA application_id = {APPLICATION_ID}")
            elif (version := self._known_version()) in OLDER_VERSIONS:
                upgrade(self._connection, version)
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")

    def _open_as_it_stands(self) -> None:
        self._connection.execute("PRAGMA trusted_schema = OFF")
        if (version := self._known_version()) in OLDER_VERSIONS:
            self._connection.execute("PRAGMA temp_store = MEMORY")
            self._connection.execute(view_of_older(version))

    def _known_version(self) -> int:
        """Return the version of the file's schema.

        Raises:
            ArtefactError: the file is another program's, or of a version that this one does not know.
        """
        if self._number("application_id") != APPLICATION_ID:
            raise ArtefactError(f"{self.path} is an SQLite file of another program; name another place")
        version = self._number("user_version")
        if version not in (*OLDER_VERSIONS, SCHEMA_VERSION):
            raise ArtefactError(
                f"{self.path} has version {version} of the verdicts' format, and this program "
                f"knows {min(OLDER_VERSIONS)} to {SCHEMA_VERSION}; use the program that made it"
            )
        return version

    def _number(self, pragma: str) -> int:
        return int(self._connection.execute(f"PRAGMA {pragma}").fetchone()[0])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # A full disk makes SQLite roll back by itself.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _in_our_words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except sqlite3.OperationalError as error:
            raise PipelineError(f"{self.path} cannot be used: {error}; free the file or the disk") from error
        except sqlite3.DatabaseError as error:
            raise ArtefactError(
                f"{self.path} holds no verdicts that can be read ({error}); restore it from a copy"
            ) from error


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK)


def _reading_address(path: Path) -> str:
    """Return how SQLite is asked to open a file that it must not write beside."""
    log = path.with_name(f"{path.name}-wal")
    whole = not log.is_file() or not log.stat().st_size  # else the log holds rows that the file does not
    return f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if whole else ''}"
