"""What does the page of the review consist of?

This room holds the page, its styles and its scripts, as files. It takes nothing. It gives their names, which
the review serves.
"""

__all__ = ["SCRIPTS", "STYLES"]

STYLES = ("palette.css", "page.css", "clip.css", "list.css", "clip_map.css")
SCRIPTS = (
    "page.js",
    "asking.js",
    "clip.js",
    "clip_map.js",
    "judging.js",
    "list.js",
    "player.js",
    "progress.js",
    "reviewers.js",
    "rows.js",
    "view.js",
    "words.js",
)
