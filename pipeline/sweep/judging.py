"""What do the models of every fold say of a corpus's clips, taken together?

Each view of the clips gives log-likelihoods, which are tempered each by itself before they are added: views
of many cells would otherwise speak louder than they know. The sum is tempered again where labels are judged.
A clip of a class that is not learned is judged by how usual it is for the learned class that it is most like.
Of clips that truly are of a learned class a share p is as unusual as p. How usual a clip is for a class that
it is not of is seen from clips of learned classes, each beside the others alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.calibration import p_values
from pipeline.sweep.class_models import log_likelihoods
from pipeline.sweep.classes import SMALL, Classes
from pipeline.sweep.wrong_labels import Judgement, best_temperature, judge_labels

__all__ = ["JudgedClips", "judge_clips", "score_fold"]


@dataclass(frozen=True, kw_only=True)
class JudgedClips:
    """What is said of all clips [N].

    Attributes:
        labels: of the clips of learned classes.
        log_likelihood: under each learned class, the views tempered and added [N, C].
        wrong: probability that a label is wrong [N].
        score: log-likelihood of the likeliest other class less that of its own, in nats [N].
        heard: number of the learned class that each is heard as; ``SMALL`` where a clip of a class that is
            not learned is like none of them [N].
        p_value: how usual for its own class, NaN where that is not learned [N].
        p_value_heard: how usual for the learned class that it is most like [N].
    """

    labels: Judgement
    log_likelihood: np.ndarray
    wrong: np.ndarray
    score: np.ndarray
    heard: np.ndarray
    p_value: np.ndarray
    p_value_heard: np.ndarray


def score_fold(
    views: Mapping[str, np.ndarray], classes: Classes, is_held_out: np.ndarray, ridge: float
) -> dict[str, np.ndarray]:
    """Return the log-likelihoods [n, C] of the clips that a fold holds out, by each view.

    Args:
        views: of all clips [N, D].
        classes: that each clip bears.
        is_held_out: bool [N].
        ridge: see ``pipeline.sweep.class_models``.
    """
    return {
        name: log_likelihoods(clips, classes.number, ~is_held_out, len(classes.learned), ridge)
        for name, clips in views.items()
    }


def judge_clips(
    scored: Sequence[Mapping[str, np.ndarray]], fold: np.ndarray, classes: Classes, speakers: np.ndarray
) -> JudgedClips:
    """Return what is said of every clip's label.

    Args:
        scored: of each fold, the log-likelihoods of the clips that it holds out.
        fold: of each clip, from 0 [N].
        classes: that each clip bears.
        speakers: of each clip [N].
    """
    number, own = classes.number, np.flatnonzero(classes.number != SMALL)
    total = np.zeros((len(fold), len(classes.learned)))
    for name in scored[0]:
        found = np.empty_like(total)
        for k, columns in enumerate(scored):
            found[fold == k] = columns[name]
        total += found / best_temperature(found[own], number[own])
    speaker = np.unique(speakers.astype(str), return_inverse=True)[1]
    labels = judge_labels(total[own], number[own], speaker[own])
    heard = total.argmax(axis=1)
    wrong, score, p_value = np.zeros(len(fold)), np.zeros(len(fold)), np.full(len(fold), np.nan)
    wrong[own] = labels.wrong
    others = _without(total[own], number[own])
    score[own] = (others.max(axis=1) - total[own, number[own]]) / labels.temperature
    p_value[own] = _usual(total, number, own, number[own])
    p_heard = _usual(total, number, np.arange(len(fold)), heard)
    small = np.flatnonzero(number == SMALL)
    if len(small):
        foreign = _usual(total, number, own, others.argmax(axis=1))
        ratio = _share_at_least(p_heard[own], p_heard[small]) / _share_at_least(foreign, p_heard[small])
        score[small] = np.log(ratio)
        odds = ratio * labels.wrong_rate / (1.0 - labels.wrong_rate)
        wrong[small] = odds / (1.0 + odds)
        heard[small] = np.where(wrong[small] >= 0.5, heard[small], SMALL)
    return JudgedClips(
        labels=labels,
        log_likelihood=total,
        wrong=wrong,
        score=score,
        heard=heard,
        p_value=p_value,
        p_value_heard=p_heard,
    )


def _without(log_likelihood: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Return log-likelihoods with that of each clip's own class taken away."""
    others = log_likelihood.copy()
    others[np.arange(len(number)), number] = -np.inf
    return others


def _usual(log_likelihood: np.ndarray, number: np.ndarray, rows: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Return the share of the clips of a class that are as unusual for it as each of some clips is [n].

    Args:
        log_likelihood: of all clips [N, C].
        number: of the class of each [N].
        rows: of the clips that are asked about [n].
        of: the class that each is compared with [n].
    """
    found = np.ones(len(rows))
    for k in np.unique(of):
        asked, members = of == k, number == k
        values = p_values(-log_likelihood[members, k], -log_likelihood[rows[asked], k])
        # A clip of the class itself is among those that it is compared with, and counts once.
        n, is_member = max(int(members.sum()), 1), members[rows[asked]]
        found[asked] = np.where(is_member, (values * (n + 1.0) - 1.0) / n, values)
    return found


def _share_at_least(known: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the share of known values that are at least each, one more counted among them [n]."""
    return p_values(known, values)
