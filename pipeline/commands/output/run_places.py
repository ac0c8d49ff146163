"""Where does the run stand that ``--run`` names: here, or in a store elsewhere?

A run in a store is worked on in a copy in the cache, which is fetched before a verb and sent after it.
"""

from pathlib import Path
from typing import Any

import click

__all__ = ["RunName", "local_run"]


class RunName(click.ParamType):
    """The path of a folder, or the URL of one in a store; gives a ``Path`` or a text."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path | str:
        """Return a path, or a URL as it is."""
        if isinstance(value, Path) or "://" not in value:
            return Path(value)
        from pipeline.stores import is_url

        return str(value) if is_url(value) else Path(value)


def local_run(run: Path | str, *, may_be_new: bool = False) -> Path:
    """Return the folder that a verb works in; what it changes is sent when the verb has ended.

    Args:
        run: what ``RunName`` gave.
        may_be_new: a verb that makes runs.

    Raises:
        ConfigurationError: a secret in the URL, or no package reads its protocol.
        PipelineError: no run there, or the store refuses.
    """
    if isinstance(run, Path):
        return run
    from pipeline.remote_runs import run_here

    return click.get_current_context().with_resource(run_here(run, may_be_new=may_be_new))
