"""Who counts as one speaker, and how are clips split then?

Speakers who share a recording, or a sound that stands in the corpus under both their names, must not be on
both sides of a split. They form a group, directly or through others.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from pipeline.corpora.folder.corpus import Corpus
from pipeline.corpora.folder.split_notes import notes_about_splits
from pipeline.corpora.folder.splits import split_by_speaker, with_enough_in_each

__all__ = ["groups_of", "split_by_group"]


def groups_of(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return for each name the first name, in the order of the alphabet, of its group.

    Args:
        pairs: names that belong together; a name with itself is a group of one.
    """
    first_of: dict[str, str] = {}

    def found(name: str) -> str:
        while first_of.setdefault(name, name) != name:
            first_of[name] = first_of[first_of[name]]
            name = first_of[name]
        return name

    for pair in pairs:
        one, other = map(found, pair)
        first_of[max(one, other)] = min(one, other)
    return {name: found(name) for name in first_of}


def split_by_group(corpus: Corpus, first_of: Mapping[str, str]) -> Corpus:
    """Return the corpus with new splits, in which a group counts as one speaker: the one with the most clips.

    Args:
        corpus: whose splits follow from the names of speakers.
        first_of: a name for the group of each speaker, see ``groups_of``; who is not there is alone.
    """
    usable = [clip for clip in corpus.clips if not clip.defect]
    n_clips = Counter(clip.speaker for clip in usable)
    members: defaultdict[str, list[str]] = defaultdict(list)
    for speaker in n_clips:
        members[first_of.get(speaker, speaker)].append(speaker)
    leader_of = {
        speaker: min(group, key=lambda name: (-n_clips[name], name))
        for group in members.values()
        for speaker in group
    }
    named = [(leader_of[clip.speaker], clip.word) for clip in usable]
    chosen, n_moved = with_enough_in_each(split_by_speaker(leader for leader, _ in named), named)
    clips = tuple(
        replace(clip, split=chosen[leader_of[clip.speaker]] if clip.speaker in leader_of else clip.split)
        for clip in corpus.clips
    )
    notes = tuple(notes_about_splits(clips, n_moved))
    others = tuple(sentence for sentence in corpus.warnings if sentence not in corpus.split_warnings)
    return replace(corpus, clips=clips, warnings=(*others, *notes), split_warnings=notes)
