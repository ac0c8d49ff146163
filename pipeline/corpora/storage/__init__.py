"""How is a corpus kept on this machine?

This room downloads, unpacks and stores corpora in the user's cache, one process at a time, and checks them
against their digests. It takes a name, an address and a digest. It gives a folder that is whole.
"""

from pipeline.corpora.storage.archive import unpack
from pipeline.corpora.storage.cache import CACHE_VARIABLE, cache_folder, exclusive, keep_whole, stored_digest
from pipeline.corpora.storage.transfer import DownloadError, download

__all__ = [
    "CACHE_VARIABLE",
    "DownloadError",
    "cache_folder",
    "download",
    "exclusive",
    "keep_whole",
    "stored_digest",
    "unpack",
]
