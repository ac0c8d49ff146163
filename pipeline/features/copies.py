"""How do clips with the same sound stay in one split?

Corpora that were joined from several hold one clip under the names of several speakers. Speakers who share a
sound, directly or through others, count as one when clips are split. Sounds are the same where their samples
and their rate are; near copies (another codec, a gain) are not looked for here, and are told of by the
evaluation. Each file is decoded once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from pipeline.audio import decode, open_content
from pipeline.corpora import Corpus, groups_of, split_by_group
from pipeline.errors import UnusableClip
from pipeline.processes import map_batches
from pipeline.quality import sound_digest
from pipeline.terminal import Progress

__all__ = ["keep_copies_together"]

BATCH = 256


def keep_copies_together(corpus: Corpus, *, n_workers: int = 0) -> Corpus:
    """Return the corpus with the clips of speakers who share a sound in one split.

    Splits that lists, a CSV or the corpus itself give are never changed; a warning says so.

    Args:
        corpus: whose files are decoded.
        n_workers: processes; 0 for one a core.
    """
    if corpus.has_own_splits:
        sentence = "splits come from lists and were not changed: copies were not brought together"
        return replace(corpus, warnings=(*corpus.warnings, sentence))
    sharing = _sharing(corpus, _digests(corpus, n_workers))
    if not sharing:
        return corpus
    together = split_by_group(corpus, groups_of(sharing))
    n_moved = sum(
        clip.split != before.split for clip, before in zip(together.clips, corpus.clips, strict=True)
    )
    sentence = (
        f"{len(set().union(*sharing)):,} speakers share sounds and are split as one speaker where they "
        f"do; {n_moved:,} clips are in another split for it (corpus.keep_duplicates_together)"
    )
    return replace(together, warnings=(*together.warnings, sentence))


def _digests(corpus: Corpus, n_workers: int) -> Iterator[str]:
    """Yield the digest of each clip's sound, ``""`` where it has none."""
    paths = ["" if clip.defect else str(corpus.root / clip.path) for clip in corpus.clips]
    remaining = iter(paths)
    batches = iter(lambda: tuple(islice(remaining, BATCH)), ())
    workers = 1 if len(paths) <= BATCH else n_workers
    with Progress("look for copies", len(paths), "clips") as progress:
        for digests in map_batches(_digests_of, batches, n_workers=workers):
            yield from digests
            progress.advance(len(digests))


def _digests_of(paths: Sequence[str]) -> list[str]:
    return [_digest_of(Path(path)) if path else "" for path in paths]


def _digest_of(path: Path) -> str:
    try:
        return sound_digest(decode(open_content(path), path.suffix))
    except (UnusableClip, OSError):  # the features stage says why
        return ""


def _sharing(corpus: Corpus, digests: Iterator[str]) -> list[tuple[str, str]]:
    """Return pairs of speakers with the same sound: each with the first who has it."""
    first: dict[str, str] = {}
    pairs = []
    for clip, digest in zip(corpus.clips, digests, strict=True):
        if digest and (other := first.setdefault(digest, clip.speaker)) != clip.speaker:
            pairs.append((other, clip.speaker))
    return pairs
