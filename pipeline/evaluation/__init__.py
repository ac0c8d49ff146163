"""How good is a detector, and which clips does it flag?

This room scores all clips of a run and computes its figures: AUROC with intervals, decisions, baselines. It
takes a trained run. It gives the table of scores and ``metrics.json``.
"""

from pipeline.evaluation.metrics import auroc, bootstrap_auroc, interval
from pipeline.evaluation.recomputing import recompute
from pipeline.evaluation.sections import TASK_FOLDER, official_score

__all__ = ["TASK_FOLDER", "auroc", "bootstrap_auroc", "interval", "official_score", "recompute"]
