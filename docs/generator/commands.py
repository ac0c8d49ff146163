"""Which verbs has the command line, and which options has each?

Read from the commands themselves, so that an option that is added or gone is so on the page.
"""

from collections.abc import Iterator

import click

from docs.generator.markdown import code, one_line, page, table
from pipeline.commands import cli

__all__ = ["commands_page"]

PROGRAM = "audio-anomaly"
OPENING = f"""\
`{PROGRAM} VERB` and `python -m pipeline VERB` are the same program. `-h` or `--help` of each verb prints
what stands here. Results go to standard output; progress, notes and errors go to standard error. [Exit
statuses](codes.md#exit-statuses) are the same for all verbs. `make VERB CORPUS=... TARGET=... PRESET=...
RUN=... ARGS="..."` calls `features`, `train`, `evaluate`, `audit`, `sweep`, `review` and `density` with these
options; `make` alone lists its targets."""


def commands_page() -> str:
    """Return the page."""
    group = cli._group
    parts = ["## For the program itself", _options(click.Context(group, info_name=PROGRAM))]
    for context in _contexts(group, click.Context(group, info_name=PROGRAM)):
        words = context.command_path.split()[1:]
        parts += [
            f"{'#' * (1 + len(words))} {' '.join(words)}",
            f"```\n{' '.join([context.command_path, *context.command.collect_usage_pieces(context)])}\n```",
            *_paragraphs(context.command),
            _options(context),
        ]
    return page("Verbs and their options", OPENING, *filter(None, parts))


def _contexts(group: click.Group, above: click.Context) -> Iterator[click.Context]:
    for name, command in group.commands.items():
        context = click.Context(command, info_name=name, parent=above)
        yield context
        if isinstance(command, click.Group):
            yield from _contexts(command, context)


def _paragraphs(command: click.Command) -> list[str]:
    return [one_line(part).replace("\b", "").strip() for part in (command.help or "").split("\n\n")]


def _options(context: click.Context) -> str:
    rows = []
    for parameter in context.command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None and "--help" not in record[0]:
            rows.append((code(record[0]), record[1]))
    return table(("option", "meaning"), rows) if rows else ""
