"""What does a user type to find mislabelled clips of the target, and what comes back?

``audio-anomaly audit``. Progress and notes go to standard error; the strangest clips and the folder with
the whole list go to standard output. Nothing heavy is imported before the command runs.
"""

from pathlib import Path
from typing import Any

import click

from pipeline.command_options import chosen_program, common_options, end_with_status, say

__all__ = ["audit", "audit_table"]


@click.command("audit")
@common_options
def audit(**chosen: Any) -> None:
    """List the target's own clips that are strangest to models that never heard their speakers."""
    from pipeline.audit.stage import AUDIT, audit_target
    from pipeline.clip_table import read_clip_table

    program = chosen_program(**chosen)
    program.run_up_to("features")
    with program.run.lock():
        folder = audit_target(
            program.run,
            read_clip_table(program.run.path),
            program.settings,
            features_digest=program.run.check("features").digest,
            say=say,
        )
    print(audit_table(folder, program.settings.audit.n_listed))
    print(f"{AUDIT}: {folder / 'audit.csv'}")
    end_with_status(program)


def audit_table(folder: Path, n_listed: int) -> str:
    """Return the strangest clips and a summary of an audit's folder."""
    from pipeline.artefacts import read_json, read_table
    from pipeline.tables import aligned_table

    columns, summary = read_table(folder / "audit.parquet"), read_json(folder / "audit.json")
    n = min(n_listed, summary["n_clips"])
    rows = [
        [
            _printable(columns["path"][i]),
            columns["split"][i],
            str(columns["fold"][i]),
            f"{columns['score'][i]:.1f}",
            f"{columns['p_value'][i]:.4f}",
        ]
        for i in range(n)
    ]
    lines = [
        aligned_table(["strangest clips", "split", "fold", "score", "p-value"], rows),
        f"{_printable(summary['target'])}: {summary['n_clips']} clips of {summary['n_speakers']} speakers, "
        f"each scored by one of {summary['n_folds']} models that heard neither it nor its speaker",
        "score: standard deviations above the typical clip; p-value: share of the name's other clips, wrong "
        f"ones included, that are as strange (not below {summary['p_value_floor']:.4f})",
    ]
    return "\n".join(lines)


def _printable(text: str) -> str:
    """Return text that cannot steer a terminal."""
    return "".join(c if c.isprintable() else "?" for c in text)
