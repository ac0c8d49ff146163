"""Where does a run come from, and when was it made?

``provenance.json`` alone has dates and seconds, so that everything else is the same bytes when it is made
again. It names the records of the stages that it is about, and carries its own digest.
"""

import datetime
import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from pipeline.errors import ArtefactError
from pipeline.files import read_columns, read_sealed_json, shared_texts, write_sealed_json
from pipeline.runs.folder import RunFolder
from pipeline.runs.versions import code_version, library_versions, machine
from pipeline.runs.wholeness import PROVENANCE_NAME
from pipeline.settings import Settings

__all__ = ["corpus_card", "is_told", "write_provenance"]

_OF_CORPUS = ("path", "word", "speaker", "split", "sha256")


def write_provenance(
    run: RunFolder, settings: Settings, stages: Mapping[str, str], corpus: str, root: Path
) -> None:
    """Write what is known about the making of a run.

    Args:
        run: of which some stages ended.
        settings: of the run.
        stages: folder of each stage, by its name.
        corpus: its name.
        root: where the corpus stands.

    Raises:
        ArtefactError: what was told before is damaged.
    """
    path = run.path / PROVENANCE_NAME
    before = read_sealed_json(path).get("seconds", {}) if path.exists() else {}
    records = {stage: run.record(folder) for stage, folder in stages.items()}
    seconds = {stage: run.seconds.get(folder, before.get(stage)) for stage, folder in stages.items()}
    write_sealed_json(
        path,
        {
            "created": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            "seed": settings.seed,
            "versions": library_versions(settings),
            "machine": machine(),
            "corpus": {**corpus_card(run.path, corpus), "root": str(root)},
            "code_version": code_version(),
            "records": {stage: record.digest for stage, record in records.items() if record},
            "seconds": {stage: seconds[stage] for stage, record in records.items() if record},
        },
    )


def corpus_card(run_path: Path, name: str) -> dict[str, str]:
    """Name the corpus of a run, wherever it stands, by the content of its files.

    Args:
        run_path: a run whose features are done.
        name: of the corpus.

    Raises:
        ArtefactError: the manifest cannot be read.
    """
    path = run_path / "manifest.parquet"
    return {"name": name, "sha256": _corpus_digest(path, path.stat().st_mtime_ns, path.stat().st_size)}


@lru_cache(maxsize=1)
def _corpus_digest(manifest_path: Path, changed: int, n_bytes: int) -> str:
    """Return the SHA-256 of the sorted clips as JSON, line by line: all at once are much memory."""
    columns = read_columns(manifest_path, _OF_CORPUS)
    rows = sorted(zip(*(shared_texts(columns[name]) for name in _OF_CORPUS), strict=True))
    digest = hashlib.sha256(b"[")
    for number, row in enumerate(rows):
        line = json.dumps(row, separators=(",", ":"), ensure_ascii=True)
        digest.update(f"{',' if number else ''}{line}".encode())
    digest.update(b"]")
    return digest.hexdigest()


def is_told(run: RunFolder, stages: Mapping[str, str]) -> bool:
    """Say whether the provenance is about the stages that stand in the run.

    Raises:
        ArtefactError: it is damaged.
    """
    try:
        told = read_sealed_json(run.path / PROVENANCE_NAME).get("records")
    except ArtefactError:
        if (run.path / PROVENANCE_NAME).exists():
            raise
        return False
    records = {stage: run.record(folder) for stage, folder in stages.items()}
    return bool(told == {stage: record.digest for stage, record in records.items() if record})
