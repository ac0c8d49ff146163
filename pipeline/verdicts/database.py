"""Which file holds the verdicts, and what does SQLite promise about it?

Written ahead (WAL) and synced before a commit returns (``synchronous = FULL``): what was committed
outlives a killed process and a power cut. Rows are only ever added: triggers refuse to change or
delete one, also by ``INSERT OR REPLACE``. ``application_id`` tells the file from SQLite files of other
programs, ``user_version`` is the version of the schema; a file of version 1, which knows no sounds, gets the
column when it is opened. A file on a disk that cannot be written to is read as it stands.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import ArtefactError, PipelineError

__all__ = ["VerdictFile"]

APPLICATION_ID = 0x61615631  # "aaV1"
SCHEMA_VERSION = 2
WITHOUT_SOUNDS = 1  # the version before ``sound_sha256``
BUSY_SECONDS = 10.0  # a second writer waits so long for the first

_SCHEMA = """
CREATE TABLE verdict (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uid TEXT NOT NULL UNIQUE CHECK (length(uid) = 32),
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  kind TEXT NOT NULL CHECK (kind IN ('normal', 'anomaly', 'noise', 'wrong-label', 'withdrawal')),
  word TEXT NOT NULL CHECK ((kind = 'wrong-label') = (word != '')),
  reviewer TEXT NOT NULL CHECK (reviewer != ''),
  made TEXT NOT NULL,
  withdraws TEXT NOT NULL CHECK ((kind = 'withdrawal') = (withdraws != '')),
  path TEXT NOT NULL,
  label TEXT NOT NULL,
  sound_sha256 TEXT NOT NULL DEFAULT ''
);
CREATE INDEX verdict_by_clip ON verdict (sha256, reviewer);
CREATE INDEX verdict_withdrawn ON verdict (withdraws) WHERE withdraws != '';
CREATE TRIGGER verdict_is_never_changed BEFORE UPDATE ON verdict
  BEGIN SELECT RAISE(ABORT, 'verdicts are only ever added'); END;
CREATE TRIGGER verdict_is_never_deleted BEFORE DELETE ON verdict
  BEGIN SELECT RAISE(ABORT, 'verdicts are only ever added'); END;
CREATE TRIGGER verdict_is_never_replaced BEFORE INSERT ON verdict
  WHEN EXISTS (SELECT 1 FROM verdict WHERE uid = NEW.uid OR id = NEW.id)
  BEGIN SELECT RAISE(ABORT, 'verdicts are only ever added'); END;
CREATE TRIGGER verdict_withdrawal_has_its_verdict BEFORE INSERT ON verdict
  WHEN NEW.withdraws != '' AND NOT EXISTS (SELECT 1 FROM verdict WHERE uid = NEW.withdraws
    AND kind != 'withdrawal' AND reviewer = NEW.reviewer AND sha256 = NEW.sha256)
  BEGIN SELECT RAISE(ABORT, 'a withdrawal names a verdict of the same reviewer on the same clip'); END;
"""


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
                for statement in _statements(_SCHEMA):
                    run(statement)
                run(f"PRAGMA application_id = {APPLICATION_ID}")
                run(f"PRAGMA user_version = {SCHEMA_VERSION}")
            elif self._known_version() == WITHOUT_SOUNDS:
                run("ALTER TABLE verdict ADD COLUMN sound_sha256 TEXT NOT NULL DEFAULT ''")
                run(f"PRAGMA user_version = {SCHEMA_VERSION}")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")

    def _open_as_it_stands(self) -> None:
        self._connection.execute("PRAGMA trusted_schema = OFF")
        if self._known_version() == WITHOUT_SOUNDS:
            # A name in the temporary schema stands before the same name in the file.
            self._connection.execute("PRAGMA temp_store = MEMORY")
            self._connection.execute(
                "CREATE TEMP VIEW verdict AS SELECT *, '' AS sound_sha256 FROM main.verdict"
            )

    def _known_version(self) -> int:
        """Return the version of the file's schema.

        Raises:
            ArtefactError: the file is another program's, or of a version that this one does not know.
        """
        if self._number("application_id") != APPLICATION_ID:
            raise ArtefactError(f"{self.path} is an SQLite file of another program; name another place")
        version = self._number("user_version")
        if version not in (WITHOUT_SOUNDS, SCHEMA_VERSION):
            raise ArtefactError(
                f"{self.path} has version {version} of the verdicts' format, and this program "
                f"knows {WITHOUT_SOUNDS} and {SCHEMA_VERSION}; use the program that made it"
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


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script; ``executescript`` would commit the transaction around it."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
