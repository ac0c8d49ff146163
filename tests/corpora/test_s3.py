"""Does a corpus in S3 become a run, and is what S3 refuses one sentence?

The store is moto's, served on loopback (``tests.conftest``).
"""

from pathlib import Path

import pytest

from pipeline.corpora.mirror import mirrored
from pipeline.errors import PipelineError
from tests.command import QUICK, call
from tests.conftest import S3_SECRET
from tests.tiny_corpus import TARGET

boto3 = pytest.importorskip("boto3")


def test_a_corpus_in_a_bucket_is_that_of_the_folder_and_no_secret_is_kept(
    s3: str, tiny_corpus: Path, tmp_path: Path
) -> None:
    client = boto3.client("s3", endpoint_url=s3)
    client.create_bucket(Bucket="sounds")
    for path in tiny_corpus.rglob("*.wav"):
        client.upload_file(str(path), "sounds", f"data/{path.relative_to(tiny_corpus).as_posix()}")
    client.close()
    ended = call("features", "--corpus=s3://sounds/data", f"--target={TARGET}", *QUICK)
    assert ended.status == 0, ended.err
    run = tmp_path / "runs" / f"sounds-data-{TARGET}-fft"
    here = call(
        "features", f"--corpus={tiny_corpus}", f"--target={TARGET}", f"--run={tmp_path / 'here'}", *QUICK
    )
    assert here.status == 0, here.err
    kept = {path.name: path.read_bytes() for path in (run / "features").iterdir() if path.suffix != ".json"}
    local = {path.name: path.read_bytes() for path in (tmp_path / "here" / "features").iterdir()}
    assert kept and kept.items() <= local.items()
    held = [path for path in (run, tmp_path / "cache") for path in path.rglob("*") if path.is_file()]
    assert not [path for path in held if S3_SECRET.encode() in path.read_bytes()]
    again = call("features", "--corpus=s3://sounds/data", f"--target={TARGET}", *QUICK)
    assert again.status == 0 and "fetch s3" not in again.err and "skipped" in again.err


def test_a_bucket_that_is_not_there_is_one_sentence(s3: str) -> None:
    ended = call("features", "--corpus=s3://nobodys/words", f"--target={TARGET}", *QUICK)
    assert ended.status == 1
    assert "nothing stands at s3://nobodys/words" in ended.error


def test_a_store_that_forbids_is_one_sentence(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import s3fs

    def forbidden(system: object, *_: object, **__: object) -> None:
        raise PermissionError("Access Denied")

    monkeypatch.setattr(s3fs.S3FileSystem, "find", forbidden)
    with pytest.raises(PipelineError, match="must not be read with the credentials of this environment"):
        mirrored("s3://sounds/data")
