"""What is strange about a sound, when, and at which pitch?

This room hears recordings again, and says in which ways one deviates from the recordings that a model was
fitted to, beyond what these do among themselves. It takes paths and features. It gives deviations with their
strength, time, frequency and rate, and the sentences that tell them.
"""

from pipeline.explanation.sounds.calibration import Calibrated, Odd, view_distances
from pipeline.explanation.sounds.hearing import hear
from pipeline.explanation.sounds.listening import Listened, listen
from pipeline.explanation.sounds.measures import N_STEPS, Measured, measure_sound
from pipeline.explanation.sounds.sentences import OTHER_MACHINE, reason_of, sentence_of
from pipeline.explanation.sounds.usual import Deviation, Usual

__all__ = [
    "N_STEPS",
    "OTHER_MACHINE",
    "Calibrated",
    "Deviation",
    "Listened",
    "Measured",
    "Odd",
    "Usual",
    "hear",
    "listen",
    "measure_sound",
    "reason_of",
    "sentence_of",
    "view_distances",
]
