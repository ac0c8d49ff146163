"""Has anything in a corpus changed since it was last looked at?

A quick answer from names, sizes and times of change, without reading any audio. Who needs
certainty compares the SHA-256 of the contents, as the manifest holds them.
"""

import hashlib
import os

from pipeline.corpora.folder import Corpus

__all__ = ["fingerprint"]


def fingerprint(corpus: Corpus) -> str:
    """Return a digest over every clip: its names, split, recording, defect, size and time of change.

    Costs one ``stat`` a clip. The root's own place does not count, so a moved corpus stays equal.
    """
    digest = hashlib.sha256()
    for clip in corpus.clips:
        size = changed = -1
        if not clip.defect:
            try:
                status = os.stat(f"{corpus.root}/{clip.path}")
                size, changed = status.st_size, status.st_mtime_ns
            except OSError:
                pass  # gone since the listing: -1 differs from the size of every file
        # repr quotes each field, so that no name can imitate the border between two fields.
        line = repr(
            (clip.path, clip.word, clip.speaker, clip.split, clip.recording, clip.defect, size, changed)
        )
        digest.update(line.encode("utf-8", "backslashreplace"))
    return digest.hexdigest()
