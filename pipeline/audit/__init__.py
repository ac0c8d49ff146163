"""Which clips under the target's name do not belong there?

This room scores each of the target's own clips with a detector that was fitted to no clip of its speaker,
and looks at other words and at the recording. It takes a run's features. It gives a ranked list with a reason
for each clip.
"""

from pipeline.audit.judged import judged_clips
from pipeline.audit.listing import ANOTHER_WORD, DAMAGED, ranked_by

__all__ = ["ANOTHER_WORD", "DAMAGED", "judged_clips", "ranked_by"]
