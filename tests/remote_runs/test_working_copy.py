"""Is a run in a store fetched and sent for what changed alone, and is nothing of either side lost?

The store is fsspec's own in the memory of this process.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.corpora.storage import CACHE_VARIABLE
from pipeline.errors import ConfigurationError, PipelineError
from pipeline.remote_runs import name_of_run, run_here, send_changes
from pipeline.stores import Store

fsspec = pytest.importorskip("fsspec", reason="the extra `remote` is not installed")

URL = "memory://bucket/runs/cat"
FILES = {"config.toml": b"a", "features/features.npy": b"abc", "features/record.json": b"{}"}


class Bucket:
    """The run's folder of the store, and what was moved."""

    def __init__(self) -> None:
        self.system = fsspec.filesystem("memory")
        self.fetched: list[str] = []
        self.sent: list[str] = []

    def put(self, name: str, content: bytes) -> None:
        self.system.pipe_file(f"/bucket/runs/cat/{name}", content)

    @property
    def held(self) -> dict[str, bytes]:
        names = self.system.find("/bucket/runs/cat") if self.system.exists("/bucket/runs/cat") else []
        held = {name.removeprefix("/bucket/runs/cat/"): self.system.cat_file(name) for name in names}
        return {name: content for name, content in held.items() if name != ".audio-anomaly"}


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """An empty store, and an empty cache; what is moved is noted."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    bucket = Bucket()
    fetch, send = Store.fetch, Store.send
    monkeypatch.setattr(
        Store, "fetch", lambda store, name, place: (bucket.fetched.append(name), fetch(store, name, place))[1]
    )
    monkeypatch.setattr(
        Store, "send", lambda store, path, name: (bucket.sent.append(name), send(store, path, name))[1]
    )
    yield bucket
    if bucket.system.exists("/bucket"):
        bucket.system.rm("/bucket", recursive=True)


def write(folder: Path, name: str, content: bytes) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def make(bucket: Bucket) -> Path:
    """Make the run in the store, and forget what was moved for it."""
    with run_here(URL, may_be_new=True) as folder:
        for name, content in FILES.items():
            write(folder, name, content)
    bucket.sent.clear()
    return folder


def test_a_new_run_is_sent_with_its_records_last(bucket: Bucket) -> None:
    with run_here(URL, may_be_new=True) as folder:
        for name, content in {**FILES, ".seen/clips.npz": b"x", ".audio-anomaly.lock": b""}.items():
            write(folder, name, content)
    assert bucket.held == FILES
    assert bucket.sent[:2] == [".audio-anomaly", "features/features.npy"]


def test_a_second_machine_gets_the_run_and_sends_what_it_changed_alone(bucket: Bucket) -> None:
    shutil.rmtree(make(bucket).parent)  # a machine with an empty cache
    with run_here(URL) as folder:
        assert {name: (folder / name).read_bytes() for name in FILES} == FILES
        write(folder, "report/index.html", b"page")
        (folder / "config.toml").unlink()
    assert sorted(bucket.fetched) == sorted(FILES)
    assert bucket.sent == ["report/index.html"]
    left = {name: content for name, content in FILES.items() if name != "config.toml"}
    assert bucket.held == {**left, "report/index.html": b"page"}


def test_a_call_that_changes_nothing_moves_nothing(bucket: Bucket) -> None:
    make(bucket)
    with run_here(URL):
        pass
    assert bucket.fetched == bucket.sent == []


def test_what_changed_in_the_store_is_fetched_and_what_is_gone_there_goes(bucket: Bucket) -> None:
    make(bucket)
    bucket.put("features/features.npy", b"other")
    bucket.system.rm_file("/bucket/runs/cat/config.toml")
    with run_here(URL) as folder:
        assert (folder / "features/features.npy").read_bytes() == b"other"
        assert not (folder / "config.toml").exists()
    assert bucket.fetched == ["features/features.npy"] and bucket.sent == []


def test_what_a_failed_verb_has_done_is_sent(bucket: Bucket) -> None:
    with pytest.raises(PipelineError, match="no such word"), run_here(URL, may_be_new=True) as folder:
        write(folder, "features/features.npy", b"abc")
        raise PipelineError("no such word")
    assert bucket.held == {"features/features.npy": b"abc"}


def test_after_ctrl_c_nothing_is_sent_until_the_next_call(
    bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(KeyboardInterrupt), run_here(URL, may_be_new=True) as folder:
        write(folder, "features/features.npy", b"abc")
        raise KeyboardInterrupt
    assert bucket.held == {}
    assert "what was not sent yet stays in" in capsys.readouterr().err
    with run_here(URL, may_be_new=True):
        pass
    assert bucket.held == {"features/features.npy": b"abc"}


def test_what_a_stage_has_done_is_sent_while_the_verb_goes_on(bucket: Bucket, tmp_path: Path) -> None:
    with run_here(URL, may_be_new=True) as folder:
        write(folder, "fan/features/features.npy", b"abc")
        send_changes(folder / "fan")
        assert bucket.held == {"fan/features/features.npy": b"abc"}
        write(folder, "fan/model/weights.npz", b"w")
        assert (name_of_run(folder), name_of_run(folder / "fan")) == (URL, f"{URL}/fan")
    assert bucket.sent == [".audio-anomaly", "fan/features/features.npy", "fan/model/weights.npz"]
    send_changes(folder)  # of a run in no store there is nothing to send
    assert name_of_run(folder) == str(folder) and len(bucket.sent) == 3


def test_where_a_stage_cannot_be_sent_the_work_goes_on_and_the_end_sends_it(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    send = Store.send

    def refused(store: Store, path: Path, name: str) -> None:
        raise PipelineError("the store is away")

    with run_here(URL, may_be_new=True) as folder:
        write(folder, "features/features.npy", b"abc")
        monkeypatch.setattr(Store, "send", refused)
        send_changes(folder)
        assert f"{URL}: the store is away" in capsys.readouterr().err
        monkeypatch.setattr(Store, "send", send)
    assert bucket.held == {"features/features.npy": b"abc"}


def test_what_changed_on_both_sides_is_refused_and_kept(bucket: Bucket) -> None:
    folder = make(bucket)
    write(folder, "config.toml", b"of this machine")
    bucket.put("config.toml", b"of another")
    with pytest.raises(PipelineError, match="1 file of the run changed at memory://bucket/runs/cat and in"):
        run_here(URL).__enter__()
    assert (folder / "config.toml").read_bytes() == b"of this machine"
    assert bucket.held["config.toml"] == b"of another"


def test_what_another_call_sent_meanwhile_is_not_overwritten(bucket: Bucket) -> None:
    make(bucket)
    with pytest.raises(PipelineError, match=r"1 file .* the first is config\.toml"), run_here(URL) as folder:
        write(folder, "config.toml", b"of this machine")
        bucket.put("config.toml", b"of another")
    assert bucket.held["config.toml"] == b"of another"
    assert (folder / "config.toml").read_bytes() == b"of this machine"


def test_a_call_that_was_killed_while_it_sent_goes_on(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = Store.send

    def cut(store: Store, path: Path, name: str) -> object:
        told = send(store, path, name)
        if name == "features/features.npy":
            raise PipelineError("the line is cut")  # it has arrived, and no journal knows
        return told

    with (
        monkeypatch.context() as patched,
        pytest.raises(PipelineError, match="the line is cut"),
        run_here(URL, may_be_new=True) as folder,
    ):
        patched.setattr(Store, "send", cut)
        for name, content in FILES.items():
            write(folder, name, content)
    assert set(bucket.held) == {"features/features.npy"}
    with run_here(URL, may_be_new=True):
        pass
    assert bucket.held == FILES


def test_where_work_and_sending_fail_the_first_is_raised_and_the_other_told(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(store: Store, path: Path, name: str) -> None:
        raise PipelineError("the store is full")

    with pytest.raises(PipelineError, match="no such word"), run_here(URL, may_be_new=True) as folder:
        monkeypatch.setattr(Store, "send", refused)
        write(folder, "features/features.npy", b"abc")
        raise PipelineError("no such word")
    assert "the store is full" in capsys.readouterr().err


def test_a_slash_at_the_end_names_the_same_run(bucket: Bucket) -> None:
    folder = make(bucket)
    with run_here(f"{URL}/") as again:
        assert again == folder


def test_a_run_that_is_not_there_is_one_sentence(bucket: Bucket) -> None:
    with pytest.raises(PipelineError, match="no run stands at memory://bucket/runs/cat; look at the URL"):
        run_here(URL).__enter__()


def test_a_secret_is_refused_without_repeating_it(bucket: Bucket) -> None:
    with pytest.raises(ConfigurationError, match="credentials by the environment") as refused:
        run_here("s3://me:hush@bucket/runs/cat").__enter__()
    assert "hush" not in str(refused.value)


def test_a_path_is_given_as_it_is(tmp_path: Path) -> None:
    with run_here(tmp_path / "run") as folder:
        assert folder == tmp_path / "run"
    with run_here(str(tmp_path)) as folder:
        assert folder == tmp_path
