"""What do the verbs do that make a run, stage by stage?"""

import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from pipeline.commands.options import (
    SET_ASIDE_STATUS,
    chosen_program,
    corpus_options,
    end_with_status,
    found_run,
    making_options,
    run_options,
    run_settings,
    verdicts_option,
)
from pipeline.commands.output import engine_options, output_options, print_result
from pipeline.terminal import manner, say, tell_error

__all__ = ["corpus", "evaluate", "features", "report", "train"]

REPORT = "report/index.html"
SCRIPT = "audio-anomaly"
ALL = "all"  # the target that stands for every kind of thing in a corpus


@click.command("corpus")
@corpus_options
@output_options
def corpus(**chosen: Any) -> None:
    """Render, download or list a corpus, and print what is in it."""
    from pipeline.commands.tables import corpus_result, corpus_table

    found = chosen_program(**chosen).open_corpus()
    print_result(corpus_table(found), **corpus_result(found))


@click.command("features")
@making_options
@output_options
@engine_options
def features(**chosen: Any) -> None:
    """Compute the features of every clip."""
    program = chosen_program(**chosen)
    program.run_up_to("features")
    print_result(str(program.run.path / "features"), **_made(program, features="features"))
    end_with_status(program)


@click.command("train")
@making_options
@verdicts_option
@output_options
@engine_options
def train(**chosen: Any) -> None:
    """Fit the detector to the target's clips (and do what it needs first)."""
    program = chosen_program(**chosen)
    program.run_up_to("train")
    print_result(str(program.run.path / "model"), **_made(program, model="model"))
    end_with_status(program)


@click.command("evaluate")
@making_options
@verdicts_option
@output_options
@engine_options
def evaluate(**chosen: Any) -> None:
    """Score and rank every clip, and write the report (and do what that needs first).

    With --corpus machines --target all it makes a run for each machine, in a folder of its own.
    """
    from pipeline.commands.tables import run_table
    from pipeline.corpora import kinds_of, stores_listed_once
    from pipeline.files import read_json
    from pipeline.remote_runs import name_of_run

    click.get_current_context().with_resource(stores_listed_once())
    if chosen["target"] == ALL and (kinds := kinds_of(chosen["corpus"])):
        _evaluate_each(kinds, chosen)
    program = chosen_program(**chosen)
    program.run_up_to("report")
    lines = [
        run_table(program.run.path, with_caveats=manner().is_verbose),
        f"report: {program.run.path / REPORT}",
        f"next: {_console_script()} review --run {shlex.quote(name_of_run(program.run.path))}",
    ]
    metrics = read_json(program.run.path / "metrics.json")
    print_result("\n".join(lines), **_made(program, report=REPORT), metrics=metrics)
    end_with_status(program)


def _evaluate_each(kinds: Sequence[str], chosen: dict[str, Any]) -> NoReturn:
    """Make a run for each kind, print a line of each, and end with the worst of their statuses.

    A run that fails is told, and the others are made all the same.
    """
    from pipeline.commands.tables import kinds_result, kinds_table
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
            statuses[kind] = error.exit_status
            tell_error(f"{kind}: {error}", error.exit_status)
    runs = {kind: folder / kind for kind in kinds}
    print_result(lambda: kinds_table(runs, statuses), runs=kinds_result(runs, statuses))
    # Clips that were set aside are the mildest of what is not 0.
    sys.exit(max(statuses.values(), key=lambda status: (status != 0, status != SET_ASIDE_STATUS, status)))


@click.command("report")
@run_options
@verdicts_option
@output_options
def report(verdicts_path: Path | None, **chosen: Any) -> None:
    """Write the report again from the scores of a run."""
    from pipeline.commands.program import Program
    from pipeline.runs import RunFolder, check_one_making

    run_path = found_run(**chosen)
    check_one_making(RunFolder(run_path), ["features", "model", "evaluation"])
    program = Program(run_settings(run_path), run_path, say, verdicts_path=verdicts_path)
    program.run_up_to("report")
    print_result(str(run_path / REPORT), **_made(program, report=REPORT))


def _console_script() -> str:
    """Return how the program is called from here: by its name, or by its path where that is not found."""
    if shutil.which(SCRIPT) is None:
        beside = Path(sys.executable).parent / SCRIPT
        if beside.is_file():
            return shlex.quote(os.path.relpath(beside))
    return SCRIPT


def _made(program: Any, **parts: str) -> dict[str, Any]:
    """Return the run, the paths of what was made in it, and how many clips were set aside."""
    paths = {name: program.run.path / part for name, part in parts.items()}
    return {"run": program.run.path, **paths, "set_aside": program.set_aside}
