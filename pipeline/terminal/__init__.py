"""What does a person see while waiting?

This room shows progress, notes and tables, and handles Ctrl-C. It takes counts, sentences and rows. It gives
text or lines of JSON on standard error, aligned text, or an orderly end.
"""

from pipeline.terminal.interruption import interrupts_handed_to, interrupts_handled
from pipeline.terminal.log import libraries_logged, unexpected_logged
from pipeline.terminal.notes import say, tell_error, telling_stage, waiting
from pipeline.terminal.progress import Progress, beside_progress
from pipeline.terminal.tables import aligned_table, printable
from pipeline.terminal.verbosity import PROGRESS_FORMS, Manner, manner, telling

__all__ = [
    "PROGRESS_FORMS",
    "Manner",
    "Progress",
    "aligned_table",
    "beside_progress",
    "interrupts_handed_to",
    "interrupts_handled",
    "libraries_logged",
    "manner",
    "printable",
    "say",
    "tell_error",
    "telling",
    "telling_stage",
    "unexpected_logged",
    "waiting",
]
