"""Which clips are there, of which word, by whom, and in which split?

This room is the one interface to corpora, whatever the source: rendered, downloaded, a folder here or in a
store elsewhere. It takes a name, a path or a URL. It gives a ``Corpus``, a list of ``Clip``s; nothing here
opens an audio file but to render it.
"""

from pipeline.corpora.digest import fingerprint, section_columns
from pipeline.corpora.folder import (
    AUDIO_SUFFIXES,
    Clip,
    Corpus,
    groups_of,
    list_audio,
    speaker_in_name,
    split_by_group,
)
from pipeline.corpora.folds import put_into_folds
from pipeline.corpora.mirror import stores_listed_once
from pipeline.corpora.opening import kinds_of, open_corpus
from pipeline.corpora.storage import CACHE_VARIABLE, cache_folder, exclusive

__all__ = [
    "AUDIO_SUFFIXES",
    "CACHE_VARIABLE",
    "Clip",
    "Corpus",
    "cache_folder",
    "exclusive",
    "fingerprint",
    "groups_of",
    "kinds_of",
    "list_audio",
    "open_corpus",
    "put_into_folds",
    "section_columns",
    "speaker_in_name",
    "split_by_group",
    "stores_listed_once",
]
