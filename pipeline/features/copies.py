"""How do clips with the same sound stay in one split?

Corpora that were joined from several hold one clip under the names of several speakers. Speakers who share a
sound, directly or through others, count as one: all their clips go into the split of the one with the most
clips. Sounds are the same where their samples and their rate are; near copies (another codec, a gain) are
not looked for here, and are told of by the evaluation. Each file is decoded once.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from pipeline.audio import decode, open_content
from pipeline.corpora import Corpus
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
    speaker_of = _one_of_each_group(corpus, _digests(corpus, n_workers))
    n_clips = Counter(clip.speaker for clip in corpus.clips)
    split_of = {clip.speaker: clip.split for clip in corpus.clips}
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for speaker, first in speaker_of.items():
        groups[first].append(speaker)
    chosen: dict[str, str] = {}
    for members in groups.values():
        leader = min(members, key=lambda name: (-n_clips[name], name))
        chosen |= dict.fromkeys(members, split_of[leader])
    n_moved = sum(chosen[clip.speaker] != clip.split for clip in corpus.clips)
    if not n_moved:
        return corpus
    sentence = (
        f"{n_moved:,} clips were moved to the split of the speaker whose sounds they share "
        "(corpus.keep_duplicates_together)"
    )
    return replace(
        corpus,
        clips=tuple(replace(clip, split=chosen[clip.speaker]) for clip in corpus.clips),
        warnings=(*corpus.warnings, sentence),
    )


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


def _one_of_each_group(corpus: Corpus, digests: Iterator[str]) -> dict[str, str]:
    """Return for each speaker one of those with whom a sound is shared, the same for all of them."""
    first_of = {clip.speaker: clip.speaker for clip in corpus.clips}

    def found(speaker: str) -> str:
        while first_of[speaker] != speaker:
            first_of[speaker] = first_of[first_of[speaker]]
            speaker = first_of[speaker]
        return speaker

    heard: dict[str, str] = {}
    for clip, digest in zip(corpus.clips, digests, strict=True):
        if digest:
            one, other = found(clip.speaker), found(heard.setdefault(digest, clip.speaker))
            first_of[max(one, other)] = min(one, other)
    return {speaker: found(speaker) for speaker in first_of}
