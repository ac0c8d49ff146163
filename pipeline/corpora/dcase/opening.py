"""Which machines stand in a folder of DCASE's layout, and what are the clips of one of them?

Conventions: ``ROOT/MACHINE/train`` holds normal recordings to learn from, ``test`` (in 2021 ``source_test``
and ``target_test``) those to be judged. The class of a normal recording is its machine, that of an anomalous
one ``MACHINE_anomaly``, and ``MACHINE_unlabelled`` where nobody says which it is. Each recording counts as a
speaker of its own. A recording whose name cannot be right is a clip with a defect: it is set aside.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from pipeline.corpora.dcase.attributes import read_attributes
from pipeline.corpora.dcase.names import NameReading, held_out, read_name
from pipeline.corpora.folder import AUDIO_SUFFIXES, Clip, Corpus, list_audio
from pipeline.runs import UNLABELLED

__all__ = ["dcase_machines", "is_machine", "open_dcase"]

PARTS = {"train": "train", "test": "test", "source_test": "test", "target_test": "test"}
N_NAMED = 5  # folders and sections in a sentence
EXAMPLE = "section_00_source_{}_normal_0000.wav"


def dcase_machines(root: Path) -> tuple[str, ...]:
    """Return the machines of a folder, sorted; none where it has another layout.

    A folder is a machine where one of its parts holds a file with a name of the task.
    """
    try:
        with os.scandir(root) as entries:
            names = sorted(entry.name for entry in entries if entry.is_dir())
    except OSError:
        return ()
    return tuple(name for name in names if not name.startswith((".", "_")) and is_machine(root / name))


def open_dcase(root: Path, *, splits: str = "", name_pattern: str = "", target: str = "") -> Corpus:
    """Open the recordings of one machine of a folder.

    Args:
        root: the folder that holds one folder a machine.
        splits: as for ``open_corpus``; folders and names tell the splits, which prevail.
        name_pattern: as for ``open_corpus``; names are read as the task has them.
        target: a machine, or a class of one; all machines where it is none.

    Raises:
        PipelineError: a file of attributes cannot be read.
    """
    root = root.resolve()
    machines = dcase_machines(root)
    # Where no machine is asked for, or one that is not there, whoever asked can be told of all of them.
    chosen = [name for name in machines if target == name or target.startswith(f"{name}_")]
    warnings = [
        f"{option} {given} was not used, for folders and names of DCASE's layout tell all"
        for option, given in (("--splits", splits), ("--name-pattern", name_pattern))
        if given
    ]
    clips: list[Clip] = []
    for machine in chosen[-1:] or machines:
        found, more = _open_machine(root, machine)
        clips += found
        warnings += more
    return Corpus(
        name=root.name,
        root=root,
        clips=tuple(sorted(clips, key=lambda clip: clip.path)),
        warnings=tuple(warnings),
    )


class _File(NamedTuple):
    path: str
    part: str
    reading: NameReading | None
    defect: str


def is_machine(folder: Path) -> bool:
    """Return whether a part of this folder holds a file with a name of the task."""
    for part in PARTS:
        if not (folder / part).is_dir():
            continue
        with os.scandir(folder / part) as entries:
            if any(
                entry.name.lower().endswith(AUDIO_SUFFIXES) and read_name(entry.name) for entry in entries
            ):
                return True
    return False


def _open_machine(root: Path, machine: str) -> tuple[list[Clip], list[str]]:
    listing = list_audio(root / machine, of_words=False)
    read = [file for file in listing.files if file.folder in PARTS]
    files = []
    for found in read:
        part, reading = PARTS[found.folder], read_name(found.name)
        defect = found.defect or _defect(found.name, part, reading)
        files.append(_File(f"{machine}/{found.path}", part, reading, defect))
    files = _without_twins(files)
    whole = [file for file in files if not file.defect]
    known = {f"{found.folder}/{found.name}": f"{machine}/{found.path}" for found in read}
    attributes, warnings = read_attributes(root / machine, known)
    groups: defaultdict[object, list[str]] = defaultdict(list)
    for file in whole:
        if file.part == "train" and file.reading:
            groups[file.reading.labels.section, file.reading.labels.domain].append(file.path)
    validating = held_out(groups)
    clips = [_clip(machine, file, file.path in validating, attributes.get(file.path, "")) for file in files]
    others = Counter(file.folder or "." for file in listing.files if file.folder not in PARTS)
    warnings = [f"{machine}: {sentence}" for sentence in listing.left_out] + warnings
    if others:
        folders = ", ".join(sorted(others)[:N_NAMED])
        warnings.append(
            f"{sum(others.values()):,} recordings of {machine} stand neither in train nor in test "
            f"({folders}), and take no part"
        )
    return clips, warnings + _about_sections(machine, clips)


def _defect(name: str, part: str, reading: NameReading | None) -> str:
    example = EXAMPLE.format(part)
    if reading is None:
        return f"name: {name!r} is no name of DCASE task 2; rename it, as {example}"
    if reading.part and reading.part != part:
        return f"name: {name!r} says {reading.part} and stands in {part}; move it"
    if part == "train" and reading.labels.condition != "normal":
        return f"name: {name!r} stands in train and does not say normal; move it, or rename it as {example}"
    return ""


def _without_twins(files: Sequence[_File]) -> list[_File]:
    """Let recordings of one part that have one name be set aside: the task's tables name files alone."""
    named: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for file in files:
        named[file.part, file.path.rpartition("/")[2]].append(file.path)
    kept = []
    for file in files:
        twins = [path for path in named[file.part, file.path.rpartition("/")[2]] if path != file.path]
        if twins and not file.defect:
            defect = (
                f"same_name: {twins[0]} is another of that name, and scores are told by names; rename one"
            )
            file = file._replace(defect=defect)
        kept.append(file)
    return kept


def _clip(machine: str, file: _File, is_held_out: bool, attributes: str) -> Clip:
    labels = file.reading.labels if file.reading else None
    if labels is not None and attributes:
        labels = replace(labels, attributes=attributes)
    word, split = machine, "validation" if is_held_out else file.part
    if labels is not None and labels.condition == "anomaly":
        word = f"{machine}_anomaly"
    elif labels is not None and not labels.condition:
        word = f"{machine}_unlabelled"
        split = UNLABELLED
    return Clip(path=file.path, word=word, speaker=file.path, split=split, defect=file.defect, labels=labels)


def _about_sections(machine: str, clips: Sequence[Clip]) -> list[str]:
    """Say which sections are learned from and never tested, or tested and never learned from."""
    usable = [(clip, clip.labels.section) for clip in clips if clip.labels and not clip.defect]
    learned = Counter(section for clip, section in usable if clip.split in ("train", "validation"))
    tested = Counter(section for clip, section in usable if clip.split in ("test", UNLABELLED))
    warnings = []
    if alone := sorted(learned.keys() - tested.keys()):
        warnings.append(
            f"{len(alone)} of {len(learned)} sections of {machine} have no test recordings and so no figures "
            f"({', '.join(alone[:N_NAMED])}); they are learned from, put their recordings into {machine}/test"
        )
    if foreign := sorted(tested.keys() - learned.keys()):
        warnings.append(
            f"{len(foreign)} of {len(tested)} sections of {machine} have no recordings to learn from "
            f"({', '.join(foreign[:N_NAMED])}); they are judged by what the others taught"
        )
    return warnings
