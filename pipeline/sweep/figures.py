"""Which classes are well told apart, and which pairs are confused?

Every figure is of clips that were judged by models which did not hear their speaker. A wrong label counts
against its class here as an error of the models would.
"""

from collections import Counter
from typing import Any

import numpy as np
from scipy.special import log_softmax

from pipeline.evaluation import auroc
from pipeline.sweep.classes import SMALL, Classes
from pipeline.sweep.judging import JudgedClips

__all__ = ["class_figures", "confused_pairs"]


def class_figures(
    words: np.ndarray, speakers: np.ndarray, classes: Classes, judged: JudgedClips
) -> list[dict[str, Any]]:
    """Return a page of figures for each class, hardest first, those that are too small last.

    Args:
        words: that each clip bears [N].
        speakers: of each [N].
        classes: of each.
        judged: what is said of them.
    """
    heard, pages = judged.heard, list[dict[str, Any]]()
    log_probability = log_softmax(judged.log_likelihood / judged.labels.temperature, axis=1)
    for word in (*classes.learned, *classes.small):
        own = words == word
        page: dict[str, Any] = {
            "word": word,
            "n": int(own.sum()),
            "n_speakers": len(set(speakers[own])),
            "is_learned": word in classes.learned,
            "expected_wrong": float(judged.wrong[own].sum()),
            "auroc": None,
            "heard_as_itself": None,
            "taken_for": None,
        }
        if page["is_learned"]:
            k = classes.learned.index(word)
            strangeness = -log_probability[:, k]
            page["auroc"] = float(auroc(strangeness[own], strangeness[~own]))
            page["heard_as_itself"] = float(np.mean(heard[own] == k))
        others = Counter(classes.learned[k] for k in heard[own & (heard != classes.number)] if k != SMALL)
        if others:
            page["taken_for"] = min(others, key=lambda name: (-others[name], name))
        pages.append(page)
    return sorted(pages, key=lambda page: (not page["is_learned"], page["auroc"] or 0.0, page["word"]))


def confused_pairs(classes: Classes, judged: JudgedClips) -> list[dict[str, Any]]:
    """Return pairs of learned classes of which clips are heard as the other, the most confused first."""
    heard, n = judged.heard, len(classes.learned)
    counts = np.zeros((n, n), int)
    inside = classes.number != SMALL
    np.add.at(counts, (classes.number[inside], heard[inside]), 1)
    sizes = np.bincount(classes.number[inside], minlength=n)
    pairs = [
        {
            "a": classes.learned[a],
            "b": classes.learned[b],
            "a_heard_as_b": int(counts[a, b]),
            "b_heard_as_a": int(counts[b, a]),
            "share": float((counts[a, b] + counts[b, a]) / (sizes[a] + sizes[b])),
        }
        for a in range(n)
        for b in range(a + 1, n)
        if counts[a, b] + counts[b, a]
    ]
    return sorted(pairs, key=lambda pair: (-pair["share"], pair["a"], pair["b"]))
