"""Which clips does a folder hold?

This room lists a folder of words, reads names for word and speaker, and puts each clip into a split. It
takes a path, perhaps a list of splits and a pattern. It gives a ``Corpus``.
"""

from pipeline.corpora.folder.corpus import Clip, Corpus, SectionLabels
from pipeline.corpora.folder.groups import groups_of, split_by_group
from pipeline.corpora.folder.listing import AUDIO_SUFFIXES, list_audio
from pipeline.corpora.folder.lists import TESTING_LIST, VALIDATION_LIST, text_of
from pipeline.corpora.folder.names import speaker_in_name
from pipeline.corpora.folder.reading import open_folder

__all__ = [
    "AUDIO_SUFFIXES",
    "TESTING_LIST",
    "VALIDATION_LIST",
    "Clip",
    "Corpus",
    "SectionLabels",
    "groups_of",
    "list_audio",
    "open_folder",
    "speaker_in_name",
    "split_by_group",
    "text_of",
]
