"""What does ``audio-anomaly score`` do?"""

import json
import sys
from pathlib import Path

import click

from pipeline.commands.options import SET_ASIDE_STATUS
from pipeline.terminal import say

__all__ = ["score"]


@click.command("score")
@click.option(
    "--run", "run_path", required=True, type=click.Path(path_type=Path), help="A run whose model is trained."
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
def score(run_path: Path, paths: tuple[Path, ...]) -> None:
    """Score audio files or folders with a trained run: one line of JSON each on standard output."""
    from pipeline.detection.score import score_paths

    n_set_aside = 0
    for line in score_paths(run_path, paths):
        n_set_aside += line["log_prob"] is None
        print(json.dumps(line), flush=True)
    if n_set_aside:
        say(f"{n_set_aside} files could not be used; the tags of each say why")
        sys.exit(SET_ASIDE_STATUS)
