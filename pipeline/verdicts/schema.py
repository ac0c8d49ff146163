"""Which table holds the verdicts, and how does a file of an older version get it?

``user_version`` is the version of the schema. Version 1 knew no sounds, version 2 neither ``unsure``, notes
nor decisions. SQLite cannot widen the check of a column, so the table is made anew and its rows are copied,
within the transaction of the caller.
"""

import sqlite3
from collections.abc import Iterator

__all__ = ["OLDER_VERSIONS", "SCHEMA_VERSION", "make_table", "upgrade", "view_of_older"]

SCHEMA_VERSION = 3
# What each older version lacks, as columns of a row that it holds.
OLDER_VERSIONS = {1: ("sound_sha256", "note", "decides"), 2: ("note", "decides")}
_KEPT = "id, uid, sha256, kind, word, reviewer, made, withdraws, path, label"

_TABLE = """
CREATE TABLE verdict (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  uid TEXT NOT NULL UNIQUE CHECK (length(uid) = 32),
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
  kind TEXT NOT NULL CHECK (kind IN ('normal', 'anomaly', 'noise', 'wrong-label', 'unsure', 'withdrawal')),
  word TEXT NOT NULL CHECK ((kind = 'wrong-label') = (word != '')),
  reviewer TEXT NOT NULL CHECK (reviewer != ''),
  made TEXT NOT NULL,
  withdraws TEXT NOT NULL CHECK ((kind = 'withdrawal') = (withdraws != '')),
  path TEXT NOT NULL,
  label TEXT NOT NULL,
  sound_sha256 TEXT NOT NULL DEFAULT '',
  note TEXT NOT NULL DEFAULT '',
  decides TEXT NOT NULL DEFAULT '' CHECK (decides IN ('', 'yes'))
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
_TRIGGERS = ("is_never_changed", "is_never_deleted", "is_never_replaced", "withdrawal_has_its_verdict")


def make_table(connection: sqlite3.Connection) -> None:
    """Make the table in an empty file, within a transaction."""
    for statement in _statements(_TABLE):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def upgrade(connection: sqlite3.Connection, version: int) -> None:
    """Give a file of an older version the table of this one, with all its rows, within a transaction."""
    for name in _TRIGGERS:
        connection.execute(f"DROP TRIGGER IF EXISTS verdict_{name}")
    for name in ("by_clip", "withdrawn"):
        connection.execute(f"DROP INDEX IF EXISTS verdict_{name}")
    connection.execute("ALTER TABLE verdict RENAME TO older_verdict")
    make_table(connection)
    kept = _KEPT if "sound_sha256" in OLDER_VERSIONS[version] else f"{_KEPT}, sound_sha256"
    connection.execute(f"INSERT INTO verdict ({kept}) SELECT {kept} FROM older_verdict ORDER BY id")
    connection.execute("DROP TABLE older_verdict")


def view_of_older(version: int) -> str:
    """Return the statement by which a file of an older version reads as one of this, and stays as it is.

    A name in the temporary schema stands before the same name in the file.
    """
    absent = ", ".join(f"'' AS {name}" for name in OLDER_VERSIONS[version])
    return f"CREATE TEMP VIEW verdict AS SELECT *, {absent} FROM main.verdict"


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script; ``executescript`` would commit the transaction around it."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
