"""What does a user type to take verdicts out of the store, and to put them in?

``audio-anomaly verdicts list|export|import``. Tables go to standard output, notes to standard error.
"""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click

from pipeline.commands.output import output_options, print_result
from pipeline.errors import PipelineError

__all__ = ["store_option", "verdicts"]

DEFAULT = "runs/verdicts.sqlite"

_file_argument = click.argument("file", type=click.Path(path_type=Path))

Command = TypeVar("Command", bound=Callable[..., Any])


def store_option(command: Command) -> Command:
    """Add the option that names the file of verdicts."""
    return click.option(
        "--verdicts",
        "store_path",
        type=click.Path(path_type=Path),
        default=DEFAULT,
        show_default=True,
        help="The file that verdicts are kept in.",
    )(command)


@click.group("verdicts")
def verdicts() -> None:
    """List, export and import what reviewers said of clips."""


@verdicts.command("list")
@click.argument("store_path", metavar="[FILE]", type=click.Path(path_type=Path), default=DEFAULT)
@output_options
def _list(store_path: Path) -> None:
    """Print the verdicts that stand in FILE (default: runs/verdicts.sqlite), and how reviewers agree."""
    from pipeline.verdicts import listing

    with _opened(store_path) as store:
        standing = store.standing()
        print_result(lambda: listing(standing), verdicts=[asdict(verdict) for verdict in standing])


@verdicts.command("export")
@_file_argument
@store_option
@click.option("--force", is_flag=True, help="Replace FILE where it exists.")
@output_options
def _export(file: Path, store_path: Path, force: bool) -> None:
    """Write every verdict to FILE, a .csv or .jsonl."""
    from pipeline.verdicts import export_verdicts, format_of

    format_of(file)
    if file.exists() and not force:
        raise PipelineError(f"{file} exists and is left as it is; name another file, or give --force")
    with _opened(store_path) as store:
        n_rows = export_verdicts(store, file)
    print_result(f"{file}: {n_rows} rows", file=file, n_rows=n_rows)


@verdicts.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@store_option
@output_options
def _import(file: Path, store_path: Path) -> None:
    """Add the verdicts of FILE, a .csv or .jsonl that was exported; known ones are left as they are."""
    from pipeline.verdicts import format_of, import_verdicts

    format_of(file)  # before a file of verdicts is made that nothing would fill
    with _opened(store_path, create=True) as store:
        n_added, n_known = import_verdicts(store, file)
    print_result(
        f"{store_path}: {n_added} rows added, {n_known} were known",
        file=store_path,
        n_added=n_added,
        n_known=n_known,
    )


def _opened(store_path: Path, *, create: bool = False) -> Any:
    from contextlib import closing

    from pipeline.verdicts import VerdictStore

    return closing(VerdictStore(store_path, create=create))
