"""What does ``audio-anomaly score`` do?"""

import json
import os
import sys
from pathlib import Path

import click

from pipeline.commands.options import SET_ASIDE_STATUS
from pipeline.errors import ConfigurationError, PipelineError
from pipeline.terminal import say

__all__ = ["score"]


@click.command("score")
@click.option(
    "--run", "run_path", required=True, type=click.Path(path_type=Path), help="A run whose model is trained."
)
@click.option("-0", "by_nul", is_flag=True, help="Paths on standard input end with NUL, not with a line.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
def score(run_path: Path, by_nul: bool, paths: tuple[Path, ...]) -> None:
    """Score audio files or folders with a trained run: one line of JSON each on standard output.

    The path - stands for paths on standard input, one a line.
    """
    from pipeline.detection.score import score_paths

    n_set_aside = 0
    for line in score_paths(run_path, _with_standard_input(paths, by_nul)):
        n_set_aside += line["log_prob"] is None
        print(json.dumps(line), flush=True)
    if n_set_aside:
        say(f"{n_set_aside} files could not be used; the tags of each say why")
        sys.exit(SET_ASIDE_STATUS)


def _with_standard_input(paths: tuple[Path, ...], by_nul: bool) -> list[Path]:
    n_dashes = paths.count(Path("-"))
    if n_dashes > 1 or (by_nul and n_dashes == 0):
        raise ConfigurationError(
            f"standard input is read for 1 path -, got {n_dashes}; give - once, or leave out -0"
        )
    return [found for path in paths for found in (_standard_input(by_nul) if path == Path("-") else [path])]


def _standard_input(by_nul: bool) -> list[Path]:
    names = sys.stdin.buffer.read().split(b"\0" if by_nul else b"\n")
    if not by_nul:
        names = [name.removesuffix(b"\r") for name in names]
    found = [Path(os.fsdecode(name)) for name in names if name]  # bytes, for a path need not be UTF-8
    if not found:
        raise PipelineError(
            "standard input holds 0 paths; write one a line, or end each with NUL and give -0"
        )
    return found
