"""What is found about a file, and what becomes of it?"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pipeline.audio import RawWindow
from pipeline.quality import NO_MEASURES, ClipMeasures

__all__ = ["OK", "SET_ASIDE", "ClipFacts", "FeatureBatch", "Source"]

OK = "ok"
SET_ASIDE = "set_aside"


@dataclass(frozen=True)
class Source:
    """A file to read.

    Attributes:
        path: where it is.
        defect: why it must not even be opened, or ``""``.
        window: a window of it that was read already, which then stands for the file.
    """

    path: Path
    defect: str = ""
    window: RawWindow | None = None


@dataclass(frozen=True, kw_only=True)
class ClipFacts:
    """What was found about one file.

    Attributes:
        sha256: lower-case hexadecimal digest of the file's bytes; ``""`` where none were read.
        sample_rate: Hz, as in the file; 0 where it was set aside.
        n_samples: samples of one channel, as in the file; 0 where it was set aside.
        n_channels: as in the file; 0 where it was set aside.
        empty_above_hertz: above that there is nothing, see ``pipeline.quality.empty_band``; or 0.
        status: ``ok`` or ``set_aside``.
        reason: why it was set aside, or what was done to it (resampled, padded), or ``""``.
        sound_sha256: digest of its samples and their rate, or ``""`` for silence or no sound.
        measures: of the recording; all zeros or lowest where it was set aside.
        channels: numbers, from 1, of those that have features of their own; none where one row is for all.
        channel_features: float32 [len(channels), *shape], or ``None``.
    """

    sha256: str = ""
    sample_rate: int = 0
    n_samples: int = 0
    n_channels: int = 0
    empty_above_hertz: float = 0.0
    status: str = OK
    reason: str = ""
    sound_sha256: str = ""
    measures: ClipMeasures = NO_MEASURES
    channels: tuple[int, ...] = ()
    channel_features: np.ndarray | None = field(default=None, compare=False)


@dataclass(frozen=True)
class FeatureBatch:
    """Some consecutive files: ``facts[i]`` belongs to row ``features[i]``.

    Attributes:
        facts: one a file, in the order given.
        features: float32 [n_files, *shape]; zeros where a file was set aside.
        sketches: uint8 [n_files, N_FRAMES, N_BANDS], see ``pipeline.quality.sketch``; zeros likewise.
    """

    facts: tuple[ClipFacts, ...]
    features: np.ndarray
    sketches: np.ndarray
