"""What did people say about clips, and what follows from it?

Verdicts belong to the content of a file (its SHA-256), never to a name or a run. ``store`` keeps
them, ``exchange`` writes and reads them as text, ``decisions`` settles what several reviewers said
of one clip, ``fit_effect`` and ``review_figures`` say what that changes in a run.
"""
