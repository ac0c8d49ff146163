"""What does a user type to take verdicts out of the store, and to put them in?

``audio-anomaly verdicts list|export|import``, in forms of other programs, too. Tables go to standard output,
notes to standard error.
"""

import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from pipeline.commands.options import SET_ASIDE_STATUS
from pipeline.commands.output import RunName, local_run, output_options, print_result
from pipeline.errors import ConfigurationError, PipelineError
from pipeline.terminal import say

__all__ = ["store_option", "verdicts"]

DEFAULT = "runs/verdicts.sqlite"
VERDICTS = "verdicts"
FORMS = (VERDICTS, "label-studio", "cleanlab", "data-frame", "lhotse")

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


def _run_option(told: str) -> Callable[[Command], Command]:
    return click.option("--run", "run_path", type=RunName(), help=told)


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
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMS),
    default=VERDICTS,
    show_default=True,
    help="What FILE is written for; all but verdicts write the list of --run.",
)
@_run_option("The run whose list is written; the sweep's where there is one.")
@click.option("--list", "kind", type=click.Choice(["sweep", "scores"]), help="The list of the run.")
@click.option(
    "--audio-prefix",
    default="",
    help="What stands before each clip's path in its address  [default: its file in the corpus]",
)
@click.option("--force", is_flag=True, help="Replace FILE where it exists.")
@output_options
def _export(
    file: Path,
    store_path: Path,
    form: str,
    run_path: Path | str | None,
    kind: str | None,
    audio_prefix: str,
    force: bool,
) -> None:
    """Write every verdict to FILE, a .csv or .jsonl, or the list of a run for another program."""
    from pipeline.verdicts import export_verdicts, format_of

    if form != VERDICTS:
        _export_list(file, store_path, form, run_path, kind or "", audio_prefix, force)
        return
    if run_path is not None or kind is not None or audio_prefix:
        raise ConfigurationError(
            f"--run, --list and --audio-prefix go with the formats {', '.join(FORMS[1:])}; give --format, too"
        )
    format_of(file)
    if file.exists() and not force:
        raise PipelineError(f"{file} exists and is left as it is; name another file, or give --force")
    with _opened(store_path) as store:
        n_rows = export_verdicts(store, file)
    print_result(f"{file}: {n_rows} rows", file=file, n_rows=n_rows)


def _export_list(
    file: Path,
    store_path: Path,
    form: str,
    run_path: Path | str | None,
    kind: str,
    audio_prefix: str,
    force: bool,
) -> None:
    from pipeline.exchange import export_list, read_listed_run

    if run_path is None:
        raise ConfigurationError(f"--format {form} writes the list of a run and none was given; give --run")
    standing = ()
    is_named = click.get_current_context().get_parameter_source("store_path") is not ParameterSource.DEFAULT
    if is_named or store_path.exists():  # a run may be exported before anybody judged
        with _opened(store_path) as store:
            standing = tuple(store.standing())
    run = read_listed_run(local_run(run_path), kind, standing)
    files = export_list(run, form, file, audio_prefix=audio_prefix, force=force)
    n_judged = sum(clip.verdict is not None for clip in run.clips)
    print_result(
        f"{', '.join(map(str, files))}: {len(run.clips)} clips of the list {run.kind}, "
        f"{n_judged} of them judged",
        files=files,
        list=run.kind,
        n_clips=len(run.clips),
        n_judged=n_judged,
    )


@verdicts.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@store_option
@_run_option("The run whose clips were annotated, with a .json of Label Studio.")
@click.option("--reviewer", default="", help="Who annotated, in place of what a .json of Label Studio says.")
@output_options
def _import(file: Path, store_path: Path, run_path: Path | str | None, reviewer: str) -> None:
    """Add the verdicts of FILE; known ones are left as they are.

    FILE is a .csv or .jsonl that was exported here, or a .json that was exported by Label Studio.
    """
    from pipeline.verdicts import format_of, import_verdicts

    if file.suffix.lower() == ".json":
        _import_annotations(file, store_path, run_path, reviewer)
        return
    if run_path is not None or reviewer:
        raise ConfigurationError("--run and --reviewer go with a .json of Label Studio; leave them out")
    format_of(file)  # before a file of verdicts is made that nothing would fill
    with _opened(store_path, create=True) as store:
        n_added, n_known = import_verdicts(store, file)
    print_result(
        f"{store_path}: {n_added} rows added, {n_known} were known",
        file=store_path,
        n_added=n_added,
        n_known=n_known,
    )


def _import_annotations(file: Path, store_path: Path, run_path: Path | str | None, reviewer: str) -> None:
    from pipeline.exchange import read_annotations
    from pipeline.verdicts import reviewer_problem

    if run_path is None:
        raise ConfigurationError(f"{file} is about the clips of a run and none was given; give --run")
    if reviewer and (problem := reviewer_problem(reviewer)):
        raise ConfigurationError(f"--reviewer {reviewer[:80]!r}: {problem}")
    found = read_annotations(file, local_run(run_path), reviewer)
    with _opened(store_path, create=True) as store:
        n_added, n_known = store.add_all(found.verdicts)
    for sentence in found.refused:
        say(f"not imported: {sentence}")
    print_result(
        f"{store_path}: {n_added} rows added, {n_known} were known, {found.n_refused} refused; "
        f"{found.n_open} of {found.n_tasks} tasks have no annotation, {found.n_skipped} were skipped",
        file=store_path,
        n_added=n_added,
        n_known=n_known,
        n_refused=found.n_refused,
        refused=found.refused,
        n_tasks=found.n_tasks,
        n_open=found.n_open,
        n_skipped=found.n_skipped,
    )
    if found.n_refused:
        sys.exit(SET_ASIDE_STATUS)


def _opened(store_path: Path, *, create: bool = False) -> Any:
    from contextlib import closing

    from pipeline.verdicts import VerdictStore

    return closing(VerdictStore(store_path, create=create))
