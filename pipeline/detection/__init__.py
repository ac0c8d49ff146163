"""How is a detector made, fitted, kept and used?

This room builds a detector from settings, fits it while somebody waits, saves it and reads it back. It takes
settings and feature arrays. It gives log-likelihoods, scores and p-values of clips.
"""

from pipeline.detection.auxiliary import auxiliary_split_of
from pipeline.detection.cross_fitting import CROSS_FITTED_NAME, read_cross_fitted_columns
from pipeline.detection.fitting import fit_with_progress
from pipeline.detection.making import (
    check_cross_fitting,
    check_detector,
    fit_options,
    make_detector,
    make_recorded_duration,
)
from pipeline.detection.sampling import sampled_rows, sampling_notes
from pipeline.detection.trained import (
    RunModel,
    TrainedModel,
    read_calibrating_rows,
    read_card,
    read_cross_fitted,
    read_fitted_rows,
    read_model,
    read_sampled_from,
)

__all__ = [
    "CROSS_FITTED_NAME",
    "RunModel",
    "TrainedModel",
    "auxiliary_split_of",
    "check_cross_fitting",
    "check_detector",
    "fit_options",
    "fit_with_progress",
    "make_detector",
    "make_recorded_duration",
    "read_calibrating_rows",
    "read_card",
    "read_cross_fitted",
    "read_cross_fitted_columns",
    "read_fitted_rows",
    "read_model",
    "read_sampled_from",
    "sampled_rows",
    "sampling_notes",
]
