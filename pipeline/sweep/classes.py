"""Which classes of a corpus are learned, and which are too small?

Conventions: learned classes are numbered in the order of their names; clips of a small one have ``SMALL``.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from pipeline.errors import PipelineError

__all__ = ["SMALL", "Classes", "find_classes"]

SMALL = -1


@dataclass(frozen=True, kw_only=True)
class Classes:
    """The classes of clips [N].

    Attributes:
        learned: names of those with a model of their own.
        small: names of the others.
        number: of the class of each clip [N].
    """

    learned: tuple[str, ...]
    small: tuple[str, ...]
    number: np.ndarray


def find_classes(words: np.ndarray, least_clips: int) -> Classes:
    """Return the classes of clips.

    Args:
        words: that each clip bears [N].
        least_clips: of a class that is learned.

    Raises:
        PipelineError: fewer than two classes are large enough.
    """
    sizes = Counter(str(word) for word in words)
    learned = tuple(sorted(word for word, n in sizes.items() if n >= least_clips))
    if len(learned) < 2:
        raise PipelineError(
            f"a sweep compares at least 2 classes of sweep.least_clips={least_clips} clips or more, and the "
            f"corpus has {len(learned)} among its {len(sizes)}; add clips, or lower sweep.least_clips"
        )
    numbers = {word: number for number, word in enumerate(learned)}
    return Classes(
        learned=learned,
        small=tuple(sorted(set(sizes) - set(learned))),
        number=np.array([numbers.get(str(word), SMALL) for word in words], np.intp),
    )
