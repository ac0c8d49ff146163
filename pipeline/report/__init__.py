"""Which page shows what a run found?

One self-contained HTML file that opens from disk with no network. ``page`` builds it from the run
folder; the other modules each make one kind of part of it: sentences, plots, sounds and pictures.
"""

from pipeline.report.page import build_report, write_report

__all__ = ["build_report", "write_report"]
