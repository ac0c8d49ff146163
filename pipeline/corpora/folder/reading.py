"""Which clips does a folder of words hold?

One folder a word, audio files at any depth below it; with a name pattern that has the group
``word``, the file names tell the word and the files may stand anywhere, the root included. A file
that cannot be used keeps its place in the corpus with a ``defect``, so that it is counted.
"""

from collections import Counter, defaultdict
from pathlib import Path

from pipeline.corpora.folder.corpus import SPLITS, Clip, Corpus
from pipeline.corpora.folder.listing import AUDIO_SUFFIXES, FoundFile, list_audio, valid_unicode
from pipeline.corpora.folder.names import NameReading, compile_name_pattern, read_name
from pipeline.corpora.folder.splits import (
    TESTING_LIST,
    VALIDATION_LIST,
    read_split_lists,
    read_splits_csv,
    split_by_speaker,
)
from pipeline.errors import PipelineError

__all__ = ["open_folder"]

NOT_IN_CSV = "not in the splits file"
IN_BOTH_LISTS = f"stands in both {VALIDATION_LIST} and {TESTING_LIST}"


def open_folder(root: Path, *, name: str = "", splits: str = "", name_pattern: str = "") -> Corpus:
    """Open the corpus at a path. Costs one listing of the folder; no audio file is opened.

    Args:
        root: an existing folder.
        name: what the corpus is called; the folder's name by default.
        splits: path of a CSV with the columns ``file,split``; ``""`` for none.
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
    if n_alone := sum(reading.alone for reading in readings):
        warnings.append(
            f"{n_alone:,} of {len(files):,} clips do not name their speaker, so each is its own speaker "
            "and one person may be in two splits; give --name-pattern with the group speaker"
        )
    clips = _assign_splits(root, splits, files, readings, warnings)
    warnings += _warnings_about_splits(clips)
    return Corpus(
        name=name or valid_unicode(root.name) or "corpus",
        root=root,
        clips=tuple(clips),
        warnings=tuple(warnings),
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
    root: Path, splits: str, files: list[FoundFile], readings: list[NameReading], warnings: list[str]
) -> list[Clip]:
    """Join what the listing, the names and the source of splits say into clips."""
    chosen: dict[str, str] = {}
    defects: dict[str, str] = {}
    if lists := read_split_lists(root):
        if splits:
            warnings.append(
                f"{splits} was not used, for {root.name} has its own {VALIDATION_LIST} and {TESTING_LIST}"
            )
        for file in files:
            found = [split for split, paths in lists.items() if file.path in paths]
            chosen[file.path] = found[-1] if found else "train"
            if len(found) > 1:
                defects[file.path] = IN_BOTH_LISTS
    elif splits:
        table = read_splits_csv(Path(splits).expanduser())
        for file in files:
            chosen[file.path] = table.get(file.path, "train")
            if file.path not in table:
                defects[file.path] = NOT_IN_CSV
        if n_absent := len(table.keys() - {file.path for file in files}):
            warnings.append(
                f"{n_absent:,} of {len(table):,} rows of {splits} name no audio file of {root.name}"
            )
    else:
        usable = {reading.speaker for reading in readings if not reading.defect}
        by_speaker = split_by_speaker(usable)
        for file, reading in zip(files, readings, strict=True):
            chosen[file.path] = by_speaker.get(reading.speaker, "train")
    return [
        Clip(
            path=file.path,
            word=reading.word,
            speaker=reading.speaker,
            split=chosen[file.path],
            defect=reading.defect or defects.get(file.path, ""),
        )
        for file, reading in zip(files, readings, strict=True)
    ]


def _warnings_about_splits(clips: list[Clip]) -> list[str]:
    usable = [clip for clip in clips if not clip.defect]
    sizes = Counter(clip.split for clip in usable)
    splits_of = defaultdict(set)
    for clip in usable:
        splits_of[clip.speaker].add(clip.split)
    found = [f"no clip is in the {split} split" for split in SPLITS if not sizes[split]]
    if n_torn := sum(len(splits) > 1 for splits in splits_of.values()):
        found.append(
            f"{n_torn:,} of {len(splits_of):,} speakers have clips in more than one split, "
            "so figures on test clips may flatter the model"
        )
    return found
