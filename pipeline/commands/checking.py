"""What do the verbs do that look whether a run is whole and a machine has what it needs?"""

import sys
import time
from dataclasses import asdict
from typing import Any

import click

from pipeline.commands.options import found_run, run_options
from pipeline.commands.output import output_options, print_result

__all__ = ["doctor", "verify"]


@click.command("verify")
@run_options
@click.option(
    "--recompute", "n_clips", type=click.IntRange(1), help="Score so many clips again from their files."
)
@output_options
def verify(n_clips: int | None, **chosen: Any) -> None:
    """Check every file of a run against its recorded digest, and that all are of one making."""
    from pipeline.audit.stage import AUDIT
    from pipeline.commands.program import STAGES
    from pipeline.runs import CONFIG_NAME, PROVENANCE_NAME, RunFolder, check_one_making
    from pipeline.sweep.stage import SWEEP

    run = RunFolder(found_run(**chosen))
    check_one_making(run, list(STAGES.values()))
    lines = [f"{CONFIG_NAME}, {PROVENANCE_NAME}: intact, and all stages are of one making"]
    result: dict[str, Any] = {"run": run.path, "intact": True, "stages": {}}
    # An audit or a sweep stands in a run only where one was asked for.
    asked = [stage for stage in (AUDIT, SWEEP) if run.record(stage) is not None]
    for stage in [*STAGES.values(), *asked]:
        started = time.monotonic()
        record = run.check(stage)
        seconds = time.monotonic() - started
        lines.append(f"{stage}: {len(record.files)} files intact, checked in {seconds:.1f} s")
        result["stages"][stage] = {"n_files": len(record.files), "seconds": round(seconds, 3)}
    if n_clips is not None:
        from pipeline.evaluation import recompute
        from pipeline.recordings.files import score_paths

        found = recompute(run.path, n_clips, score_paths)
        lines.append(
            f"{found.n_clips} clips scored again: the largest difference is {found.largest:.2g} nats"
        )
        result["recomputed"] = {"n_clips": found.n_clips, "largest_nats": found.largest}
    print_result("\n".join(lines), **result)


@click.command("doctor")
@click.option(
    "--settings", "list_settings", is_flag=True, help="List every setting with its default and reason."
)
@output_options
def doctor(list_settings: bool) -> None:
    """Say what this machine has, what is missing, and whether all is well (exit status 0, else 1)."""
    from pipeline.commands.diagnosis import MISSING, diagnose, diagnosis_text, settings_list, settings_page

    if list_settings:
        print_result(settings_page, settings=settings_list())
        return
    findings = diagnose()
    is_well = all(finding.status != MISSING for finding in findings)
    print_result(
        diagnosis_text(findings), is_well=is_well, findings=[asdict(finding) for finding in findings]
    )
    if not is_well:
        sys.exit(1)
