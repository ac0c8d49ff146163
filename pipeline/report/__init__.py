"""Which page shows what a run found?

This room builds one self-contained HTML file that opens from disk with no network. It takes a finished run.
It gives the page, and what all of its parts say in words.
"""

__all__: list[str] = []
