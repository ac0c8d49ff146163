"""What does a user type, and which exit status comes back?

One command for each verb. Nothing heavy is imported before a verb needs it, so ``--help`` answers at
once. Results go to standard output; progress, notes and errors go to standard error. Exit statuses
are those of ``pipeline.errors``.
"""

import os
import sys
from contextlib import suppress
from typing import NoReturn

import click

from pipeline.commands.audit import audit, sweep
from pipeline.commands.checking import doctor, verify
from pipeline.commands.compare import compare
from pipeline.commands.density import density
from pipeline.commands.output import manner_before_options
from pipeline.commands.review import review
from pipeline.commands.score import score
from pipeline.commands.stages import corpus, evaluate, features, report, train
from pipeline.commands.verdicts import verdicts
from pipeline.errors import PipelineError
from pipeline.processes import fix_threads, settle_allocation
from pipeline.terminal import interrupts_handled, libraries_logged, tell_error, telling, unexpected_logged

__all__ = ["main"]

INTERRUPTED_STATUS = 130


# Another verb is another line here.
VERBS = (
    corpus,
    features,
    train,
    evaluate,
    score,
    report,
    review,
    verify,
    doctor,
    audit,
    sweep,
    compare,
    density,
    verdicts,
)


@click.group(
    commands=VERBS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(package_name="audio-anomaly")
def _group() -> None:
    """Learn what one kind of sound is like, and rank everything else by how unlikely it is."""


def main() -> NoReturn:
    """Run the program and end with its exit status."""
    fix_threads()
    settle_allocation()
    with telling(manner_before_options(sys.argv[1:])), libraries_logged(), unexpected_logged():
        _run()


def _run() -> NoReturn:
    try:
        with interrupts_handled():
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
    with suppress(OSError):  # the terminal may be gone
        tell_error(sentence, status)
    sys.exit(status)
