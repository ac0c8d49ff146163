"""In which splits is a clip judged, and in which is it learned from?

Where recordings are many, a clip is in one of ``train``, ``validation`` and ``test``. Where they are few the
target's clips are in folds, ``fold_0``, ``fold_1`` and so on: each is judged by a model that was fitted to
the other folds, and the model that is kept is fitted to all of them. So a clip of a fold is learned from
*and* judged, and clips of other classes are all ``test``. A clip that is to be scored, and of which nobody
says whether it is normal, is ``unlabelled``: nothing is learned from it, and no figure is about it.
"""

import numpy as np

__all__ = ["UNLABELLED", "fold_name", "is_fold", "is_judged", "is_learned"]

PREFIX = "fold_"
UNLABELLED = "unlabelled"


def fold_name(number: int) -> str:
    """Return the split of the clips of a fold, counted from 0."""
    return f"{PREFIX}{number}"


def is_fold(split: np.ndarray) -> np.ndarray:
    """Return which splits [N] are folds: bool [N]."""
    found = np.zeros(len(split), bool)
    for name in set(split.tolist()):  # few, of many clips
        if str(name).startswith(PREFIX):
            found |= np.asarray(split == name, bool)
    return found


def is_judged(split: np.ndarray) -> np.ndarray:
    """Return which clips [N] the figures of a run are about: of the test split or of a fold, bool [N]."""
    return np.asarray(split == "test", bool) | is_fold(split)


def is_learned(split: np.ndarray) -> np.ndarray:
    """Return which clips [N] the kept model may be fitted to: of the train split or of a fold, bool [N]."""
    return np.asarray(split == "train", bool) | is_fold(split)
