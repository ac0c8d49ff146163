"""What is in a run folder, is it intact, and is it still up to date?

A stage's artefact is a folder with a ``record.json`` that is written last: what the stage was made
from (``inputs``), and the SHA-256 of every file that it wrote (``files``, relative to the run folder):
the same bytes when the same is made again. A stage is up to date when its inputs are the recorded
ones; before anything is read or skipped the digests are checked. A stage works in a folder of its own,
which takes the place of the old one only when it is whole: what was there before a failure is
untouched, and what the stage kept of its work is there for the next call, see ``pipeline.runs.kept``.
"""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from pipeline.errors import ArtefactError, PipelineError, nearest
from pipeline.files import SeenFiles, locked, sha256_file, sync_folder
from pipeline.runs.kept import kept_folder, leave_kept
from pipeline.runs.records import Record, read_record, write_record

__all__ = ["RunFolder", "StageFolder"]

LOCK_NAME = ".audio-anomaly.lock"
SEEN_NAME = ".seen"


@dataclass(frozen=True, kw_only=True)
class StageFolder:
    """Where a running stage writes: ``own`` becomes RUN/<stage>/, files in ``top`` land in RUN itself.

    What is in ``kept`` is there again when the stage is done anew after it was killed.
    """

    own: Path
    top: Path
    kept: Path


