"""What does a user type to judge the clips of a run?

``audio-anomaly review``. The address goes to standard output, notes to standard error.
"""

from pathlib import Path
from typing import Any

import click

from pipeline.commands.options import chosen_program, common_options
from pipeline.commands.verdicts import store_option

__all__ = ["review"]


@click.command("review")
@common_options
@store_option
@click.option("--port", default=0, help="0 picks a free one.")
@click.option("--browser/--no-browser", default=True, help="Whether to open one.")
def review(store_path: Path, port: int, browser: bool, **chosen: Any) -> None:
    """Listen to a run's clips and judge them, on a page that only this machine can open."""
    from pipeline.review.server import serve

    serve(chosen_program(**chosen).run.path, store_path, port=port, open_browser=browser)
