"""How do the scores of a clip's channels become the clip's score?

``largest`` takes every figure from the strangest channel, so that the terms still add up to the score;
``mean`` averages each figure. A clip with one row keeps its figures to the bit.
"""

import numpy as np

from pipeline.runs import EachChannel

__all__ = ["join_channels", "most_frequent"]


def join_channels(columns: dict[str, np.ndarray], each: EachChannel, rule: str) -> dict[str, np.ndarray]:
    """Return the columns of clips [N] and, as ``channel``, which one decided: from 1, 0 where none did.

    Args:
        columns: of each row [M], ``score`` among them.
        each: what the rows are.
        rule: ``features.channels``.
    """
    starts = np.flatnonzero(np.diff(each.clip, prepend=-1))
    if len(starts) == len(each.clip):
        return {**columns, "channel": each.channel}
    if rule == "mean":
        counts = np.diff(starts, append=len(each.clip))
        joined = {name: np.add.reduceat(values, starts) / counts for name, values in columns.items()}
        return {**joined, "channel": np.zeros(len(starts), np.intp)}
    # Sorted by clip and then by score: the last row of each clip is its strangest.
    order = np.lexsort((columns["score"], each.clip))
    strangest = order[np.append(starts[1:], len(each.clip)) - 1]
    return {
        **{name: values[strangest] for name, values in columns.items()},
        "channel": each.channel[strangest],
    }


def most_frequent(channels: np.ndarray) -> np.ndarray:
    """Return the channel that decided in most folds [n_folds, N], the lowest where several did: [N]."""
    counts = np.array([(channels == number).sum(axis=0) for number in range(channels.max(initial=0) + 1)])
    return np.asarray(counts.argmax(axis=0), np.intp)
