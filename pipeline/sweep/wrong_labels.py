"""How probable is it that a clip's label is wrong?

A clip is heard with probabilities p(c) of the classes, by models that did not hear its speaker. Its label
may differ from what is heard in two ways. Labels are wrong at random, with a rate ``e``: a wrong one is drawn
from the other classes by their numbers of clips. And models err: they take a class for one that they hear
alike, with a rate ``m`` that is larger for speakers whose other clips they err about, too.

    a(y) = (1 - m h) p(y) + m h sum_c p(c) r(c, y)
    P(label y, right) = (1 - e) a(y)          P(label y, wrong) = e sum_(c != y) a(c) n_y / (N - n_c)

``r`` is how often each class is a close second to another, and ``h`` how hard a speaker is, 1 on average. The
temperature that tempers p, e and m are what makes the labels of the corpus most likely: nothing is set by
hand, and no label has to be known to be right.
Source: Guo et al. 2017, "On Calibration of Modern Neural Networks"; Natarajan et al. 2013, "Learning with
Noisy Labels", for the channel.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_softmax, logit, softmax

__all__ = ["Judgement", "best_temperature", "judge_labels"]

# Clips of an ordinary speaker that are added to each one's own, so that a single error says little.
SPEAKER_CLIPS = 5.0
MOST_MISTAKEN = 0.9
TINY = 1e-300
FIRST_RATE = 0.05


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What is said of the labels of clips [N] of learned classes.

    Attributes:
        wrong: probability that a label is wrong [N].
        log_heard: log-probability of each class [N, C].
        temperature: that log-likelihoods are divided by.
        wrong_rate: e.
        mistaken_rate: m.
    """

    wrong: np.ndarray
    log_heard: np.ndarray
    temperature: float
    wrong_rate: float
    mistaken_rate: float


def best_temperature(log_likelihood: np.ndarray, labels: np.ndarray) -> float:
    """Return what to divide log-likelihoods [N, C] by, so that the labels are likeliest."""
    labelled = _Labelled(log_likelihood, labels)
    found = _least(lambda x: labelled.surprise(np.exp(x[0]), expit(x[1])), [0.0, logit(FIRST_RATE)])
    return float(np.exp(found[0]))


def judge_labels(log_likelihood: np.ndarray, labels: np.ndarray, speakers: np.ndarray) -> Judgement:
    """Return how probable it is that each label is wrong.

    Args:
        log_likelihood: of each class [N, C].
        labels: number of the class that each clip bears [N].
        speakers: number of each clip's speaker [N].
    """
    labelled = _Labelled(log_likelihood, labels)
    start = _least(lambda x: labelled.surprise(np.exp(x[0]), expit(x[1])), [0.0, logit(FIRST_RATE)])
    heard = softmax(log_likelihood / np.exp(start[0]), axis=1)
    labelled.alike = _alike(heard, labels)
    labelled.hardness = _hardness(heard.argmax(axis=1) != labels, speakers)
    found = _least(
        lambda x: labelled.surprise(np.exp(x[0]), expit(x[1]), expit(x[2])), [*start, logit(FIRST_RATE)]
    )
    temperature, wrong_rate, mistaken_rate = float(np.exp(found[0])), *map(float, expit(found[1:]))
    right, wrong = labelled.joint(temperature, wrong_rate, mistaken_rate)
    return Judgement(
        wrong=wrong / np.maximum(right + wrong, TINY),
        log_heard=log_softmax(log_likelihood / temperature, axis=1),
        temperature=temperature,
        wrong_rate=wrong_rate,
        mistaken_rate=mistaken_rate,
    )


class _Labelled:
    """Clips with their labels, and how likely these are under rates."""

    def __init__(self, log_likelihood: np.ndarray, labels: np.ndarray) -> None:
        self.log_likelihood, self.labels = log_likelihood, labels
        n, n_classes = log_likelihood.shape
        self.rows = np.arange(n)
        counts = np.bincount(labels, minlength=n_classes)
        self.own_count = counts[labels]
        self.one_of_others = 1.0 / np.maximum(n - counts, 1)
        self.alike = np.zeros((n_classes, n_classes))
        self.hardness = np.ones(n)

    def joint(self, temperature: float, wrong: float, mistaken: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the probabilities of each label as a right and as a wrong one, both [N]."""
        heard = softmax(self.log_likelihood / temperature, axis=1)
        share = np.clip(mistaken * self.hardness, 0.0, MOST_MISTAKEN)[:, None]
        said = (1.0 - share) * heard + share * (heard @ self.alike)
        own = said[self.rows, self.labels]
        others = said @ self.one_of_others - own * self.one_of_others[self.labels]
        return (1.0 - wrong) * own, wrong * self.own_count * np.maximum(others, 0.0)

    def surprise(self, temperature: float, wrong: float, mistaken: float = 0.0) -> float:
        """Return the mean negative log-likelihood of the labels."""
        return -float(np.log(sum(self.joint(temperature, wrong, mistaken)) + TINY).mean())


def _alike(heard: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return how the classes that come second to each are shared out [C, C], rows of sum one."""
    n_classes = heard.shape[1]
    right = heard.argmax(axis=1) == labels
    second = np.zeros((n_classes, n_classes))
    np.add.at(second, labels[right], heard[right])
    np.fill_diagonal(second, 0.0)
    second += second.T
    shares: np.ndarray = second / np.maximum(second.sum(axis=1, keepdims=True), TINY)
    return shares


def _hardness(is_error: np.ndarray, speakers: np.ndarray) -> np.ndarray:
    """Return how often the models err about a speaker's other clips, in shares of how often at all [N]."""
    mean = float(is_error.mean())
    if mean == 0.0:
        return np.ones(len(is_error))
    counts, errors = np.bincount(speakers), np.bincount(speakers, is_error.astype(float))
    others = counts[speakers] - 1.0 + SPEAKER_CLIPS
    hardness: np.ndarray = (errors[speakers] - is_error + SPEAKER_CLIPS * mean) / others / mean
    return hardness


def _least(function: object, start: list[float]) -> np.ndarray:
    found: np.ndarray = minimize(function, start, method="Nelder-Mead").x
    return found
