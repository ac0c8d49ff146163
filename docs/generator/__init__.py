"""What can be set, typed and read, as pages that are made from the code?

This folder writes ``docs/reference/``: settings, commands, files, codes. It takes the settings page, the
verbs and the tables of codes as they are in ``pipeline``. It gives Markdown, which a test compares with the
pages that are kept.

    python -m docs.generator            # writes the pages

Like the benchmarks it may look inside a room, and nothing of the program imports it.
"""

from docs.generator.pages import FOLDER, PAGES

__all__ = ["FOLDER", "PAGES"]
