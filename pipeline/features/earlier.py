"""Which clips has a finished features stage that are the same bytes, so that their rows need not be computed?

A clip is known by its content: by the SHA-256 of its file and the extension of its name, whatever else it
is called now. Rows serve again where they were made by the same settings, code and libraries. Beside the
run's artefacts, for it tells of the files' times, stands what was known of the files when they were read: the
digest of one that is still in that state is not taken again. A clip that was set aside is always read again.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.audio import open_content, sha256_of
from pipeline.corpora import Corpus
from pipeline.errors import ArtefactError, UnusableClip
from pipeline.features.channels import ChannelFile
from pipeline.features.columns import ClipColumns
from pipeline.features.unfinished import UnfinishedFeatures
from pipeline.files import (
    UNKNOWN_STATE,
    file_states,
    open_array,
    read_arrays,
    read_columns,
    release_pages,
    write_arrays,
)
from pipeline.processes import map_batches
from pipeline.quality import MEASURES
from pipeline.runs import RunFolder, making_key, read_channel_rows

__all__ = ["EarlierFeatures", "clip_states", "keep_known"]

STAGE, KNOWN_NAME = "features", "clips.npz"
ROWS_AT_ONCE, FILES_AT_ONCE = 4_096, 256


def clip_states(corpus: Corpus) -> np.ndarray:
    """Return the state of each clip's file, to be asked for before the files are read: int64 [N, 4]."""
    return file_states("" if clip.defect else f"{corpus.root}/{clip.path}" for clip in corpus.clips)


def keep_known(run: RunFolder, inputs: Mapping[str, Any], known: Mapping[str, np.ndarray]) -> None:
    """Keep beside a finished stage what the next one needs to take its rows.

    Args:
        run: whose features stage ended.
        inputs: of that stage.
        known: what is known of the clips and is not in the stage's files.
    """
    record = run.check(STAGE)
    own = {"key": np.array(_key(inputs)), "digest": np.array(record.digest)}
    write_arrays(run.seen_path / KNOWN_NAME, {**known, **own})


