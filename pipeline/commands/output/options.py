"""Which options does every verb have: how results are printed, and how much is told beside them?"""

from collections.abc import Callable, Sequence
from functools import wraps
from itertools import pairwise, takewhile
from typing import Any

import click

from pipeline.commands.output.result import JSON_ASKED
from pipeline.terminal import PROGRESS_FORMS, Manner, telling

__all__ = ["manner_before_options", "output_options"]

_OPTIONS = (
    click.option("--json", "_as_json", is_flag=True, help="Print the result as JSON."),
    click.option("-q", "--quiet", "_is_quiet", is_flag=True, help="Tell errors alone on standard error."),
    click.option("-v", "--verbose", "_is_verbose", is_flag=True, help="Tell more: caveats and figures."),
    click.option(
        "--progress",
        "_progress",
        type=click.Choice(PROGRESS_FORMS),
        default="auto",
        show_default=True,
        help="How progress is shown on standard error; auto: a bar on a terminal, lines elsewhere; json: "
        "every line there is one of JSON, errors too.",
    ),
)


def manner_before_options(arguments: Sequence[str]) -> Manner:
    """Return how errors are told that are found before a verb has its options, or in them.

    Args:
        arguments: of the program.
    """
    options = [*takewhile(lambda argument: argument != "--", arguments)]
    forms = [after for option, after in pairwise(options) if option == "--progress"]
    forms += [option.partition("=")[2] for option in options if option.startswith("--progress=")]
    return Manner(progress="json") if "json" in forms else Manner()


def output_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add what every verb has: how results are printed, and how much is told beside them.

    Stands directly above the function, which gets none of them; it prints by ``print_result``.
    """

    @wraps(command)
    def told(
        *given: Any, _as_json: bool, _is_quiet: bool, _is_verbose: bool, _progress: str, **named: Any
    ) -> None:
        if _is_quiet and _is_verbose:
            raise click.UsageError("--quiet and --verbose were given, and they exclude each other")
        click.get_current_context().meta[JSON_ASKED] = _as_json
        with telling(Manner(is_quiet=_is_quiet, is_verbose=_is_verbose, progress=_progress)):
            command(*given, **named)

    for option in reversed(_OPTIONS):
        told = option(told)
    return told
