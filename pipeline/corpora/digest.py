"""Has anything in a corpus changed since it was last looked at?

A quick answer from names, sizes and times of change, without reading any audio. Who needs
certainty compares the SHA-256 of the contents, as the manifest holds them.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import astuple, fields

from pipeline.corpora.folder import Clip, Corpus, SectionLabels

__all__ = ["fingerprint", "section_columns"]


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
        told = (clip.path, clip.word, clip.speaker, clip.split, clip.recording, clip.defect, size, changed)
        line = repr(told if clip.labels is None else (*told, astuple(clip.labels)))
        digest.update(line.encode("utf-8", "backslashreplace"))
    return digest.hexdigest()


def section_columns(clips: Sequence[Clip]) -> dict[str, list[str]]:
    """Return the manifest's columns of section, domain and so on; none where no clip has any."""
    if not any(clip.labels for clip in clips):
        return {}
    unknown = SectionLabels(section="")
    return {
        field.name: [getattr(clip.labels or unknown, field.name) for clip in clips]
        for field in fields(SectionLabels)
    }
