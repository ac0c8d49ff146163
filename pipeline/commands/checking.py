"""What do the verbs do that look whether a run is whole and a machine has what it needs?"""

import time
from typing import Any

import click

from pipeline.commands.options import chosen_program, common_options

__all__ = ["doctor", "verify"]


@click.command("verify")
@common_options
@click.option(
    "--recompute", "n_clips", type=click.IntRange(1), help="Score so many clips again from their files."
)
def verify(n_clips: int | None, **chosen: Any) -> None:
    """Check every file of a run against its recorded digest, and that all are of one making."""
    from pipeline.audit.stage import AUDIT
    from pipeline.commands.program import STAGES
    from pipeline.runs import CONFIG_NAME, PROVENANCE_NAME, check_one_making, find_run

    run = find_run(chosen_program(**chosen).run.path)
    check_one_making(run, list(STAGES.values()))
    print(f"{CONFIG_NAME}, {PROVENANCE_NAME}: intact, and all stages are of one making")
    # An audit stands in a run only where one was asked for.
    audits = [AUDIT] if run.record(AUDIT) is not None else []
    for stage in [*STAGES.values(), *audits]:
        started = time.monotonic()
        record = run.check(stage)
        print(f"{stage}: {len(record.files)} files intact, checked in {time.monotonic() - started:.1f} s")
    if n_clips is not None:
        from pipeline.evaluation import recompute
        from pipeline.recordings.files import score_paths

        found = recompute(run.path, n_clips, score_paths)
        print(f"{found.n_clips} clips scored again: the largest difference is {found.largest:.2g} nats")


@click.command("doctor")
@click.option(
    "--settings", "list_settings", is_flag=True, help="List every setting with its default and reason."
)
def doctor(list_settings: bool) -> None:
    """Say what this machine has, and what is missing."""
    from pipeline.commands.diagnosis import diagnose, settings_page

    print(settings_page() if list_settings else diagnose())