class RunFolder:
    """The folder of one run.

    Args:
        path: created when the first stage begins.

    Raises:
        ArtefactError: there is something else at the path.
        PipelineError: the folder cannot be written to.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seen_path = path / SEEN_NAME  # what is known of files from earlier calls
        self.seen = SeenFiles(path, self.seen_path / "files.json")
        self.seconds: dict[str, float] = {}  # that each stage took which ended since

    def prepare(self) -> None:
        """Create the folder, or make sure that it is ours and writable."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            names = {entry.name for entry in os.scandir(self.path)}
        except FileExistsError as error:
            raise ArtefactError(f"{self.path} is a file, not a run folder; name another with RUN=") from error
        except OSError as error:
            raise PipelineError(
                f"run folder {self.path} cannot be used: {error.strerror}; name another with RUN="
            ) from error
        foreign = {name for name in names if not name.startswith(".")}
        # A run that was killed in its first stage has a lock and no configuration yet.
        if foreign and not names & {"config.toml", LOCK_NAME}:
            raise ArtefactError(
                f"{self.path} holds {len(foreign)} files and no config.toml, so it is no run folder; "
                "name another with RUN="
            )
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise PipelineError(f"run folder {self.path} cannot be written to; name another with RUN=")

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep a second program out of the run folder while the block lasts.

        Raises:
            PipelineError: another program is at work in it.
        """
        with ExitStack() as held:
            try:
                held.enter_context(locked(self.path / LOCK_NAME, on_taken=self._refuse))
            except OSError as error:
                raise PipelineError(
                    f"run folder {self.path} cannot be written to: {error.strerror}; name another with RUN="
                ) from error
            yield

    def _refuse(self) -> NoReturn:
        raise PipelineError(f"another run is at work in {self.path}; wait for it, or name another with RUN=")

    def record(self, stage: str) -> Record | None:
        """Return the stage's record, or None where the stage never ended.

        Raises:
            ArtefactError: the record is not ours.
        """
        return read_record(self.path / stage, stage)

    def check(self, stage: str, *, as_before: bool = False) -> Record:
        """Return the stage's record after checking every file that it lists.

        Args:
            stage: its folder.
            as_before: whether a file is intact as well that is in the state in which an earlier call read it,
                see ``pipeline.files.states``. Enough for a stage of which nothing is read.

        Raises:
            ArtefactError: the stage is missing, or a file is missing or differs from its digest.
        """
        record = self.record(stage)
        if record is None:
            above = self.path.parent
            names = [] if self.path.exists() or not above.is_dir() else os.listdir(above)
            raise ArtefactError(
                f"{self.path} has no finished {stage!r} stage{nearest(self.path.name, names)}; "
                "run `make evaluate` first"
            )
        for name, expected in record.files.items():
            path = self.path / name
            if not path.is_file():
                raise ArtefactError(f"{path} is missing; delete {self.path / stage} and run again")
            try:
                found = self.seen.sha256(name, as_before=as_before)
            except OSError as error:
                raise ArtefactError(f"{path} cannot be read: {error.strerror}; check the disk") from error
            if found != expected:
                raise ArtefactError(
                    f"{path} is damaged: its SHA-256 begins {found[:12]}, recorded was {expected[:12]}; "
                    f"delete {self.path / stage} and run again"
                )
        return record

    def why_stale(self, stage: str, inputs: Mapping[str, Any]) -> str:
        """Return why a stage must be done, or ``""`` where it is up to date and intact, as far as is seen.

        Raises:
            ArtefactError: its files are damaged.
        """
        record = self.record(stage)
        if record is None:
            return "not done yet"
        missing = [name for name in record.files if not (self.path / name).exists()]
        if missing:
            return f"{missing[0]} is missing"
        before, now = _flat(record.inputs), _flat(inputs)
        changed = [
            key for key in {**before, **now} if key not in before or key not in now or before[key] != now[key]
        ]
        if not changed:
            self.check(stage, as_before=True)
            return ""
        key = changed[0]
        if key.endswith("digest") or key not in before or key not in now:
            return f"{key.removesuffix('.digest').removesuffix('_digest')} changed"
        return f"{key} changed from {before[key]} to {now[key]}"

    @contextmanager
    def stage(self, stage: str, inputs: Mapping[str, Any]) -> Iterator[StageFolder]:
        """Yield folders to write to; when the block ends well they become the stage's artefact."""
        started = time.monotonic()
        work = self.path / f".{stage}.partial"
        is_done = False
        try:
            folder = StageFolder(own=work / "own", top=work / "top", kept=kept_folder(work, inputs))
            folder.own.mkdir(parents=True)
            folder.top.mkdir()
            yield folder
            self._install(stage, inputs, folder)
            self.seconds[stage] = round(time.monotonic() - started, 3)
            is_done = True
        except OSError as error:
            raise PipelineError(
                f"{stage}: {error.strerror or error}: {error.filename or self.path}"
            ) from error
        finally:
            leave_kept(work, is_done=is_done)

    def _install(self, stage: str, inputs: Mapping[str, Any], folder: StageFolder) -> None:
        """Put a finished stage in place of the old one by renames; undo them if one fails.

        The folder with the record comes last: killed in between, the stage is simply done again.
        """
        own = {path: f"{stage}/{path.relative_to(folder.own).as_posix()}" for path in _files(folder.own)}
        top = {path: path.relative_to(folder.top).as_posix() for path in _files(folder.top)}
        files = {
            name: sha256_file(path) for path, name in sorted({**own, **top}.items(), key=lambda item: item[1])
        }
        write_record(folder.own, Record(stage=stage, inputs=dict(inputs), files=files))
        old = folder.own.with_name("old")
        old.mkdir()
        renames = [(self.path / stage, old / "own")]
        before = self.record(stage)
        # What an earlier call left in the run itself and this one does not make goes with the old stage.
        gone = sorted(set(before.files if before else ()) - set(files))
        renames += [
            (self.path / name, old / f"gone{number}")
            for number, name in enumerate(gone)
            if not name.startswith(f"{stage}/")
        ]
        for number, (path, name) in enumerate(top.items()):
            (self.path / name).parent.mkdir(exist_ok=True)
            renames += [(self.path / name, old / str(number)), (path, self.path / name)]
        done = []
        try:
            for source, aim in [*renames, (folder.own, self.path / stage)]:
                if source.exists():
                    source.rename(aim)
                    done.append((source, aim))
        except BaseException:
            for source, aim in reversed(done):
                aim.rename(source)
            raise
        sync_folder(self.path)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            flat.update(_flat(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = list(value) if isinstance(value, tuple) else value
    return flat
