"""In which forms does the list of a run leave the program?

A form says how its files are called and writes them; a new one is a new file and one line in ``EXPORTS``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ConfigurationError, PipelineError
from pipeline.exchange.labelling import write_tasks
from pipeline.exchange.lhotse import RECORDINGS, SUPERVISIONS, write_manifests
from pipeline.exchange.listed import ListedRun
from pipeline.exchange.tables import write_clips, write_issues

__all__ = ["EXPORTS", "export_list"]

TABLES = (".parquet", ".csv")


@dataclass(frozen=True, kw_only=True)
class Form:
    """How another program wants the list.

    Attributes:
        endings: of the name that the user gives; none where it names a folder.
        files: returns what is written, by that name.
        write: writes these from the list; its last argument stands before each clip's path in an address.
    """

    endings: tuple[str, ...]
    files: Callable[[Path], list[Path]]
    write: Callable[[ListedRun, list[Path], str], None]


EXPORTS = {
    "label-studio": Form(
        endings=(".json",),
        files=lambda path: [path, path.with_suffix(".xml")],
        write=write_tasks,
    ),
    "cleanlab": Form(endings=TABLES, files=lambda path: [path], write=write_issues),
    "data-frame": Form(endings=TABLES, files=lambda path: [path], write=write_clips),
    "lhotse": Form(
        endings=(),
        files=lambda path: [path / RECORDINGS, path / SUPERVISIONS],
        write=write_manifests,
    ),
}


def export_list(
    run: ListedRun, form: str, path: Path, *, audio_prefix: str = "", force: bool = False
) -> list[Path]:
    """Write the list of a run for another program, and return the files that were written.

    Args:
        run: the list.
        form: one of ``EXPORTS``.
        path: of the file, or of the folder where the form is one of several files.
        audio_prefix: what stands before the path of each clip in an address; ``""`` for files that the
            other program serves from this machine.
        force: replace files that are there.

    Raises:
        ConfigurationError: the name of the path does not go with the form.
        PipelineError: a file exists, or cannot be written.
    """
    chosen = EXPORTS[form]
    if chosen.endings and path.suffix.lower() not in chosen.endings:
        raise ConfigurationError(
            f"{path.name!r} does not end in {' or '.join(chosen.endings)}, as the form {form} does; rename it"
        )
    files = chosen.files(path)
    there = [file for file in files if file.exists()]
    if there and not force:
        raise PipelineError(f"{there[0]} exists and is left as it is; name another file, or give --force")
    chosen.write(run, files, audio_prefix)
    return files
