"""A clip that is too likely is strange too: how do silence, noise and a tone score, one-sided and two-sided?

Sounds that nobody said are put through the same front end and detector as every clip. Each is judged in
three ways: by the score; by minus the main flow's log-likelihood (higher is stranger), which smooth
sounds deceive; and by how far that log-likelihood is from the median of the target's validation clips, on
either side. A figure is the share of the target's test clips that look more normal.
Source: Nalisnick et al. 2019, "Detecting Out-of-Distribution Inputs to Deep Generative Models Using
Typicality", section 3, with a batch of one clip.
"""

import numpy as np

from pipeline.detection import TrainedModel
from pipeline.frontend import FrontEnd

__all__ = ["typicality_figures"]

N_EACH = 20
QUIETEST, LOUDEST = 0.01, 0.3  # root mean square of full scale


def typicality_figures(
    model: TrainedModel,
    score: np.ndarray,
    log_prob: np.ndarray,
    reference: np.ndarray,
    seed: int,
) -> dict[str, dict[str, float]]:
    """Return a row for each sound that nobody said.

    Args:
        model: the trained detector.
        score: of the target's test clips [N].
        log_prob: of the same [N], in nats.
        reference: log-likelihoods of the target's validation clips, in nats [n].
        seed: of the noise.

    Returns:
        For each sound ``score``, ``log_likelihood`` and ``two_sided_log_likelihood``: mean share of the
        target's test clips that look more normal than it, from 0 (most normal of all) to 1.
    """
    front_end = FrontEnd(model.features)
    centre = float(np.median(reference))
    sounds = _sounds(front_end.n_samples, front_end.sample_rate, seed)
    everything = np.concatenate(list(sounds.values()))
    seconds = np.where(everything.any(axis=1), model.features.duration_seconds, 0.0)
    # At once: the detector pads what it scores to a batch of hundreds.
    scores = model.scores(front_end(everything), seconds)
    values = {
        "score": (score, scores.score),
        "log_likelihood": (-log_prob, -scores.log_prob),
        "two_sided_log_likelihood": (np.abs(log_prob - centre), np.abs(scores.log_prob - centre)),
    }
    owner = np.repeat(list(sounds), [len(some) for some in sounds.values()])
    return {
        name: {figure: _share_below(of, found[owner == name]) for figure, (of, found) in values.items()}
        for name in sounds
    }


def _share_below(of: np.ndarray, values: np.ndarray) -> float:
    """Return the mean over ``values`` of the share of ``of`` below each; what is not finite is above all."""
    values = np.where(np.isfinite(values), values, np.inf)
    return float(np.mean([np.mean(of < value) for value in values]))


def _sounds(n_samples: int, sample_rate: int, seed: int) -> dict[str, np.ndarray]:
    generator = np.random.default_rng([seed, n_samples])
    levels = np.geomspace(QUIETEST, LOUDEST, N_EACH)[:, None]
    hertz = np.geomspace(100.0, 0.25 * sample_rate, N_EACH)[:, None]
    seconds = np.arange(n_samples)[None, :] / sample_rate
    return {
        "silence": np.zeros((1, n_samples), np.float32),
        "white noise": (levels * generator.standard_normal((N_EACH, n_samples)))
        .clip(-1, 1)
        .astype(np.float32),
        "a tone": (levels * np.sqrt(2) * np.sin(2 * np.pi * hertz * seconds)).astype(np.float32),
    }
