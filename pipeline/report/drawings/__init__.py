"""How are the figures of a run drawn?

This room draws curves, histograms and rankings. It takes a finished run. It gives SVG as text, and
says what curves are of.
"""

from pipeline.report.drawings.clip_map import draw_clip_map
from pipeline.report.drawings.curves import draw_training
from pipeline.report.drawings.histograms import draw_histograms, draw_spread
from pipeline.report.drawings.ranking import draw_ranking
from pipeline.report.drawings.roc import draw_roc, extreme_words
from pipeline.report.drawings.section_table import read_sections
from pipeline.report.drawings.sections import draw_sections
from pipeline.report.drawings.training import training_sentences

__all__ = [
    "draw_clip_map",
    "draw_histograms",
    "draw_ranking",
    "draw_roc",
    "draw_sections",
    "draw_spread",
    "draw_training",
    "extreme_words",
    "read_sections",
    "training_sentences",
]
