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
        note: str = "",
        decides: str = "",
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
            note: what the reviewer wrote beside it.
            decides: ``DECIDES`` where it settles what others disagree on.
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
            note=note,
            decides=decides,
        )
        return self.add_at_once([asked])[0]

    def add_at_once(self, asked: Sequence[Verdict]) -> list[Verdict]:
        """Keep verdicts that one reviewer gives at once, all or none of them, under one time.

        Args:
            asked: at least one, all of the same reviewer.

        Raises:
            ValueError: a verdict is not well-formed, or its uid is another verdict's.
            PipelineError: they could not be written.
        """
        for verdict in asked:
            if problem := problem_of(verdict):
                raise ValueError(problem)
        with self._file.writing() as connection:
            made = _made_after(connection, asked[0])
            kept = []
            for verdict in asked:
                known = _select(connection, "uid = ?", verdict.uid)
                if known and replace(verdict, made=known[0].made) != known[0]:
                    raise ValueError(f"uid {verdict.uid} is already that of another verdict")
                kept.append(known[0] if known else _insert(connection, replace(verdict, made=made)))
            return kept

    def withdraw_last(
        self, reviewer: str, *, among: Callable[[Verdict], bool] = lambda _: True
    ) -> list[Verdict]:
        """Take back what a reviewer said last, be it of several clips at once, and return it.

        Args:
            reviewer: whose.
            among: says which verdicts count.
        """
        with self._file.writing() as connection:
            rows = list(filter(among, _standing(connection, "AND reviewer = ? ORDER BY id DESC", reviewer)))
            last = [row for row in rows if row.made == rows[0].made]
            if last:
                now = time_text(datetime.datetime.now(datetime.timezone.utc))
                made = _made_after(connection, replace(last[0], made=now))
                for row in last:
                    taken = replace(row, uid=new_uid(), kind=WITHDRAWAL, word="", note="", decides="")
                    _insert(connection, replace(taken, made=made, withdraws=row.uid))
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
        """Return what each reviewer says of each clip now: the latest verdict that was not withdrawn.

        What a reviewer decided between others stands beside what they had said themselves.
        """
        with self._file.reading() as connection:
            rows = _standing(connection, "ORDER BY made, id")
        return list({(row.clip, row.reviewer, row.decides): row for row in rows}.values())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _made_after(connection: sqlite3.Connection, verdict: Verdict) -> str:
    """Return the verdict's time, or one after all rows of its reviewer if a clock went back."""
    latest = connection.execute(
        "SELECT max(made) FROM verdict WHERE reviewer = ?", (verdict.reviewer,)
    ).fetchone()[0]
    if latest is None or verdict.made > latest:
        return verdict.made
    before = datetime.datetime.strptime(latest, "%Y-%m-%dT%H:%M:%S.%f%z")
    return time_text(before + datetime.timedelta(microseconds=1))


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
