"""What is a verdict, and when is one well-formed?

Conventions: a verdict is one row that is never changed. It belongs to what was heard, so it names a clip by
the lower-case hexadecimal SHA-256 of its samples, and of its file where the samples are silence or the row
is older than that; ``path`` and ``label`` only tell a reader what the clip was called when it was judged.
Times are UTC, ISO 8601 with microseconds and ``Z``, so that they sort as text; rows that a reviewer gave
at once bear one time. A withdrawal is a row of its own. Text that does not apply is ``""``.
"""

import datetime
import re
import secrets
from dataclasses import dataclass

__all__ = [
    "DECIDES",
    "KINDS",
    "NORMAL",
    "UNSURE",
    "WITHDRAWAL",
    "WRONG_LABEL",
    "Verdict",
    "new_uid",
    "problem_of",
    "reviewer_problem",
    "time_text",
]

NORMAL, WRONG_LABEL, UNSURE = "normal", "wrong-label", "unsure"
KINDS = (NORMAL, "anomaly", "noise", WRONG_LABEL, UNSURE)
DECIDES = "yes"
WITHDRAWAL = "withdrawal"

LONGEST_TEXT = 4096  # characters; the longest path of most systems
LONGEST_REVIEWER = 80
LONGEST_NOTE = 500
_UID = re.compile(r"[0-9a-f]{32}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One row of the store.

    Attributes:
        uid: 32 hexadecimal digits, random; the same row has the same everywhere.
        sha256: of the clip's file.
        kind: one of ``KINDS``, or ``WITHDRAWAL``.
        word: what is really heard; with ``wrong-label`` alone.
        reviewer: who judged.
        made: when.
        withdraws: ``uid`` of the verdict that a withdrawal takes back.
        path: of the clip in its corpus, when it was judged.
        label: the word that the clip was filed under, when it was judged.
        sound_sha256: of the clip's samples and their rate, whatever else the file holds; or ``""``.
        note: what the reviewer wrote beside it.
        decides: ``DECIDES`` where it settles what others disagree on, and is no opinion beside theirs.
    """

    uid: str
    sha256: str
    kind: str
    word: str = ""
    reviewer: str
    made: str
    withdraws: str = ""
    path: str = ""
    label: str = ""
    sound_sha256: str = ""
    note: str = ""
    decides: str = ""

    @property
    def clip(self) -> str:
        """What tells the clip from others: the digest of its sound, or of its file."""
        return self.sound_sha256 or self.sha256


def new_uid() -> str:
    """Return 128 random bits as 32 hexadecimal digits."""
    return secrets.token_hex(16)


def time_text(moment: datetime.datetime) -> str:
    """Return an aware time as UTC text that sorts."""
    return moment.astimezone(datetime.timezone.utc).strftime(_TIME_FORMAT)


def reviewer_problem(name: str) -> str:
    """Return why a reviewer cannot be called so, or ``""``."""
    if not name or name != name.strip():
        return "a reviewer's name is empty, or begins or ends with a space"
    if len(name) > LONGEST_REVIEWER:
        return f"a reviewer's name has {len(name)} characters, and at most {LONGEST_REVIEWER} are kept"
    if not name.isprintable():
        return "a reviewer's name holds a character that cannot be seen"
    return ""


def problem_of(verdict: Verdict) -> str:
    """Return why a row cannot be kept, as the part of a sentence after "because", or ``""``."""
    for name in ("word", "path", "label", "note"):
        if problem := _text_problem(name, getattr(verdict, name)):
            return problem
    if not _UID.fullmatch(verdict.uid):
        return f"uid {verdict.uid[:80]!r} is not 32 hexadecimal digits"
    if not _SHA256.fullmatch(verdict.sha256):
        return f"sha256 {verdict.sha256[:80]!r} is not 64 hexadecimal digits"
    if verdict.sound_sha256 and not _SHA256.fullmatch(verdict.sound_sha256):
        return f"sound_sha256 {verdict.sound_sha256[:80]!r} is not 64 hexadecimal digits"
    if verdict.kind not in (*KINDS, WITHDRAWAL):
        return f"kind {verdict.kind[:80]!r} is none of {', '.join((*KINDS, WITHDRAWAL))}"
    if (verdict.kind == WRONG_LABEL) != bool(verdict.word):
        return f"word {verdict.word[:80]!r} does not go with kind {verdict.kind!r}"
    if (verdict.kind == WITHDRAWAL) != bool(verdict.withdraws):
        return f"withdraws {verdict.withdraws[:80]!r} does not go with kind {verdict.kind!r}"
    if len(verdict.note) > LONGEST_NOTE:
        return f"note has {len(verdict.note)} characters, and at most {LONGEST_NOTE} are kept"
    if verdict.decides not in ("", DECIDES) or (verdict.decides and verdict.kind == UNSURE):
        return f"decides {verdict.decides[:80]!r} does not go with kind {verdict.kind!r}"
    if verdict.withdraws and not _UID.fullmatch(verdict.withdraws):
        return f"withdraws {verdict.withdraws[:80]!r} is not 32 hexadecimal digits"
    if not _is_time(verdict.made):
        return f"made {verdict.made[:80]!r} is no time like 2026-01-31T09:30:00.000000Z"
    return reviewer_problem(verdict.reviewer)


def _text_problem(name: str, text: str) -> str:
    if len(text) > LONGEST_TEXT:
        return f"{name} has {len(text)} characters, and at most {LONGEST_TEXT} are kept"
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        return f"{name} holds a character that is not text"
    return ""


def _is_time(text: str) -> bool:
    if not _TIME.fullmatch(text):
        return False
    try:
        datetime.datetime.strptime(text, _TIME_FORMAT)
    except ValueError:
        return False
    return True
