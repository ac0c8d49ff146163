"""Which clips does a folder of words hold?

One folder a word, audio files at any depth below it; with a name pattern that has the group
``word``, the file names tell the word and the files may stand anywhere, the root included. A file
that cannot be used keeps its place in the corpus with a ``defect``, so that it is counted.
"""

from pathlib import Path

from pipeline.corpora.folder.corpus import Clip, Corpus
from pipeline.corpora.folder.file_names import FileNames
from pipeline.corpora.folder.listing import AUDIO_SUFFIXES, FoundFile, list_audio, valid_unicode
from pipeline.corpora.folder.lists import (
    TESTING_LIST,
    VALIDATION_LIST,
    SplitLists,
    SplitsTable,
    read_split_lists,
    read_splits_csv,
)
from pipeline.corpora.folder.names import NameReading, compile_name_pattern, read_name
from pipeline.corpora.folder.recordings import Origins, origins_of
from pipeline.corpora.folder.split_notes import notes_about_splits
from pipeline.corpora.folder.splits import split_by_speaker, with_enough_in_each
from pipeline.errors import PipelineError

__all__ = ["open_folder"]

NOT_IN_CSV = "splits: not in the splits file"
IN_BOTH_LISTS = f"splits: stands in both {VALIDATION_LIST} and {TESTING_LIST}"


def open_folder(root: Path, *, name: str = "", splits: str = "", name_pattern: str = "") -> Corpus:
    """Open the corpus at a path. Costs one listing of the folder; no audio file is opened.

    Args:
        root: an existing folder.
        name: what the corpus is called; the folder's name by default.
        splits: path of a CSV with the columns ``file,split``, ``file,recording`` or all three; ``""`` for
            none.
        name_pattern: regular expression searched in each file's name; ``""`` for none.

    Raises:
        ConfigurationError: the pattern or the CSV is wrong.
        PipelineError: there is no audio file of any word.
    """
    root = root.resolve()
    pattern = compile_name_pattern(name_pattern)
    names_tell_word = pattern is not None and "word" in pattern.groupindex
    listing = list_audio(root)
    files = [file for file in listing.files if file.folder or names_tell_word]
    n_loose = len(listing.files) - len(files)
    if not files:
        raise PipelineError(_nothing_in(root, n_loose, listing.left_out))
    readings = [read_name(file, pattern) for file in files]
    warnings = list(listing.left_out)
    if n_loose:
        warnings.append(
            f"{n_loose:,} audio files stand directly in {root.name} and belong to no word; move them into "
            "a folder named after their word, or give --name-pattern with the group word"
        )
    names = FileNames(root, [file.path for file in files])
    table = read_splits_csv(Path(splits).expanduser(), names) if splits else None
    origins = origins_of(files, readings, table.recordings if table else {})
    warnings += _warnings_about_origins(origins, len(files))
    lists = read_split_lists(root, names)
    clips, n_moved = _assign_splits(lists, table, files, readings, origins)
    warnings += lists.notes if lists else ()
    if table:
        warnings += _warnings_about_table(root, splits, table)
    about_splits = notes_about_splits(clips, n_moved)
    return Corpus(
        name=name or valid_unicode(root.name) or "corpus",
        root=root,
        clips=tuple(clips),
        has_own_splits=bool(lists or (table and table.splits is not None)),
        warnings=(*warnings, *about_splits),
        split_warnings=tuple(about_splits),
    )


def _nothing_in(root: Path, n_loose: int, left_out: list[str]) -> str:
    if n_loose:
        return (
            f"{root} holds {n_loose:,} audio files but no folder of a word; make one folder a word, or give "
            "--name-pattern with the groups word and speaker"
        )
    why = f" ({'; '.join(left_out)})" if left_out else ""
    return (
        f"{root} holds no word folder with {', '.join(AUDIO_SUFFIXES)} files in it{why}; "
        "give the path of a folder that does, or CORPUS=embedded"
    )


def _assign_splits(
    lists: SplitLists | None,
    table: SplitsTable | None,
    files: list[FoundFile],
    readings: list[NameReading],
    origins: Origins,
) -> tuple[list[Clip], int]:
    """Join what listing, names and source of splits say; and count the speakers who were moved."""
    chosen: dict[str, str] = {}
    defects = {file.path: NOT_IN_CSV for file in files if table and file.path not in table.files}
    n_moved = 0
    if lists:
        defects = {}
        for file in files:
            found = [split for split, paths in lists.paths.items() if file.path in paths]
            chosen[file.path] = found[-1] if found else "train"
            if len(found) > 1:
                defects[file.path] = IN_BOTH_LISTS
    elif table and table.splits is not None:
        chosen = {file.path: table.splits.get(file.path, "train") for file in files}
    else:
        named = [
            (speaker, reading.word)
            for speaker, reading in zip(origins.speaker, readings, strict=True)
            if not reading.defect
        ]
        by_speaker, n_moved = with_enough_in_each(split_by_speaker(speaker for speaker, _ in named), named)
        for file, speaker in zip(files, origins.speaker, strict=True):
            chosen[file.path] = by_speaker.get(speaker, "train")
    clips = [
        Clip(
            path=file.path,
            word=reading.word,
            speaker=speaker,
            split=chosen[file.path],
            recording=recording,
            defect=reading.defect or defects.get(file.path, ""),
        )
        for file, reading, speaker, recording in zip(
            files, readings, origins.speaker, origins.recording, strict=True
        )
    ]
    return clips, n_moved


def _warnings_about_table(root: Path, splits: str, table: SplitsTable) -> list[str]:
    found = []
    if table.splits is not None and (root / VALIDATION_LIST).exists():
        recordings = ", but for its recordings" if table.recordings else ""
        found.append(
            f"{splits} was not used{recordings}, for {root.name} has its own {VALIDATION_LIST} and "
            f"{TESTING_LIST}"
        )
    elif table.unmatched:
        found.append(
            f"{len(table.unmatched):,} of {table.n_rows:,} rows of {splits} name no audio file of "
            f"{root.name}; the first is {table.unmatched[0]!r}"
        )
    return found


def _warnings_about_origins(origins: Origins, n_files: int) -> list[str]:
    found = []
    if origins.n_alone:
        found.append(
            f"{origins.n_alone:,} of {n_files:,} clips do not name their speaker, so each is its own speaker "
            "and recording, and one person or one recording may be in two splits; give --name-pattern with "
            "the group speaker or recording"
        )
    if origins.n_joined:
        found.append(
            f"{origins.n_joined:,} recordings hold clips of several speakers, who count as one speaker each "
            "time: a recording is in one split"
        )
    return found
