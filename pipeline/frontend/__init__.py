"""What does a model see of one second of sound?

This room computes the features. It takes clips as float32 [n_clips, n_samples], full scale 1.0. It gives
spectra as float32, those on a logarithmic scale in decibel and floored; each clip is computed by itself, to
the bit.
"""

from pipeline.frontend.alignment import loud_part, loud_parts, stretch
from pipeline.frontend.bands import log_bank, mel_centres
from pipeline.frontend.front_end import FrontEnd, check_kind
from pipeline.frontend.kinds import OF_ANY_LENGTH
from pipeline.frontend.near import whole_recording, whole_versions
from pipeline.frontend.noise import noise_over, settle_noise
from pipeline.frontend.places import band_borders, recording_range, statistics_places
from pipeline.frontend.spectra import overlapping_frames, power_of, unit_sine_window
from pipeline.frontend.statistics import STATISTICS_VIEWS
from pipeline.frontend.textbook import TEXTBOOK_VIEWS, mel_frames, textbook_views
from pipeline.frontend.vectors import scoring_settings, vectors_of

__all__ = [
    "OF_ANY_LENGTH",
    "STATISTICS_VIEWS",
    "TEXTBOOK_VIEWS",
    "FrontEnd",
    "band_borders",
    "check_kind",
    "log_bank",
    "loud_part",
    "loud_parts",
    "mel_centres",
    "mel_frames",
    "noise_over",
    "overlapping_frames",
    "power_of",
    "recording_range",
    "scoring_settings",
    "settle_noise",
    "statistics_places",
    "stretch",
    "textbook_views",
    "unit_sine_window",
    "vectors_of",
    "whole_recording",
    "whole_versions",
]
