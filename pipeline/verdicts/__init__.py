"""What did people say of clips?

This room keeps verdicts of reviewers in an append-only file, and works out what they agree on. It takes
verdicts on clips, told apart by the digest of what is heard. It gives decisions, agreement, precision at k,
and which clips a fit leaves out or takes in.
"""

from pipeline.verdicts.agreement import agreements, disagreements
from pipeline.verdicts.clips import JudgedClips, judged_clips_of
from pipeline.verdicts.decisions import Decision, decide
from pipeline.verdicts.exchange import as_text, export_verdicts, format_of, import_verdicts
from pipeline.verdicts.fit_effect import FitEffect, find_fit_effect, fitted_clips
from pipeline.verdicts.run_verdicts import RunVerdicts
from pipeline.verdicts.store import VerdictStore
from pipeline.verdicts.table import listing
from pipeline.verdicts.verdict import (
    DECIDES,
    KINDS,
    NORMAL,
    UNSURE,
    WRONG_LABEL,
    Verdict,
    problem_of,
    reviewer_problem,
    time_text,
)

__all__ = [
    "DECIDES",
    "KINDS",
    "NORMAL",
    "UNSURE",
    "WRONG_LABEL",
    "Decision",
    "FitEffect",
    "JudgedClips",
    "RunVerdicts",
    "Verdict",
    "VerdictStore",
    "agreements",
    "as_text",
    "decide",
    "disagreements",
    "export_verdicts",
    "find_fit_effect",
    "fitted_clips",
    "format_of",
    "import_verdicts",
    "judged_clips_of",
    "listing",
    "problem_of",
    "reviewer_problem",
    "time_text",
]
