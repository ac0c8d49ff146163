"""What does a user type, and which exit status comes back?

One command for each verb. Nothing heavy is imported before a verb needs it, so ``--help`` answers at
once. Results go to standard output; progress, notes and errors go to standard error. Exit statuses
are those of ``pipeline.errors``.
"""

import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from pipeline.commands.audit import audit
from pipeline.commands.compare import compare
from pipeline.commands.density import density
from pipeline.commands.options import (
    SET_ASIDE_STATUS,
    chosen_program,
    common_options,
    end_with_status,
    verdicts_option,
)
from pipeline.commands.review import review
from pipeline.commands.verdicts import verdicts
from pipeline.errors import PipelineError
from pipeline.terminal import interrupts_heard, say

__all__ = ["main"]

INTERRUPTED_STATUS = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="audio-anomaly")
def _group() -> None:
    """Learn what one kind of sound is like, and rank everything else by how unlikely it is."""


@_group.command("corpus")
@common_options
def _corpus(**chosen: Any) -> None:
    """Render, download or list a corpus, and print what is in it."""
    from pipeline.commands.tables import corpus_table

    print(corpus_table(chosen_program(**chosen).open_corpus()))


@_group.command("features")
@common_options
def _features(**chosen: Any) -> None:
    """Compute the features of every clip."""
    program = chosen_program(**chosen)
    program.run_up_to("features")
    print(program.run.path / "features")
    end_with_status(program)


@_group.command("train")
@common_options
@verdicts_option
def _train(**chosen: Any) -> None:
    """Fit the detector to the target's clips (and do what it needs first)."""
    program = chosen_program(**chosen)
    program.run_up_to("train")
    print(program.run.path / "model")
    end_with_status(program)


@_group.command("evaluate")
@common_options
@verdicts_option
def _evaluate(**chosen: Any) -> None:
    """Score and rank every clip, and write the report (and do what that needs first)."""
    from pipeline.commands.tables import metrics_table
    from pipeline.files import read_json

    program = chosen_program(**chosen)
    program.run_up_to("report")
    print(metrics_table(read_json(program.run.path / "metrics.json")))
    python = os.path.relpath(sys.executable)
    print(f"to listen and judge: {python} -m pipeline review --run {shlex.quote(str(program.run.path))}")
    print(f"report: {program.run.path / 'report' / 'index.html'}")
    end_with_status(program)


@_group.command("report")
@common_options
@verdicts_option
def _report(**chosen: Any) -> None:
    """Write the report again from the scores of a run."""
    program = chosen_program(**chosen)
    program.run_up_to("report")
    print(program.run.path / "report" / "index.html")


@_group.command("score")
@click.option(
    "--run", "run_path", required=True, type=click.Path(path_type=Path), help="A run whose model is trained."
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
def _score(run_path: Path, paths: tuple[Path, ...]) -> None:
    """Score audio files or folders with a trained run: one line of JSON each on standard output."""
    from pipeline.detection.score import score_paths

    n_set_aside = 0
    for line in score_paths(run_path, paths):
        n_set_aside += line["log_prob"] is None
        print(json.dumps(line), flush=True)
    if n_set_aside:
        say(f"{n_set_aside} files could not be used; the tags of each say why")
        sys.exit(SET_ASIDE_STATUS)


@_group.command("verify")
@common_options
def _verify(**chosen: Any) -> None:
    """Check every file of a run against its recorded digest."""
    from pipeline.audit.stage import AUDIT
    from pipeline.commands.program import STAGES

    run = chosen_program(**chosen).run
    # An audit stands in a run only where one was asked for.
    audits = [AUDIT] if run.record(AUDIT) is not None else []
    for stage in [*STAGES.values(), *audits]:
        record = run.check(stage)
        print(f"{stage}: {len(record.files)} files intact, {record.seconds:.1f} s")


@_group.command("doctor")
@click.option(
    "--settings", "list_settings", is_flag=True, help="List every setting with its default and reason."
)
def _doctor(list_settings: bool) -> None:
    """Say what this machine has, and what is missing."""
    from pipeline.commands.doctor import diagnose, settings_page

    print(settings_page() if list_settings else diagnose())


_group.add_command(audit)
_group.add_command(compare)
_group.add_command(density)
_group.add_command(review)
_group.add_command(verdicts)


def main() -> NoReturn:
    """Run the program and end with its exit status."""
    try:
        with interrupts_heard():
            try:
                _group.main(standalone_mode=False, prog_name="audio-anomaly")
            finally:
                sys.stdout.flush()  # a full disk or a closed pipe is an error while it can be told
    except (click.exceptions.Abort, KeyboardInterrupt):
        _fail("interrupted; run the same command again to go on", INTERRUPTED_STATUS)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)
        sys.exit(2)
    except click.UsageError as error:
        hint = f"; see `{error.ctx.command_path} --help`" if error.ctx else ""
        _fail(f"{error.format_message().rstrip('.?')}{hint}", 2)
    except click.ClickException as error:
        _fail(error.format_message(), 1)
    except PipelineError as error:
        _fail(str(error), error.exit_status)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        _fail(f"{error.strerror or error}: {error.filename or 'the system refused an operation'}", 1)
    sys.exit(0)


def _fail(sentence: str, status: int) -> NoReturn:
    print(f"error: {sentence}", file=sys.stderr, flush=True)
    sys.exit(status)
