"""An audio anomaly-detection pipeline: corpus, features, flow, scores, report."""

__version__ = "0.1.0"
