"""Which options say where a verb does its work?

``--engine local`` is this machine, and the default. ``--engine dask`` is the workers of a Dask scheduler: at
``--scheduler``, or of this machine. They change where and how fast, and never what is made: so they stand in
no settings of a run.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from pipeline.errors import ConfigurationError
from pipeline.processes import DaskEngine, working_with

__all__ = ["engine_options"]

ENGINES = ("local", "dask")

_OPTIONS = (
    click.option(
        "--engine",
        "_engine",
        type=click.Choice(ENGINES),
        default="local",
        show_default=True,
        help="Where work is done: processes of this machine, or workers of Dask.",
    ),
    click.option(
        "--scheduler",
        "_scheduler",
        default="",
        metavar="ADDRESS",
        help="Of Dask, e.g. tcp://host:8786; without it --engine dask starts workers on this machine.",
    ),
)


def engine_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add what chooses the engine, and let the verb work with it.

    Stands directly below ``output_options``, so that what an engine says is told as was chosen.
    """

    @wraps(command)
    def worked(*given: Any, _engine: str, _scheduler: str, **named: Any) -> None:
        if _scheduler and _engine != "dask":
            raise ConfigurationError(
                f"--scheduler {_scheduler} is of Dask, and the engine is {_engine}; give --engine dask too"
            )
        if _engine != "dask":
            command(*given, **named)
            return
        engine = DaskEngine(_scheduler)
        try:
            with working_with(engine):
                command(*given, **named)
        finally:
            engine.close()

    for option in reversed(_OPTIONS):
        worked = option(worked)
    return worked
