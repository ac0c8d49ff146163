"""How are files of our own read and written so that damage shows?

This room writes a file under a temporary name, syncs and renames it, and checks what it reads. It takes
paths and arrays, tables, JSON or TOML. It gives them back equal to the bit, or an ``ArtefactError`` that
says what is wrong.
"""

from pipeline.files.artefacts import (
    atomic_path,
    create_array,
    digest_of,
    open_array,
    read_arrays,
    read_json,
    read_toml,
    sha256_file,
    sync_folder,
    write_arrays,
    write_json,
    write_text,
    write_toml,
)
from pipeline.files.locks import locked
from pipeline.files.pages import gathered, release_freed, release_pages
from pipeline.files.sealed import (
    read_sealed_json,
    read_sealed_toml,
    unsealed,
    write_sealed_json,
    write_sealed_toml,
)
from pipeline.files.spreadsheet import guarded, unguarded, write_csv
from pipeline.files.states import UNKNOWN_STATE, SeenFiles, file_states
from pipeline.files.tables import described, read_columns, read_groups, read_table, shared_texts, write_table
from pipeline.files.texts import Texts, numbered

__all__ = [
    "UNKNOWN_STATE",
    "SeenFiles",
    "Texts",
    "atomic_path",
    "create_array",
    "described",
    "digest_of",
    "file_states",
    "gathered",
    "guarded",
    "locked",
    "numbered",
    "open_array",
    "read_arrays",
    "read_columns",
    "read_groups",
    "read_json",
    "read_sealed_json",
    "read_sealed_toml",
    "read_table",
    "read_toml",
    "release_freed",
    "release_pages",
    "sha256_file",
    "shared_texts",
    "sync_folder",
    "unguarded",
    "unsealed",
    "write_arrays",
    "write_csv",
    "write_json",
    "write_sealed_json",
    "write_sealed_toml",
    "write_table",
    "write_text",
    "write_toml",
]
