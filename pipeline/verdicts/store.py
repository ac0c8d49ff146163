"""How are verdicts added, taken back and read?

A verdict that a caller got back has been committed. Rows are only ever added; a verdict is taken back
by a row that withdraws it.
"""

import datetime
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import astuple, fields, replace
from pathlib import Path

from pipeline.verdicts.database import VerdictFile
from pipeline.verdicts.verdict import WITHDRAWAL, Verdict, new_uid, problem_of, time_text

__all__ = ["RefusedRow", "VerdictStore"]


_COLUMNS = tuple(field.name for field in fields(Verdict))
_STANDING = """
SELECT {columns} FROM verdict AS given WHERE kind != 'withdrawal'
  AND NOT EXISTS (SELECT 1 FROM verdict AS later WHERE later.withdraws != '' AND later.withdraws = given.uid)
"""


class RefusedRow(ValueError):
    """A row cannot be kept; ``row`` is its place among those that were given, from 0."""

    def __init__(self, row: int, reason: str) -> None:
        super().__init__(reason)
        self.row = row


class VerdictStore:
    """The verdicts of one file; its methods may be called from any thread.

    Args:
        path: of the file.
        create: make it, and its folder, where there is none.

    Raises:
        PipelineError: there is no such file, or the system refuses.
        ArtefactError: the file is damaged, or holds something else.
    """

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self.path = path
        self._file = VerdictFile(path, create=create)

    def add(
        self,
        *,
        sha256: str,
        kind: str,
        reviewer: str,
        word: str = "",
        path: str = "",
        label: str = "",
        sound_sha256: str = "",
        uid: str = "",
    ) -> Verdict:
        """Keep a verdict and return it; when this returns, it has been committed.

        Args:
            sha256: of the clip's file.
            kind: one of ``KINDS``.
            reviewer: who judged.
            word: what is heard, with ``wrong-label``.
            path: of the clip.
            label: the word that it is filed under.
            sound_sha256: of its samples; ``""`` for silence.
            uid: names the judgement, so that asking twice keeps it once; ``""`` makes one.

        Raises:
            ValueError: the verdict is not well-formed, or the uid is another verdict's.
            PipelineError: it could not be written.
        """
        asked = Verdict(
            uid=uid or new_uid(),
            sha256=sha256,
            kind=kind,
            word=word,
            reviewer=reviewer,
            made=time_text(datetime.datetime.now(datetime.timezone.utc)),
            path=path,
            label=label,
            sound_sha256=sound_sha256,
        )
        if problem := problem_of(asked):
            raise ValueError(problem)
        with self._file.writing() as connection:
            known = _select(connection, "uid = ?", asked.uid)
            if known and replace(asked, made=known[0].made) != known[0]:
                raise ValueError(f"uid {asked.uid} is already that of another verdict")
            return known[0] if known else _insert(connection, _dated(connection, asked))

    def withdraw_last(
        self, reviewer: str, *, among: Callable[[Verdict], bool] = lambda _: True
    ) -> Verdict | None:
        """Take back the verdict that a reviewer gave last, and return it; ``None`` where none stands.

        Args:
            reviewer: whose.
            among: says which verdicts count.
        """
        with self._file.writing() as connection:
            rows = _standing(connection, "AND reviewer = ? ORDER BY id DESC", reviewer)
            last = next(filter(among, rows), None)
            if last is not None:
                made = time_text(datetime.datetime.now(datetime.timezone.utc))
                taken = replace(last, uid=new_uid(), kind=WITHDRAWAL, word="", made=made, withdraws=last.uid)
                _insert(connection, _dated(connection, taken))
            return last

    def add_all(self, verdicts: Sequence[Verdict]) -> tuple[int, int]:
        """Keep rows from elsewhere, all or none of them.

        Returns:
            How many were added, and how many were known.

        Raises:
            RefusedRow: one cannot be kept, and none was.
        """
        n_added = n_known = 0
        # A withdrawal may stand before its verdict in a table that somebody sorted.
        order = sorted(range(len(verdicts)), key=lambda row: verdicts[row].kind == WITHDRAWAL)
        with self._file.writing() as connection:
            for row in order:
                verdict = verdicts[row]
                known = _select(connection, "uid = ?", verdict.uid)
                if known and known[0] != verdict:
                    raise RefusedRow(row, f"uid {verdict.uid} is already that of another verdict")
                if known:
                    n_known += 1
                    continue
                try:
                    _insert(connection, verdict)
                except sqlite3.IntegrityError as error:
                    raise RefusedRow(row, str(error)) from error
                n_added += 1
        return n_added, n_known

    def rows(self) -> list[Verdict]:
        """Return every row, withdrawals too, in the order in which they were added."""
        with self._file.reading() as connection:
            return _select(connection, "1 ORDER BY id")

    def standing(self) -> list[Verdict]:
        """Return what each reviewer says of each clip now: the latest verdict that was not withdrawn."""
        with self._file.reading() as connection:
            rows = _standing(connection, "ORDER BY made, id")
        return list({(row.clip, row.reviewer): row for row in rows}.values())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _dated(connection: sqlite3.Connection, verdict: Verdict) -> Verdict:
    """Return the row with a time after those of the same reviewer and clip, if a clock went back."""
    latest = connection.execute(
        "SELECT max(made) FROM verdict WHERE reviewer = ? AND (sha256 = ? OR sound_sha256 = ?)",
        (verdict.reviewer, verdict.sha256, verdict.sound_sha256 or verdict.sha256),
    ).fetchone()[0]
    if latest is None or verdict.made > latest:
        return verdict
    before = datetime.datetime.strptime(latest, "%Y-%m-%dT%H:%M:%S.%f%z")
    return replace(verdict, made=time_text(before + datetime.timedelta(microseconds=1)))


def _insert(connection: sqlite3.Connection, verdict: Verdict) -> Verdict:
    marks = ", ".join("?" * len(_COLUMNS))
    connection.execute(f"INSERT INTO verdict ({', '.join(_COLUMNS)}) VALUES ({marks})", astuple(verdict))
    return verdict


def _select(connection: sqlite3.Connection, condition: str, *values: str) -> list[Verdict]:
    query = f"SELECT {', '.join(_COLUMNS)} FROM verdict WHERE {condition}"
    return [Verdict(**dict(zip(_COLUMNS, row, strict=True))) for row in connection.execute(query, values)]


def _standing(connection: sqlite3.Connection, condition: str, *values: str) -> list[Verdict]:
    query = _STANDING.format(columns=", ".join(_COLUMNS)) + condition
    return [Verdict(**dict(zip(_COLUMNS, row, strict=True))) for row in connection.execute(query, values)]
