"""What does a model see of one second of sound?

This room computes the features. It takes clips as float32 [n_clips, n_samples], full scale 1.0. It gives
spectra as float32, those on a logarithmic scale in decibel and floored; each clip is computed by itself, to
the bit.
"""

from pipeline.frontend.alignment import loud_part, loud_parts, stretch
from pipeline.frontend.bands import mel_centres
from pipeline.frontend.front_end import FrontEnd, check_kind
from pipeline.frontend.spectra import overlapping_frames, power_of, unit_sine_window
from pipeline.frontend.statistics import STATISTICS_VIEWS
from pipeline.frontend.vectors import scoring_settings, vectors_of

__all__ = [
    "STATISTICS_VIEWS",
    "FrontEnd",
    "check_kind",
    "loud_part",
    "loud_parts",
    "mel_centres",
    "overlapping_frames",
    "power_of",
    "scoring_settings",
    "stretch",
    "unit_sine_window",
    "vectors_of",
]
