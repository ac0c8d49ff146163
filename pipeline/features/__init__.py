"""How do many files become features?

This room reads, measures and transforms files in batches, in parallel processes. It takes a corpus or paths,
and the settings of the features. It gives a feature array on disk, a manifest and measures of quality; a
file that cannot be used is set aside with its reason.
"""

from pipeline.features.batches import extract, extraction, windows_extraction
from pipeline.features.copies import keep_copies_together
from pipeline.features.earlier import EarlierFeatures, keep_known
from pipeline.features.rates import settle_rate
from pipeline.features.records import OK, ClipFacts, FeatureBatch, Source

__all__ = [
    "OK",
    "ClipFacts",
    "EarlierFeatures",
    "FeatureBatch",
    "Source",
    "extract",
    "extraction",
    "keep_copies_together",
    "keep_known",
    "settle_rate",
    "windows_extraction",
]
