r"""What runs in the process of one rung: the stages of a run up to one of them, and no report.

    python -m benchmarks.detection.ladder.one_run --run RUN --last evaluate --corpus C \
        --target W --preset P ...

Ends with the program's own exit statuses; the last line of standard error says what went wrong.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.commands.program import Program
from pipeline.errors import PipelineError
from pipeline.settings.presets import resolve_settings
from pipeline.terminal.notes import say

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the stages; see the module."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--last", required=True)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--splits", default="")
    parser.add_argument("--name-pattern", default="")
    parser.add_argument("--target", required=True)
    parser.add_argument("--preset", required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", action="append", default=[], dest="overrides")
    chosen = parser.parse_args(arguments)
    corpus = {"name": chosen.corpus, "splits": chosen.splits, "name_pattern": chosen.name_pattern}
    try:
        settings = resolve_settings(
            chosen.preset, chosen.overrides, target=chosen.target, seed=chosen.seed, corpus=corpus
        )
        Program(settings, chosen.run, say).run_up_to(chosen.last)
    except PipelineError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main())
