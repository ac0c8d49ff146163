"""What stands in a store elsewhere, and how does it come here and go back?

This room lists, reads and writes objects, and no more. It takes the URL of a folder in anything that fsspec
reads, such as ``s3://bucket/words``. It gives names with sizes and versions, and files.
"""

from pipeline.stores.addresses import is_url, refuse_secrets, short_name
from pipeline.stores.fetching import N_AT_ONCE, check_names, fetch_all, is_plain
from pipeline.stores.store import Store, Stored, open_store

__all__ = [
    "N_AT_ONCE",
    "Store",
    "Stored",
    "check_names",
    "fetch_all",
    "is_plain",
    "is_url",
    "open_store",
    "refuse_secrets",
    "short_name",
]
