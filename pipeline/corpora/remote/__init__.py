"""How does a corpus in a store elsewhere come to this machine?

This room copies what is needed and no more. It takes the URL of a folder in anything that fsspec reads, such
as ``s3://bucket/words``. It gives a local folder, the mirror, that holds the same audio files and lists; a
later call fetches what changed.
"""

from pipeline.corpora.remote.addresses import is_url, refuse_secrets, short_name
from pipeline.corpora.remote.mirror import mirrored

__all__ = ["is_url", "mirrored", "refuse_secrets", "short_name"]
