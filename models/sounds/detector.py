"""What does the detector of sounds without a beginning do?

It takes statistics of a whole recording in several views. Its score is the mean over the views of

    -log p    p: the share of the training clips that are as far from the others as the clip is

where how far is the distance of ``models.baselines.local_density``, and that of a training clip is measured
with its own share of them left out. Each view is measured twice: in decibel, where a loud change is far, and
in units of how the training clips vary together, where a change that none of them makes is far. The former
counts twice as much: clusters of training clips, which it follows, are found in few recordings. Shares are
softened by a logistic kernel, so that two clips hardly ever tie. Beyond the farthest training clip, where a
share tells nothing more, p falls as that of an exponential tail does: each standard deviation of the training
clips' log-distances farther is a nat, of many clips. Fewer tell less of a tail, and twenty nothing. Nothing
is fitted by steps, so no validation clip decides anything, and ten training clips are enough.

Conventions: features [N, D], the views' numbers one after another; terms, scores and log-likelihoods in nats.
Source: Vovk 2015, "Cross-conformal predictors"; the second measure is the Mahalanobis distance between two
recordings by the covariance of Ledoit and Wolf 2004.
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
from scipy.special import expit

from models.detector import Scores
from models.flows import Epoch, FitOptions
from models.sounds.attribution import shares, usual_differences
from models.sounds.view_distances import ViewDistances

__all__ = ["SoundDetector"]

MIN_CLIPS = 3
WEIGHTS = (2.0, 1.0)  # of both measures; see docs/lab/sounds.md
NO_TAIL = 20  # clips that tell nothing of how far beyond them others lie
SOFTNESS = 0.6  # width of the kernel over deviation N^(-1/5), the rule of thumb for densities


class SoundDetector:
    """Neighbours at their own distances in several views; see the module.

    The features of a training clip may be followed by those of a changed copy of it, which is learned, too: a
    clip and its copy are left out together.

    Args:
        views: numbers of each view, by name, in the order in which they stand in a clip's features.
        n_folds: shares in which training clips are left out to measure what is ordinary.
        seed: of the division into shares.
    """

    n_flows = 1

    def __init__(self, views: Mapping[str, int], *, n_folds: int, seed: int) -> None:
        self.views = dict(views)
        self.n_folds = n_folds
        self.seed = seed
        ends = np.cumsum(list(self.views.values()))
        self._columns = {
            name: slice(int(end) - size, int(end))
            for (name, size), end in zip(self.views.items(), ends, strict=True)
        }
        self._size = int(ends[-1])
        self.distances: dict[str, ViewDistances] = {}
        self.ordinary: dict[str, np.ndarray] = {}

    def fit(
        self,
        train: np.ndarray,
        validation: np.ndarray,
        options: FitOptions,
        *,
        monitored: Mapping[str, np.ndarray],
        on_epoch: Callable[[Epoch], None],
        auxiliary: np.ndarray | None = None,
    ) -> list[Epoch]:
        """Keep the training clips and measure what is ordinary; one epoch. See ``Detector``."""
        if auxiliary is not None:
            raise ValueError(
                f"neighbours have no background model to fit to the {len(auxiliary)} auxiliary clips; "
                "use a detector with one"
            )
        if len(train) < MIN_CLIPS:
            raise ValueError(f"neighbours need at least {MIN_CLIPS} training clips, got {len(train)}")
        folds = np.random.default_rng(self.seed).permutation(len(train)) % min(self.n_folds, len(train))
        versions = [train[:, at : at + self._size] for at in range(0, train.shape[1], self._size)]
        folds = np.tile(folds, len(versions))
        for name, columns in self._columns.items():
            vectors = np.concatenate([version[:, columns] for version in versions])
            held_out = np.empty((2, len(vectors)))
            for fold in np.unique(folds):
                out = folds == fold
                held_out[:, out] = ViewDistances(vectors[~out]).log_distances(vectors[out])
            self.distances[name] = ViewDistances(vectors)
            self.ordinary[name] = held_out
        means = {name: float(self._log_prob(clips).mean()) for name, clips in monitored.items()}
        epoch = Epoch(
            number=1,
            batch=float(self._log_prob(train).mean()),
            validation=float(self._log_prob(validation).mean()),
            is_best=True,
            monitored=means,
        )
        on_epoch(epoch)
        return [epoch]

    def score(self, features: np.ndarray) -> Scores:
        """Score each clip; see ``Detector``."""
        terms = {}
        for name, distances in self.distances.items():
            found = distances.log_distances(features[:, self._columns[name]])
            surprisals = [surprisal(*pair) for pair in zip(self.ordinary[name], found, strict=True)]
            terms[name] = np.average(surprisals, axis=0, weights=WEIGHTS) / len(self.views)
        return Scores(log_prob=self._log_prob(features), terms=terms)

    def baseline_features(self, features: np.ndarray) -> np.ndarray:
        """Return the features without those of copies; see ``Detector``."""
        return features[:, : self._size]

    def attributions(self, features: np.ndarray) -> np.ndarray:
        """Return each number's share of the score in nats; see ``models.sounds.attribution``.

        They sum to what the score exceeds that of a clip by whose distances are ordinary.
        """
        placed = np.zeros((len(features), self._size))
        for name, distances in self.distances.items():
            columns = self._columns[name]
            for measure, weight in enumerate(WEIGHTS):
                placed[:, columns] += weight * shares(
                    distances,
                    measure,
                    features[:, columns],
                    usual_differences(distances, measure),
                    partial(surprisal, self.ordinary[name][measure]),
                )
        return placed / (sum(WEIGHTS) * len(self.views))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the training clips, their own distances, and what is ordinary."""
        own: dict[str, np.ndarray] = {}
        for name, distances in self.distances.items():
            own |= {f"{name}/{part}": array for part, array in distances.arrays().items()}
            own[f"{name}/held_out"] = self.ordinary[name]
        return own

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take over what ``arrays`` returned; ValueError where it does not fit."""
        for name, size in self.views.items():
            parts = {
                key.removeprefix(f"{name}/"): array
                for key, array in arrays.items()
                if key.startswith(f"{name}/")
            }
            try:
                distances = ViewDistances.restored(parts, size)
            except ValueError as error:
                raise ValueError(f"of the view {name}, {error}") from error
            n_clips = len(distances.density.clips)
            ordinary = parts.get("held_out", np.empty(0))
            if ordinary.shape != (2, n_clips):
                raise ValueError(f"{name}/held_out needs the shape (2, {n_clips}), got {ordinary.shape}")
            self.distances[name], self.ordinary[name] = distances, ordinary

    def _log_prob(self, features: np.ndarray) -> np.ndarray:
        """Return the log-density of each clip, as if the views knew nothing of each other: [N] in nats."""
        return np.sum(
            [
                distances.density.log_prob(features[:, self._columns[name]])
                for name, distances in self.distances.items()
            ],
            axis=0,
        )


def surprisal(ordinary: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return minus the log of the softened share of ``ordinary`` [N] that is as high as each value, [M].

    Above all of them it rises by 1 - 20 / N for each standard deviation of theirs (the mean excess of an
    exponential distribution is its standard deviation), and not at all for N up to 20.
    """
    n_clips, deviation = len(ordinary), max(float(ordinary.std()), 1e-6)
    width = SOFTNESS * deviation * n_clips**-0.2
    as_high = np.array([expit((ordinary - value) / width).sum() for value in values])
    beyond = np.maximum(values - ordinary.max(), 0.0) / deviation
    reach = max(0.0, 1.0 - NO_TAIL / n_clips)
    return np.asarray(-np.log((1.0 + as_high) / (n_clips + 1)) + reach * beyond)
