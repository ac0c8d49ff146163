"""Which options do all verbs share, and which program do they choose?

A verb's function takes ``common_options`` as its decorator and hands what it got to
``chosen_program``; ``checked_settings`` is for callers in Python, too. Notes go to standard error; a verb
ends with ``end_with_status``.
"""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from pipeline.terminal import say

if TYPE_CHECKING:
    from pipeline.settings import Settings

__all__ = [
    "SET_ASIDE_STATUS",
    "checked_settings",
    "chosen_program",
    "common_options",
    "end_with_status",
    "verdicts_option",
]

SET_ASIDE_STATUS = 3

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--corpus", default="embedded", show_default=True, help="A corpus's name, or the path of a folder."
    ),
    click.option("--target", default="zero", show_default=True, help="The word that is normal."),
    click.option(
        "--preset", default="default", show_default=True, help="The page of settings to start from."
    ),
    click.option(
        "--run",
        "run_path",
        type=click.Path(path_type=Path),
        help="Run folder  [default: runs/<corpus>-<target>-<preset>]",
    ),
    click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        help="Change one number, e.g. features.n_mels=64.",
    ),
    click.option("--seed", default=0, show_default=True, help="Behind every random choice."),
    click.option("--splits", default="", help="CSV with columns file,split[,recording]."),
    click.option(
        "--name-pattern",
        default="",
        help="Regular expression over file names with the group speaker or recording, perhaps word.",
    ),
    click.option(
        "--keep-duplicates-together",
        is_flag=True,
        help="Put all clips of speakers who share a sound into one split.",
    ),
)


def common_options(command: Command) -> Command:
    """Add the options that every verb has."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def verdicts_option(command: Command) -> Command:
    """Add the option of verbs that take what reviewers said into account."""
    return click.option(
        "--verdicts",
        "verdicts_path",
        type=click.Path(path_type=Path),
        help="File of verdicts: bad clips are not learned from, wrong labels are put right.",
    )(command)


def chosen_program(**chosen: Any) -> Any:
    """Return the program over the chosen settings, or over the run's own where only a run is named."""
    from pipeline.commands.program import Program, default_run_path
    from pipeline.runs import CONFIG_NAME, find_run
    from pipeline.settings import read_settings

    source = click.get_current_context().get_parameter_source
    is_free = all(
        source(name) is ParameterSource.DEFAULT
        for name in chosen
        if name not in ("run_path", "verdicts_path")
    )
    run_path = chosen["run_path"]
    if is_free and run_path and run_path.is_dir() and any(run_path.iterdir()):
        settings = read_settings(find_run(run_path).path / CONFIG_NAME)
        return Program(settings, run_path, say, verdicts_path=chosen.get("verdicts_path"))
    settings = checked_settings(
        chosen["preset"],
        chosen["overrides"],
        target=chosen["target"],
        seed=chosen["seed"],
        corpus={
            "name": chosen["corpus"],
            "splits": chosen["splits"],
            "name_pattern": chosen["name_pattern"],
            **({"keep_duplicates_together": True} if chosen["keep_duplicates_together"] else {}),
        },
    )
    return Program(
        settings,
        run_path or default_run_path(settings),
        say,
        verdicts_path=chosen.get("verdicts_path"),
    )


def checked_settings(preset: str, overrides: Iterable[str], **options: Any) -> "Settings":
    """Return the settings of a new run, of which nothing is known yet that would refuse them.

    Args:
        preset: see ``resolve_settings``, as the others.
        overrides: ``section.key=value`` each.
        **options: further fields of ``Settings``.

    Raises:
        ConfigurationError: an unknown name, or numbers that do not go together.
    """
    from pipeline.detection import check_cross_fitting, check_detector
    from pipeline.frontend import check_kind
    from pipeline.settings import resolve_settings

    settings = resolve_settings(preset, overrides, **options)
    check_kind(settings.features)
    check_detector(settings.model)
    check_cross_fitting(settings)
    return settings


def end_with_status(program: Any) -> None:
    """Say how many clips were set aside, and end with status 3 where there are any."""
    n = program.set_aside
    if n:
        say(f"done, but {n} clips were set aside; manifest.parquet gives the reason of each")
        sys.exit(SET_ASIDE_STATUS)
