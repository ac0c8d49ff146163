"""Is a recording sound as a recording?

This room measures levels, clipping, dropouts and duplicates, and says what is wrong. It takes decoded
recordings. It gives measures, low-resolution spectrograms for comparison, and tags with their thresholds.
"""

from pipeline.quality.duplicates import duplicate_pairs, find_duplicates
from pipeline.quality.empty_band import empty_above
from pipeline.quality.leaks import split_leaks
from pipeline.quality.measures import MEASURES, NO_MEASURES, ClipMeasures, measure_all, sound_digest
from pipeline.quality.record import SILENT, QualityRecord, read_quality, usual_duration
from pipeline.quality.sketch import N_BANDS, N_FRAMES, band_edges, sketch_all, to_decibel
from pipeline.quality.tags import TAG_SEPARATOR, Finding, find_faults, joined

__all__ = [
    "MEASURES",
    "NO_MEASURES",
    "N_BANDS",
    "N_FRAMES",
    "SILENT",
    "TAG_SEPARATOR",
    "ClipMeasures",
    "Finding",
    "QualityRecord",
    "band_edges",
    "duplicate_pairs",
    "empty_above",
    "find_duplicates",
    "find_faults",
    "joined",
    "measure_all",
    "read_quality",
    "sketch_all",
    "sound_digest",
    "split_leaks",
    "to_decibel",
    "usual_duration",
]
