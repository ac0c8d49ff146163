"""What do the verbs do that make a run, stage by stage?"""

import os
import shlex
import sys
from typing import Any

import click

from pipeline.commands.options import chosen_program, common_options, end_with_status, verdicts_option

__all__ = ["corpus", "evaluate", "features", "report", "train"]


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
    """Score and rank every clip, and write the report (and do what that needs first)."""
    from pipeline.commands.tables import run_table

    program = chosen_program(**chosen)
    program.run_up_to("report")
    print(run_table(program.run.path))
    python = os.path.relpath(sys.executable)
    print(f"to listen and judge: {python} -m pipeline review --run {shlex.quote(str(program.run.path))}")
    print(f"report: {program.run.path / 'report' / 'index.html'}")
    end_with_status(program)


@click.command("report")
@common_options
@verdicts_option
def report(**chosen: Any) -> None:
    """Write the report again from the scores of a run."""
    program = chosen_program(**chosen)
    program.run_up_to("report")
    print(program.run.path / "report" / "index.html")
