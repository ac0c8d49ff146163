"""Which options say what a verb is about, and which program do they choose?

A verb that makes a run takes ``making_options`` and hands what it got to ``chosen_program``; one that reads a
run takes ``run_options`` and asks ``found_run``. ``checked_settings`` is for callers in Python, too. A verb
that makes ends with ``end_with_status``.
"""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from pipeline.commands.output import RunName, local_run
from pipeline.terminal import say

if TYPE_CHECKING:
    from pipeline.settings import Settings

__all__ = [
    "SET_ASIDE_STATUS",
    "checked_settings",
    "chosen_program",
    "corpus_options",
    "end_with_status",
    "found_run",
    "making_options",
    "run_options",
    "run_settings",
    "sweeping_options",
    "verdicts_option",
]

SET_ASIDE_STATUS = 3

Command = TypeVar("Command", bound=Callable[..., Any])

_SOURCE = click.option(
    "--corpus", default="embedded", show_default=True, help="A corpus's name, or the path or URL of a folder."
)
_TARGET = click.option("--target", default="zero", show_default=True, help="The word that is normal.")
_PLACE = (
    click.option(
        "--preset", default="default", show_default=True, help="The page of settings to start from."
    ),
    click.option(
        "--run",
        "run_path",
        type=RunName(),
        help="Run folder, or its URL in a store  [default: runs/<corpus>-<target>-<preset>]",
    ),
)
_CORPUS = (_SOURCE, _TARGET, *_PLACE)
_LISTING = (
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
_MAKING = (
    click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        help="Change one number, e.g. features.n_mels=64.",
    ),
    click.option("--seed", default=0, show_default=True, help="Behind every random choice."),
)


def _with(options: Sequence[Callable[[Command], Command]], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def making_options(command: Command) -> Command:
    """Add the options of verbs that make a run: which corpus, target and settings."""
    return _with((*_CORPUS, *_MAKING, *_LISTING), command)


def sweeping_options(command: Command) -> Command:
    """Add the options of verbs that make something of all classes alike: those above but for the target."""
    return _with((_SOURCE, *_PLACE, *_MAKING, *_LISTING), command)


def corpus_options(command: Command) -> Command:
    """Add the options of verbs that look at a corpus and make nothing."""
    return _with((*_CORPUS, *_LISTING), command)


def run_options(command: Command) -> Command:
    """Add the options of verbs that read a run: ``--run``, or what it is called by default."""
    return _with(_CORPUS, command)


def verdicts_option(command: Command) -> Command:
    """Add the option of verbs that take what reviewers said into account."""
    return click.option(
        "--verdicts",
        "verdicts_path",
        type=click.Path(path_type=Path),
        help="File of verdicts: bad clips are not learned from, wrong labels are put right.",
    )(command)


def chosen_program(**chosen: Any) -> Any:
    """Return the program over the chosen settings.

    Where a run that is there already is named and no corpus, what was not typed is the run's own: no option
    alone turns a run into one of the default corpus.
    """
    from pipeline.commands.program import Program, default_run_path
    from pipeline.runs import CONFIG_NAME

    typed = _given(chosen)
    run_path = local_run(chosen["run_path"], may_be_new=True) if chosen["run_path"] else None
    verdicts_path = chosen.get("verdicts_path")
    if (
        run_path is not None
        and run_path.is_dir()
        and ((run_path / CONFIG_NAME).exists() or not typed)
        and "corpus" not in typed
        and any(run_path.iterdir())
    ):
        settings = _changed(run_settings(run_path), {name: chosen[name] for name in typed})
        return Program(settings, run_path, say, verdicts_path=verdicts_path)
    settings = checked_settings(
        chosen["preset"],
        chosen.get("overrides", ()),
        target=chosen["target"],
        seed=chosen.get("seed", 0),
        corpus={
            "name": chosen["corpus"],
            "splits": chosen["splits"],
            "name_pattern": chosen["name_pattern"],
            **({"keep_duplicates_together": True} if chosen["keep_duplicates_together"] else {}),
        },
    )
    return Program(settings, run_path or default_run_path(settings), say, verdicts_path=verdicts_path)


def _changed(own: "Settings", typed: Mapping[str, Any]) -> "Settings":
    """Return a run's settings with what was typed; another preset begins from its own page."""
    page = own.model_dump(include={"target", "seed"} if "preset" in typed else None, exclude={"preset"})
    page["corpus"] = own.corpus.model_dump()
    for name, value in typed.items():
        if name in page["corpus"]:
            page["corpus"][name] = value
        elif name in ("target", "seed"):
            page[name] = value
    return checked_settings(typed.get("preset", own.preset), typed.get("overrides", ()), **page)


def found_run(run_path: Path | str | None, **chosen: Any) -> Path:
    """Return the run folder that ``run_options`` name, or the copy of it; it is there, and nothing is made.

    Raises:
        ConfigurationError: ``--run`` is of another target or preset than were given beside it.
        PipelineError: no such run.
    """
    from pipeline.commands.program import default_run_path
    from pipeline.errors import ConfigurationError
    from pipeline.runs import find_run

    if run_path is None:
        settings = checked_settings(
            chosen["preset"], (), target=chosen["target"], corpus={"name": chosen["corpus"]}
        )
        return find_run(default_run_path(settings)).path
    run = find_run(local_run(run_path))
    if asked := [name for name in ("target", "preset") if name in _given(chosen)]:
        own = run_settings(run.path)
        for name in asked:
            if getattr(own, name) != chosen[name]:
                raise ConfigurationError(
                    f"--{name} {chosen[name]} was given, and {run.path} is a run of {name} "
                    f"{getattr(own, name)}; give --run alone"
                )
    return run.path


def run_settings(run_path: Path) -> "Settings":
    """Return the settings that a run was made with."""
    from pipeline.runs import CONFIG_NAME, find_run
    from pipeline.settings import read_settings

    return read_settings(find_run(run_path).path / CONFIG_NAME)


def _given(chosen: Mapping[str, Any]) -> list[str]:
    """Return which choices were typed, but for the run and the file of verdicts."""
    source = click.get_current_context().get_parameter_source
    return [
        name
        for name in chosen
        if name not in ("run_path", "verdicts_path") and source(name) is not ParameterSource.DEFAULT
    ]


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
        sentence = f"done, but {n} clips were set aside; manifest.parquet gives the reason of each"
        say(sentence, level="warning", n_set_aside=n)
        sys.exit(SET_ASIDE_STATUS)
