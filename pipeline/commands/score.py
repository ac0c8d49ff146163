"""What does ``audio-anomaly score`` do?"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from pipeline.commands.options import SET_ASIDE_STATUS, found_run, run_options
from pipeline.commands.output import engine_options, output_options
from pipeline.errors import ConfigurationError, PipelineError
from pipeline.processes import engine_of_the_moment
from pipeline.terminal import say

__all__ = ["score"]


@click.command("score")
@run_options
@click.option("-0", "by_nul", is_flag=True, help="Paths on standard input end with NUL, not with a line.")
@click.option("--every", "every_seconds", type=float, help="Score a window each so many seconds.")
@click.option(
    "--window",
    "window_seconds",
    type=float,
    help="Seconds of a window; by default the median of the clips that the run learned from.",
)
@click.option("--events", "has_events", is_flag=True, help="Print events in place of windows.")
@click.option(
    "--events-per-hour",
    type=float,
    help="False events allowed on average (default 1, or 1 in a shorter recording).",
)
@click.option(
    "--explain",
    "is_explained",
    is_flag=True,
    help="Add reason, evidence, nearest clip, terms (nats whose sum is the score) and faults to each line.",
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@output_options
@engine_options
def score(
    by_nul: bool,
    every_seconds: float | None,
    window_seconds: float | None,
    has_events: bool,
    events_per_hour: float | None,
    is_explained: bool,
    paths: tuple[Path, ...],
    **chosen: Any,
) -> None:
    """Score audio files or folders with a trained run: one line of JSON each on standard output.

    The path - stands for paths on standard input, one a line. With --every, recordings of any length are
    scored in windows: one line of JSON each, or one for each event.
    """
    from pipeline.runs import library_versions

    _check_options(every_seconds, window_seconds, has_events, events_per_hour)
    if is_explained and every_seconds is not None:
        raise ConfigurationError("--explain tells of whole files, and --every cuts them; give one of the two")
    files = _with_standard_input(paths, by_nul)
    run_path = found_run(**chosen)
    folders = {path if path.is_dir() else path.parent for path in files}
    engine_of_the_moment().require(library_versions(), [run_path, *folders])
    if every_seconds is None:
        from pipeline.recordings.files import score_paths

        lines = score_paths(run_path, files, is_explained=is_explained)
    else:
        from pipeline.recordings.long_recordings import Windowing, score_recordings

        windowing = Windowing(
            every_seconds=every_seconds,
            window_seconds=window_seconds,
            has_events=has_events,
            events_per_hour=events_per_hour,
        )
        lines = score_recordings(run_path, files, windowing)
    n_set_aside = 0
    for line in lines:
        n_set_aside += line["log_prob"] is None
        print(json.dumps(line), flush=True)
    if n_set_aside:
        what = "files" if every_seconds is None else "windows or recordings"
        sentence = f"{n_set_aside} {what} could not be used; the tags of each say why"
        say(sentence, level="warning", n_set_aside=n_set_aside)
        sys.exit(SET_ASIDE_STATUS)


def _check_options(
    every: float | None, window: float | None, has_events: bool, events_per_hour: float | None
) -> None:
    given = {"--window": window is not None, "--events": has_events}
    for option in (name for name, is_given in given.items() if is_given and every is None):
        raise ConfigurationError(f"{option} cuts recordings into windows; give --every SECONDS too")
    if events_per_hour is not None and not has_events:
        raise ConfigurationError("--events-per-hour is a rate of events; give --events too")


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
