"""What do the verbs do that make a run, stage by stage?"""

import os
import shlex
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from pipeline.commands.options import (
    SET_ASIDE_STATUS,
    chosen_program,
    common_options,
    end_with_status,
    verdicts_option,
)
from pipeline.terminal import say

__all__ = ["corpus", "evaluate", "features", "report", "train"]

ALL = "all"  # the target that stands for every kind of thing in a corpus


@click.command("corpus")
@common_options
def corpus(**chosen: Any) -> None:
    """Render, download or list a corpus, and print what is in it."""
    from pipeline.commands.tables import corpus_table

    print(corpus_table(chosen_program(**chosen).open_corpus()))


@click.command("features")
@common_options
def features(**chosen: Any) -> None:
    """Compute the features of every clip."""
    program = chosen_program(**chosen)
    program.run_up_to("features")
    print(program.run.path / "features")
    end_with_status(program)


@click.command("train")
@common_options
@verdicts_option
def train(**chosen: Any) -> None:
    """Fit the detector to the target's clips (and do what it needs first)."""
    program = chosen_program(**chosen)
    program.run_up_to("train")
    print(program.run.path / "model")
    end_with_status(program)


@click.command("evaluate")
@common_options
@verdicts_option
def evaluate(**chosen: Any) -> None:
    """Score and rank every clip, and write the report (and do what that needs first).

    With --corpus machines --target all it makes a run for each machine, in a folder of its own.
    """
    from pipeline.commands.tables import run_table
    from pipeline.corpora import kinds_of

    if chosen["target"] == ALL and (kinds := kinds_of(chosen["corpus"])):
        _evaluate_each(kinds, chosen)
    program = chosen_program(**chosen)
    program.run_up_to("report")
    print(run_table(program.run.path))
    python = os.path.relpath(sys.executable)
    print(f"to listen and judge: {python} -m pipeline review --run {shlex.quote(str(program.run.path))}")
    print(f"report: {program.run.path / 'report' / 'index.html'}")
    end_with_status(program)


def _evaluate_each(kinds: Sequence[str], chosen: dict[str, Any]) -> NoReturn:
    """Make a run for each kind, print a line of each, and end with the worst of their statuses.

    A run that fails is told, and the others are made all the same.
    """
    from pipeline.commands.tables import kinds_table
    from pipeline.errors import ArtefactError, PipelineError

    folder = chosen_program(**chosen).run.path
    if (folder / "config.toml").is_file():
        raise ArtefactError(
            f"{folder} is the run of one target, so the runs of all {len(kinds)} have no place in it; "
            "name another with RUN="
        )
    statuses: dict[str, int] = {}
    for kind in kinds:
        say(f"{kind}: one of {len(kinds)} runs in {folder}")
        program = chosen_program(**{**chosen, "target": kind, "run_path": folder / kind})
        try:
            program.run_up_to("report")
            statuses[kind] = SET_ASIDE_STATUS if program.set_aside else 0
        except PipelineError as error:
            say(f"error: {kind}: {error}")
            statuses[kind] = error.exit_status
    print(kinds_table({kind: folder / kind for kind in kinds}, statuses))
    # Clips that were set aside are the mildest of what is not 0.
    sys.exit(max(statuses.values(), key=lambda status: (status != 0, status != SET_ASIDE_STATUS, status)))


@click.command("report")
@common_options
@verdicts_option
def report(**chosen: Any) -> None:
    """Write the report again from the scores of a run."""
    from pipeline.runs import check_one_making, find_run

    program = chosen_program(**chosen)
    check_one_making(find_run(program.run.path), ["features", "model", "evaluation"])
    program.run_up_to("report")
    print(program.run.path / "report" / "index.html")
