"""Is a recording sound as a recording, whatever is said in it?

``measures`` and ``sketch`` look at one clip where its audio is read; their numbers are stored beside
the features. ``tags`` and ``duplicates`` decide from those numbers and the thresholds of the page, so
that a changed threshold reads no audio again.
"""
