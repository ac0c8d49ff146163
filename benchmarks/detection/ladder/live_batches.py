"""How does the published experiment score: with the statistics of whatever else is in the batch?

TensorFlow Probability's batch normalisation stays in training mode unless it is told otherwise, so every
log-likelihood of the published experiment was computed with the mean and variance of the batch of 100 in
which the clip happened to stand. Here the test clips of all words are shuffled together into such batches.
(The published code scored each word by itself; many words of a small corpus have fewer clips than a batch,
and one clip alone normalises to zero.)

    python -m benchmarks.detection.ladder.live_batches --run RUN --out scores.parquet
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from pipeline.detection.trained import LOWEST_LOG_PROB, read_model
from pipeline.files.tables import write_table
from pipeline.processes.tensorflow_import import import_tensorflow
from pipeline.runs.clip_table import read_clip_table
from pipeline.settings.presets import read_settings

__all__ = ["main"]

BATCH_SIZE = 100


def main() -> int:
    """Score the run's test clips with live statistics and write them; see the module."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args()
    table, settings = read_clip_table(chosen.run), read_settings(chosen.run / "config.toml")
    if settings.model.kind != "flow" or settings.model.normalization != "batch":
        print(
            f"error: {chosen.run} has model.kind={settings.model.kind!r} with "
            f"model.normalization={settings.model.normalization!r}, and only a flow with 'batch' has live "
            "statistics; name a run of the preset legacy",
            file=sys.stderr,
        )
        return 2
    import_tensorflow()
    import tensorflow as tf

    from models.clips.detector import FlowDetector

    detector = read_model(chosen.run).detector
    if not isinstance(detector, FlowDetector):
        raise TypeError(f"model.kind='flow' gave a {type(detector).__name__}")
    score_batch = tf.function(detector.flow.training_log_prob, reduce_retracing=True)
    rows = np.random.default_rng(settings.seed).permutation(
        np.flatnonzero(table.usable & (table.split == "test"))
    )
    log_prob = np.concatenate(
        [
            score_batch(tf.constant(detector.baseline_features(table.take(rows[i : i + BATCH_SIZE])))).numpy()
            for i in range(0, len(rows), BATCH_SIZE)
        ]
    ).astype(np.float64)
    broken = ~np.isfinite(log_prob)
    # Counts as stranger than any other, as it does for the program itself.
    log_prob[broken] = LOWEST_LOG_PROB
    write_table(
        chosen.out,
        {
            **{name: list(getattr(table, name)[rows]) for name in ("path", "word", "split")},
            "score": (-log_prob).tolist(),
            "tags": ["non_finite" if is_broken else "" for is_broken in broken],
        },
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
