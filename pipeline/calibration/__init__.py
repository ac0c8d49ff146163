"""What may be promised of a score?

This room turns scores into conformal p-values and lists with a bounded rate of false discoveries. It takes
the scores of clips that no fit has seen. It gives p-values, rejections, and the guarantee in words.
"""

from pipeline.calibration.by_section import SectionThreshold, section_thresholds
from pipeline.calibration.conformal import benjamini_hochberg, guarantee, p_values, refused_flags
from pipeline.calibration.cross_conformal import (
    CrossFitted,
    exceeding_weight,
    rank_p_values,
    speaker_weights,
)
from pipeline.calibration.cross_guarantee import cross_fitted_guarantee, refused_cross_fitted_flags
from pipeline.calibration.split import split_validation

__all__ = [
    "CrossFitted",
    "SectionThreshold",
    "benjamini_hochberg",
    "cross_fitted_guarantee",
    "exceeding_weight",
    "guarantee",
    "p_values",
    "rank_p_values",
    "refused_cross_fitted_flags",
    "refused_flags",
    "section_thresholds",
    "speaker_weights",
    "split_validation",
]
