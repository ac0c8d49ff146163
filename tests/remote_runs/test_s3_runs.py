"""Is a run in S3 made, read and gone on with from any machine, by the commands that a run here takes?

The store is moto's, served on loopback (``tests.conftest``).
"""

import json
import shutil
from pathlib import Path

import pytest
import soundfile

from pipeline import load_run
from pipeline.stores import Store
from tests.command import QUICK, call
from tests.conftest import S3_SECRET
from tests.tiny_corpus import TARGET

boto3 = pytest.importorskip("boto3")

URL = "s3://sounds/runs/tiny"


@pytest.fixture
def bucket(s3: str) -> str:
    """An empty bucket, and the address of its S3."""
    client = boto3.client("s3", endpoint_url=s3)
    client.create_bucket(Bucket="sounds")
    for one in client.list_objects_v2(Bucket="sounds").get("Contents", []):  # of another test
        client.delete_object(Bucket="sounds", Key=one["Key"])
    client.close()
    return s3


def names(address: str) -> list[str]:
    client = boto3.client("s3", endpoint_url=address)
    found = client.list_objects_v2(Bucket="sounds", Prefix="runs/tiny/").get("Contents", [])
    client.close()
    return [one["Key"].removeprefix("runs/tiny/") for one in found]


def test_a_run_in_a_bucket_goes_from_machine_to_machine(
    bucket: str, tiny_corpus: Path, tmp_path: Path
) -> None:
    options = (f"--corpus={tiny_corpus}", f"--target={TARGET}", f"--run={URL}", *QUICK)
    made = call("evaluate", *options)
    assert made.status == 0, made.err
    assert made.out.splitlines()[-1].endswith(f"review --run {URL}")
    assert made.err.count("files sent") == 4  # a stage each, and nothing is left for the end
    held = names(bucket)
    assert {"config.toml", "features/record.json", "scores.parquet", "report/index.html"} < set(held)
    assert not [name for name in held if name.startswith(".seen")]
    assert not [
        p for p in (tmp_path / "cache").rglob("*") if p.is_file() and S3_SECRET in p.read_text("latin1")
    ]

    shutil.rmtree(tmp_path / "cache")  # another machine
    whole = call("verify", f"--run={URL}")
    assert whole.status == 0, whole.err
    clip = sorted((tiny_corpus / TARGET).glob("*.wav"))[0]
    scored = call("score", f"--run={URL}", clip)
    assert scored.status == 0, scored.err
    sound, rate = soundfile.read(clip, dtype="int16")
    own = load_run(URL).score(sound, rate)
    assert own.score == json.loads(scored.out)["score"]

    again = call("evaluate", *options)
    assert again.status == 0, again.err
    assert again.err.count("skipped") == 4 and "files sent" not in again.err
    other = call("evaluate", *options, "--set=evaluation.alpha=0.3")
    assert other.status == 0, other.err
    assert "features: skipped" in other.err and "files sent" in other.err


def test_a_damaged_object_is_told_as_a_damaged_run(bucket: str, tiny_corpus: Path, tmp_path: Path) -> None:
    made = call("features", f"--corpus={tiny_corpus}", f"--target={TARGET}", f"--run={URL}", *QUICK)
    assert made.status == 0, made.err
    client = boto3.client("s3", endpoint_url=bucket)
    client.put_object(Bucket="sounds", Key="runs/tiny/features/sketches.npy", Body=b"of somebody else")
    client.close()
    assert call("verify", f"--run={URL}").status == 4


def test_a_bucket_that_is_not_there_is_told_before_any_work(s3: str, tiny_corpus: Path) -> None:
    ended = call(
        "features", f"--corpus={tiny_corpus}", f"--target={TARGET}", "--run=s3://nobodys/runs/x", *QUICK
    )
    assert ended.status == 1
    assert "nothing stands at s3://nobodys/runs/x" in ended.error
    assert "features" not in ended.err.replace("--features", "")


def test_a_run_that_nobody_made_is_one_sentence(bucket: str) -> None:
    ended = call("verify", "--run=s3://sounds/runs/none")
    assert ended.status == 1
    assert ended.error == "error: no run stands at s3://sounds/runs/none; look at the URL, or make one there"


def test_a_sweep_of_a_corpus_in_a_bucket_goes_into_a_bucket(
    bucket: str, tiny_corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = boto3.client("s3", endpoint_url=bucket)
    for path in tiny_corpus.rglob("*.wav"):
        client.upload_file(str(path), "sounds", f"words/{path.relative_to(tiny_corpus).as_posix()}")
    client.close()
    listed: list[str] = []
    listing = Store.listing
    monkeypatch.setattr(Store, "listing", lambda store: (listed.append(store.url), listing(store))[1])
    more = ("--set=sweep.least_clips=12", "--set=features.n_workers=1")
    options = ("sweep", "--corpus=s3://sounds/words", f"--run={URL}", *more)
    made = call(*options)
    assert made.status == 0, made.err
    assert listed.count("s3://sounds/words") == 1
    assert f"--run {URL} && audio-anomaly review --run {URL}" in made.out
    assert {"sweep/record.json", "sweep/index.html"} < set(names(bucket))
