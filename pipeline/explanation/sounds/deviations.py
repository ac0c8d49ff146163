"""In which ways does a recording differ from usual ones, by how much, when and at which pitch?

Each kind of deviation is measured against a few usual recordings: how far a number lies beyond what 95 % of
them reach, so that nothing is odd that usual recordings do too. Conventions: sizes rise with the deviation
and are 0 where there is none; each kind has its own unit, which stands in ``KINDS`` beside the least size
that a listener would notice.
"""

from pipeline.explanation.sounds.measures import Measured
from pipeline.explanation.sounds.moments import (
    burst_deviation,
    click_deviation,
    odd_cycle_deviation,
    quiet_deviation,
)
from pipeline.explanation.sounds.other_machine import odd_bands_deviation, shifted_tones_deviation
from pipeline.explanation.sounds.recurring import (
    beat_deviation,
    cycle_deviation,
    echo_deviation,
    profile_deviation,
)
from pipeline.explanation.sounds.spectral import level_deviation, lost_tone, new_tone, texture_deviation
from pipeline.explanation.sounds.usual import Deviation, Find, Usual

__all__ = ["KINDS", "deviations"]


def deviations(recording: Measured, usual: Usual) -> list[Deviation]:
    """Return the largest deviation of each kind, those of size 0 too, in the order of ``KINDS``."""
    return [find(recording, usual) for _, find in KINDS.values()]


# What a listener would notice, in the kind's unit, and how each is found.
KINDS: dict[str, tuple[float, Find]] = {
    "new tone": (3.0, new_tone),  # dB
    "tone weaker": (4.0, lost_tone),  # dB
    "louder": (1.0, level_deviation("level", "louder", 1.0)),  # dB times octaves
    "quieter": (1.0, level_deviation("level", "quieter", -1.0)),
    "pauses louder": (1.0, level_deviation("quiet_level", "pauses louder", 1.0)),
    "pauses quieter": (1.0, level_deviation("quiet_level", "pauses quieter", -1.0)),
    "rougher": (1.0, texture_deviation("rough", "rougher", 1.0)),
    "steadier": (1.0, texture_deviation("rough", "steadier", -1.0)),
    "wavering": (1.0, texture_deviation("swing", "wavering", 1.0)),
    "periodic": (3.0, beat_deviation),  # dB
    "irregular clicks": (2.0, click_deviation),  # dB
    "burst": (3.0, burst_deviation),  # dB
    "double clicks": (0.5, echo_deviation),  # tenths of a correlation
    "after onsets": (3.0, profile_deviation("onset", "after onsets", 1.0)),  # dB
    "cycle louder": (3.0, profile_deviation("turn", "cycle louder", 1.0)),  # dB
    "cycle quieter": (3.0, profile_deviation("turn", "cycle quieter", -1.0)),  # dB
    "quiet part": (0.4, quiet_deviation),  # doublings
    "missing": (2.0, odd_cycle_deviation("lacking", "missing")),  # dB
    "extra": (2.0, odd_cycle_deviation("extra", "extra")),  # dB
    "cycle": (2.0, cycle_deviation),  # per cent
    "shifted tones": (3.0, shifted_tones_deviation),  # tenths of a correlation
    "odd bands": (4.0, odd_bands_deviation),  # tenths of all bands
}
