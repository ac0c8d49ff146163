"""What was found about the clips of a corpus, as columns?

Some hundred bytes a clip, where a record of Python's own takes a thousand.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.features.records import OK, ClipFacts
from pipeline.quality import MEASURES

__all__ = ["ClipColumns"]


class ClipColumns:
    """The fields of ``ClipFacts`` of N clips, but for the features of channels.

    Args:
        n_clips: N.

    Attributes:
        is_known: what was put in, bool [N]; the others are set aside without a reason.
        is_ok: whose status is ``ok``, bool [N].
        sha256: of the file, bytes of 64 characters [N].
        sound_sha256: likewise, of the sound.
        sample_rate: int64 [N], as are ``n_samples`` and ``n_channels``.
        n_each: how many channels have features of their own, int64 [N].
        empty_above_hertz: float64 [N].
        reason: texts [N].
        measures: float64 [N, len(MEASURES)].
    """

    def __init__(self, n_clips: int) -> None:
        self.is_known, self.is_ok = np.zeros(n_clips, bool), np.zeros(n_clips, bool)
        self.sha256, self.sound_sha256 = np.zeros(n_clips, "S64"), np.zeros(n_clips, "S64")
        self.sample_rate, self.n_samples = np.zeros(n_clips, np.int64), np.zeros(n_clips, np.int64)
        self.n_channels, self.n_each = np.zeros(n_clips, np.int64), np.zeros(n_clips, np.int64)
        self.empty_above_hertz = np.zeros(n_clips)
        self.reason = np.full(n_clips, "", object)
        self.measures = np.zeros((n_clips, len(MEASURES)))

    @classmethod
    def of(cls, facts: Sequence[ClipFacts]) -> "ClipColumns":
        """Return the columns of clips, in the order given."""
        columns = cls(len(facts))
        columns.put(np.arange(len(facts)), facts)
        return columns

    def __len__(self) -> int:
        """Return N."""
        return len(self.is_known)

    @property
    def n_set_aside(self) -> int:
        """How many of the clips that are known were set aside."""
        return int(np.count_nonzero(self.is_known & ~self.is_ok))

    def put(self, rows: np.ndarray, facts: Sequence[ClipFacts]) -> None:
        """Put what was found about some clips into their rows."""
        self.is_known[rows] = True
        self.is_ok[rows] = [fact.status == OK for fact in facts]
        for name in ("sha256", "sound_sha256"):
            getattr(self, name)[rows] = [getattr(fact, name).encode("ascii") for fact in facts]
        for name in ("sample_rate", "n_samples", "n_channels", "empty_above_hertz", "reason"):
            getattr(self, name)[rows] = [getattr(fact, name) for fact in facts]
        self.n_each[rows] = [len(fact.channels) for fact in facts]
        self.measures[rows] = [fact.measures.numbers() for fact in facts]

    def texts(self, name: str) -> Any:
        """Return a column of digests as an Arrow column of texts."""
        import pyarrow

        return pyarrow.array(getattr(self, name), pyarrow.binary()).cast(pyarrow.string())
