"""What may be promised of a score?

This room turns scores into conformal p-values and lists with a bounded rate of false discoveries. It takes
the scores of clips that no fit has seen. It gives p-values, rejections, and the guarantee in words.
"""

from pipeline.calibration.conformal import benjamini_hochberg, guarantee, p_values, refused_flags
from pipeline.calibration.split import split_validation

__all__ = ["benjamini_hochberg", "guarantee", "p_values", "refused_flags", "split_validation"]
