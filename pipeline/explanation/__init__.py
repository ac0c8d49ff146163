"""Where does a score come from, why is a clip strange, and what is like it?

This room places the score in time and frequency, weighs the evidence for each reason, and finds the nearest
clip of the target. It takes scored clips with their measures. It gives maps in nats and one reason a clip.
"""

from pipeline.explanation.clip_map import map_clips
from pipeline.explanation.evidence import BAD_TAGS, CUT_TAGS
from pipeline.explanation.maps import attribution_maps, clips_to_explain
from pipeline.explanation.nearest import N_NEIGHBOURS, Nearest, align_sketches, nearest_of
from pipeline.explanation.reasons import BAD_RECORDING, NO_REASON, PART_MISSING, explain
from pipeline.explanation.references import rows_to_compare
from pipeline.explanation.sound_reasons import (
    UNHEARD,
    UsualSounds,
    explain_sounds,
    hear_usual,
    tell_by_others,
    tell_sound,
)
from pipeline.explanation.telling import PLACES

__all__ = [
    "BAD_RECORDING",
    "BAD_TAGS",
    "CUT_TAGS",
    "NO_REASON",
    "N_NEIGHBOURS",
    "PART_MISSING",
    "PLACES",
    "UNHEARD",
    "Nearest",
    "UsualSounds",
    "align_sketches",
    "attribution_maps",
    "clips_to_explain",
    "explain",
    "explain_sounds",
    "hear_usual",
    "map_clips",
    "nearest_of",
    "rows_to_compare",
    "tell_by_others",
    "tell_sound",
]
