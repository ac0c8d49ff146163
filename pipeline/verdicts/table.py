"""How do verdicts look in a terminal?"""

from collections import Counter
from collections.abc import Sequence

from pipeline.terminal import aligned_table, printable
from pipeline.verdicts.agreement import agreements
from pipeline.verdicts.verdict import Verdict

__all__ = ["listing"]


def listing(standing: Sequence[Verdict]) -> str:
    """Return one line a verdict, then counts of each kind, then the agreement of reviewers."""
    rows = [
        [
            printable(row.path or row.sha256[:16]),
            _said(row),
            printable(row.reviewer),
            row.made[:16].replace("T", " "),
        ]
        for row in standing
    ]
    counts = Counter(row.kind for row in standing)
    clips = len({row.clip for row in standing})
    summary = f"{len(standing)} verdicts on {clips} clips: " + ", ".join(
        f"{n} {kind}" for kind, n in counts.most_common()
    )
    lines = [aligned_table(["clip", "verdict", "reviewer", "made (UTC)"], rows)] if rows else []
    lines.append(summary if rows else "no verdict stands")
    for pair in agreements(standing):
        kappa = "undefined"
        if pair.kappa is not None and pair.kappa_ci95 is not None:
            low, high = pair.kappa_ci95
            kappa = f"{pair.kappa:.2f} (95 % interval {low:.2f} to {high:.2f})"
        names = " and ".join(map(printable, pair.reviewers))
        lines.append(f"{names} agree on {pair.share:.0%} of {pair.n} clips that both judged, kappa {kappa}")
    return "\n".join(lines)


def _said(row: Verdict) -> str:
    word = f" ({printable(row.word)})" if row.word else ""
    return f"{row.kind}{word}{', decides' if row.decides else ''}"