class EarlierFeatures:
    """The rows of a finished features stage.

    Args:
        folder: of the run.
        known: what ``keep_known`` kept.
    """

    def __init__(self, folder: Path, known: Mapping[str, np.ndarray]) -> None:
        manifest = read_columns(
            folder / "manifest.parquet", ("path", "sha256", "sample_rate", "n_samples", "status", "reason")
        )
        quality = read_columns(folder / STAGE / "quality.parquet", ("sound_sha256", *MEASURES))
        self._known, self._manifest, self._quality = known, manifest, quality
        self._features = open_array(folder / STAGE / "features.npy")
        self._sketches = open_array(folder / STAGE / "sketches.npy")
        self._channels = read_channel_rows(folder / STAGE)

    @classmethod
    def of_run(cls, run: RunFolder, inputs: Mapping[str, Any]) -> "EarlierFeatures | None":
        """Return the rows that stand in a run; None where there are none, or of another making, or damaged.

        Args:
            run: of which a features stage may have ended.
            inputs: of the one that is to come.
        """
        path = run.seen_path / KNOWN_NAME
        if run.record(STAGE) is None or not path.exists():
            return None
        try:
            known = read_arrays(path)
            is_ours = str(known["key"]) == _key(inputs)
            if not is_ours or str(known["digest"]) != run.check(STAGE).digest:
                return None
            return cls(run.path, known)
        except (ArtefactError, KeyError):  # all is computed anew, as if nothing stood there
            return None

    def places(self, corpus: Corpus, states: np.ndarray, n_workers: int) -> np.ndarray:
        """Return the row of each clip of a corpus in this stage, -1 where it has none: int64 [N].

        Args:
            corpus: the clips.
            states: of their files [N, 4].
            n_workers: processes that read files whose content is not known; 0 for one a core.
        """
        import pyarrow
        import pyarrow.compute as compute

        is_ok = np.asarray(compute.equal(self._manifest["status"], "ok"))
        paths = pyarrow.array([clip.path for clip in corpus.clips], pyarrow.string())
        found = _found(compute.index_in(paths, value_set=self._manifest["path"]))
        same = found >= 0
        same[same] = is_ok[found[same]] & (states[same] == self._known["state"][found[same]]).all(axis=1)
        same &= (states != UNKNOWN_STATE).all(axis=1)
        found[~same] = -1
        unknown = [row for row in np.flatnonzero(~same).tolist() if not corpus.clips[row].defect]
        files = [f"{corpus.root}/{corpus.clips[row].path}" for row in unknown]
        contents = pyarrow.array(_contents(files, n_workers), pyarrow.string())
        sha256 = self._manifest["sha256"].to_pylist()
        own = pyarrow.array(
            [
                _content(digest, path) if usable else None
                for digest, path, usable in zip(
                    sha256, self._manifest["path"].to_pylist(), is_ok, strict=True
                )
            ],
            pyarrow.string(),
        )
        found[unknown] = _found(compute.index_in(contents, value_set=own, skip_nulls=True))
        return found

    def take(
        self,
        places: np.ndarray,
        rows: np.ndarray,
        into: UnfinishedFeatures,
        found: ClipColumns,
        channels: ChannelFile,
    ) -> None:
        """Copy rows into a stage that is under way.

        Args:
            places: rows of this stage [K].
            rows: where each goes [K].
            into: the arrays of features and sketches.
            found: gets the facts.
            channels: gets the features of channels.
        """
        for path, source in ((into.features_path, self._features), (into.sketches_path, self._sketches)):
            for first in range(0, len(rows), ROWS_AT_ONCE):
                block = slice(first, first + ROWS_AT_ONCE)
                open_array(path, mode="r+")[rows[block]] = source[places[block]]
                release_pages(source)
        found.is_known[rows] = found.is_ok[rows] = True
        for table, names in (
            (self._manifest, ("sample_rate", "n_samples", "reason", "sha256")),
            (self._quality, ("sound_sha256",)),
        ):
            for name in names:
                column = table[name].take(places).to_numpy(zero_copy_only=False)
                getattr(found, name)[rows] = column.astype(getattr(found, name).dtype)
        for number, name in enumerate(MEASURES):
            found.measures[rows, number] = self._quality[name].to_numpy()[places]
        for name in ("n_channels", "empty_above_hertz"):
            getattr(found, name)[rows] = self._known[name][places]
        if (each := self._channels) is not None:
            for row, place in zip(rows.tolist(), places.tolist(), strict=True):
                first, last = (int(np.searchsorted(each.row, place, side)) for side in ("left", "right"))
                if first < last:
                    numbers = each.channel[first:last].tolist()
                    found.n_each[row] = len(numbers)
                    n_channels = int(each.n_channels[first])
                    channels.add_clip(row, numbers, n_channels, each.features[first:last])


def _key(inputs: Mapping[str, Any]) -> str:
    """Return what the rows of a stage depend on beside the clips themselves."""
    return making_key({name: value for name, value in inputs.items() if name != "corpus"})


def _found(places: Any) -> np.ndarray:
    return np.array(places.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)


def _content(sha256: str, path: str) -> str:
    return f"{sha256} {Path(path).suffix}"


def _contents(files: Sequence[str], n_workers: int) -> list[str | None]:
    """Return of each file what its rows are known by; None where it cannot be read, which is told later."""
    blocks = [files[first : first + FILES_AT_ONCE] for first in range(0, len(files), FILES_AT_ONCE)]
    found: list[str | None] = []
    for some in map_batches(_contents_of, blocks, n_workers=1 if len(blocks) < 2 else n_workers):
        found += some
    return found


def _contents_of(files: Sequence[str]) -> list[str | None]:
    return [_content_of(Path(file)) for file in files]


def _content_of(path: Path) -> str | None:
    try:
        return _content(sha256_of(open_content(path)), path.name)
    except (UnusableClip, OSError):
        return None
