"""What does a user type to compare two runs?

``audio-anomaly compare RUN RUN``. A short table goes to standard output, and the page's path last.
Nothing heavy is imported before the command runs.
"""

from pathlib import Path

import click

from pipeline.commands.output import RunName, local_run, output_options, print_result

__all__ = ["compare"]


@click.command("compare")
@click.argument("run_a", metavar="RUN", type=RunName())
@click.argument("run_b", metavar="RUN", type=RunName())
@click.option(
    "--out", type=click.Path(path_type=Path), help="The page  [default: runs/compare-<RUN>-<RUN>.html]"
)
@click.option("--force", is_flag=True, help="Compare runs of two corpora over the clips that both have.")
@output_options
def compare(run_a: Path | str, run_b: Path | str, out: Path | None, force: bool) -> None:
    """Compare two runs of one target: on which words, clips and settings do they differ?"""
    from pipeline.compare import read_pair
    from pipeline.compare.page import write_comparison

    pair = read_pair(local_run(run_a), local_run(run_b), force=force)
    names = (side.path.resolve().name for side in (pair.a, pair.b))
    safe = ["".join(c if c.isalnum() or c in "-_.+" else "_" for c in name) for name in names]
    path = out or Path("runs") / f"compare-{safe[0]}-{safe[1]}.html"
    written = write_comparison(pair, path)
    print_result(f"{written.table}\npage: {path}", **written.figures, page=path)
