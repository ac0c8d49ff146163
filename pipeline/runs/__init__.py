"""What is in a run folder, and is it whole?

This room makes a run folder and records what each stage was made from and the digest of each file. It takes
a path. It gives the tables and figures of a finished run, or an ``ArtefactError`` that says which file is
damaged.
"""

from pipeline.runs.channels import (
    CHANNEL_COLUMNS,
    CHANNEL_TABLE_NAME,
    CHANNELS_NAME,
    EachChannel,
    read_channel_rows,
    spread,
)
from pipeline.runs.clip_table import ClipTable, read_clip_table
from pipeline.runs.finished import FEW_CLIPS, Run, read_run
from pipeline.runs.folder import RunFolder, StageFolder
from pipeline.runs.folds import UNLABELLED, fold_name, is_fold, is_judged, is_learned
from pipeline.runs.kept import making_key
from pipeline.runs.notes import read_notes, write_notes
from pipeline.runs.provenance import corpus_card, is_told, write_provenance
from pipeline.runs.reason_table import Reason, optional_number, optional_text, read_reasons, table_rows
from pipeline.runs.versions import library_versions
from pipeline.runs.wholeness import CONFIG_NAME, PROVENANCE_NAME, check_one_making, disagreement, find_run

__all__ = [
    "CHANNELS_NAME",
    "CHANNEL_COLUMNS",
    "CHANNEL_TABLE_NAME",
    "CONFIG_NAME",
    "FEW_CLIPS",
    "PROVENANCE_NAME",
    "UNLABELLED",
    "ClipTable",
    "EachChannel",
    "Reason",
    "Run",
    "RunFolder",
    "StageFolder",
    "check_one_making",
    "corpus_card",
    "disagreement",
    "find_run",
    "fold_name",
    "is_fold",
    "is_judged",
    "is_learned",
    "is_told",
    "library_versions",
    "making_key",
    "optional_number",
    "optional_text",
    "read_channel_rows",
    "read_clip_table",
    "read_notes",
    "read_reasons",
    "read_run",
    "spread",
    "table_rows",
    "write_notes",
    "write_provenance",
]
