"""What does a user type to judge the clips of a run?

``audio-anomaly review``. The address goes to standard output, notes to standard error.
"""

from pathlib import Path
from typing import Any

import click

from pipeline.commands.options import found_run, run_options
from pipeline.commands.output import output_options, print_result
from pipeline.commands.verdicts import store_option

__all__ = ["review"]


@click.command("review")
@run_options
@store_option
@click.option("--port", default=0, help="0 picks a free one.")
@click.option("--browser/--no-browser", default=True, help="Whether to open one.")
@click.option("--reviewer", default="", metavar="NAME", help="Who judges  [default: the page asks]")
@click.option("--clip", default="", metavar="PATH", help="The clip to begin with, as in scores.csv.")
@output_options
def review(store_path: Path, port: int, browser: bool, reviewer: str, clip: str, **chosen: Any) -> None:
    """Listen to a run's clips and judge them, on a page that only this machine can open."""
    from pipeline.review.server import serve

    run_path = found_run(**chosen)

    def tell(address: str) -> None:
        print_result(f"The review is at {address} (Ctrl-C ends)", address=address, run=run_path)

    serve(
        run_path,
        store_path,
        tell=tell,
        port=port,
        open_browser=browser,
        reviewer=reviewer,
        clip=clip,
    )
