"""How does each verb tell what it found, and where does it work?

This room holds the options that verbs share about where they work and what they print, and prints results. It
takes text and the same for programs. It gives one of them on standard output.
"""

from pipeline.commands.output.engine import engine_options
from pipeline.commands.output.options import manner_before_options, output_options
from pipeline.commands.output.result import print_result
from pipeline.commands.output.run_places import RunName, local_run
from pipeline.commands.output.sections import figure_cell, official_line, sections_lines

__all__ = [
    "RunName",
    "engine_options",
    "figure_cell",
    "local_run",
    "manner_before_options",
    "official_line",
    "output_options",
    "print_result",
    "sections_lines",
]
