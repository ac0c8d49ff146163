"""Which clips are there, of which word, by whom, and in which split?

The one corpus interface: whatever the source (rendered, downloaded, a folder), a stage sees a
``Corpus``, a list of ``Clip``s. Nothing here opens an audio file.
"""

from pipeline.corpora.corpus import Clip, Corpus, open_corpus
from pipeline.corpora.fingerprint import fingerprint

__all__ = ["Clip", "Corpus", "fingerprint", "open_corpus"]
