"""Does the mirror of a store hold what the store holds, for the listing and what changed alone?

The store is fsspec's own in the memory of this process; each test has a folder of its own in it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from pipeline.corpora import kinds_of, open_corpus, stores_listed_once
from pipeline.corpora.mirror import mirrored
from pipeline.corpora.storage import CACHE_VARIABLE
from pipeline.errors import ConfigurationError, PipelineError
from pipeline.stores.store import Store

fsspec = pytest.importorskip("fsspec", reason="the extra `remote` is not installed")

CLIPS = {f"{word}/{n:08x}_nohash_0.wav": bytes([n]) * (100 + n) for word in ("cat", "zero") for n in range(9)}


class Bucket:
    """A folder of the store, and which of its objects were read."""

    url = "memory://bucket/words"

    def __init__(self) -> None:
        self.system = fsspec.filesystem("memory")
        self.fetched: list[str] = []

    def put(self, objects: Mapping[str, bytes]) -> None:
        for name, content in objects.items():
            self.system.pipe_file(f"/bucket/words/{name}", content)

    def remove(self, name: str) -> None:
        self.system.rm_file(f"/bucket/words/{name}")


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A store with the clips of two words; the cache is empty."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    bucket = Bucket()
    bucket.put(CLIPS)
    fetch = Store.fetch

    def counted(store: Store, name: str, place: Path) -> None:
        bucket.fetched.append(name)
        fetch(store, name, place)

    monkeypatch.setattr(Store, "fetch", counted)
    yield bucket
    bucket.system.rm("/bucket", recursive=True)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_the_mirror_holds_the_audio_files_and_lists_and_tells_what_stays(
    bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    bucket.put({"testing_list.txt": b"cat/00000001_nohash_0.wav\n", "notes.docx": b"x", "model.bin": b"y"})
    held = contents(mirrored(bucket.url))
    assert held == {**CLIPS, "testing_list.txt": b"cat/00000001_nohash_0.wav\n"}
    assert "2 of 21 objects are neither audio files nor lists" in capsys.readouterr().err


def test_a_corpus_at_a_url_is_that_of_the_folder_with_its_lists(bucket: Bucket) -> None:
    lists = {
        "testing_list.txt": b"cat/00000001_nohash_0.wav\n",
        "validation_list.txt": b"zero/00000001_nohash_0.wav",
    }
    bucket.put(lists)
    corpus = open_corpus(bucket.url)
    assert (corpus.name, sorted(corpus.words)) == ("bucket-words", ["cat", "zero"])
    splits = {clip.path: clip.split for clip in corpus.clips}
    assert splits["cat/00000001_nohash_0.wav"] == "test" and len(splits) == len(CLIPS)


def test_a_second_call_fetches_nothing_and_touches_nothing(bucket: Bucket) -> None:
    folder = mirrored(bucket.url)
    times = {path: path.stat().st_mtime_ns for path in folder.rglob("*.wav")}
    bucket.fetched.clear()
    assert mirrored(bucket.url) == folder
    assert bucket.fetched == []
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.wav")} == times


def test_what_changed_is_fetched_and_what_vanished_is_removed(bucket: Bucket) -> None:
    mirrored(bucket.url)
    bucket.fetched.clear()
    bucket.put({"cat/new.wav": b"new", "zero/00000003_nohash_0.wav": b"other"})
    bucket.remove("cat/00000002_nohash_0.wav")
    held = contents(mirrored(bucket.url))
    assert sorted(bucket.fetched) == ["cat/new.wav", "zero/00000003_nohash_0.wav"]
    assert held["zero/00000003_nohash_0.wav"] == b"other"
    assert "cat/00000002_nohash_0.wav" not in held and len(held) == len(CLIPS)


def test_a_call_that_broke_off_goes_on(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Store.fetch

    def broken(store: Store, name: str, place: Path) -> None:
        if name.startswith("zero/"):
            raise PipelineError("the line is cut")
        counted(store, name, place)

    with monkeypatch.context() as cut:
        cut.setattr("pipeline.stores.fetching.N_AT_ONCE", 1)
        cut.setattr(Store, "fetch", broken)
        with pytest.raises(PipelineError, match="the line is cut"):
            mirrored(bucket.url)
    arrived = set(bucket.fetched)
    assert arrived and arrived < set(CLIPS)
    bucket.fetched.clear()
    assert contents(mirrored(bucket.url)) == CLIPS
    # A file whose arrival the call had no time to note comes again.
    assert {name for name in CLIPS if name.startswith("zero/")} <= set(bucket.fetched)


def test_a_file_that_was_deleted_here_comes_again(bucket: Bucket) -> None:
    folder = mirrored(bucket.url)
    (folder / "cat/00000001_nohash_0.wav").unlink()
    bucket.fetched.clear()
    assert contents(mirrored(bucket.url)) == CLIPS
    assert bucket.fetched == ["cat/00000001_nohash_0.wav"]


@pytest.mark.parametrize("name", ["a/../../x.wav", "cat/./x.wav", "cat/a\\b.wav", "cat/a\nb.wav", "C:/x.wav"])
def test_a_name_that_leads_elsewhere_is_refused_whole(
    bucket: Bucket, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    listing = Store.listing
    monkeypatch.setattr(Store, "listing", lambda store: listing(store) | {name: listing(store)[min(CLIPS)]})
    with pytest.raises(PipelineError, match="1 names at memory://bucket/words cannot be files"):
        mirrored(bucket.url)
    assert bucket.fetched == []


def test_an_object_that_vanishes_while_it_is_read_is_one_sentence(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = Store.listing

    def then_gone(store: Store) -> Any:
        listed = listing(store)
        bucket.remove("zero/00000004_nohash_0.wav")
        return listed

    monkeypatch.setattr(Store, "listing", then_gone)
    with pytest.raises(PipelineError, match="nothing stands at memory://bucket/words/zero/00000004"):
        mirrored(bucket.url)


def test_an_object_that_changes_while_it_is_read_is_told_with_both_numbers(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = Store.listing

    def then_other(store: Store) -> Any:
        listed = listing(store)
        bucket.put({"zero/00000004_nohash_0.wav": b"short"})
        return listed

    monkeypatch.setattr(Store, "listing", then_other)
    with pytest.raises(PipelineError, match="has 5 bytes and was listed with 104"):
        mirrored(bucket.url)


def test_what_the_disk_has_no_room_for_is_not_begun(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 10})
    monkeypatch.setattr("pipeline.stores.fetching.shutil.disk_usage", lambda place: usage)
    with pytest.raises(PipelineError, match=r"0\.0 GB are to come, and 0\.0 GB are free.*free some space"):
        mirrored(bucket.url)
    assert bucket.fetched == []


def test_a_url_of_nothing_is_told(bucket: Bucket) -> None:
    with pytest.raises(PipelineError, match="nothing stands at memory://bucket/gone"):
        mirrored("memory://bucket/gone")


def test_a_folder_without_sound_is_told(bucket: Bucket) -> None:
    bucket.system.pipe_file("/bucket/texts/a.docx", b"x")
    with pytest.raises(
        PipelineError, match="none of the 1 objects at memory://bucket/texts is an audio file"
    ):
        mirrored("memory://bucket/texts")


def test_a_store_that_nobody_knows_is_wrong_usage() -> None:
    with pytest.raises(ConfigurationError, match="gopher:// is no store"):
        mirrored("gopher://host/words")


def test_a_store_whose_package_is_not_there_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(url: str) -> None:
        raise ImportError("Please install adlfs to access Azure")

    monkeypatch.setattr("fsspec.core.url_to_fs", absent)
    with pytest.raises(ConfigurationError, match=r"adlfs.*audio-anomaly\[remote\]"):
        mirrored("az://host/words")


def test_a_store_is_listed_once_in_a_call_that_opens_its_corpus_often(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    listings: list[str] = []
    listing = Store.listing

    def counted(store: Store) -> Any:
        listings.append(store.url)
        return listing(store)

    monkeypatch.setattr(Store, "listing", counted)
    with stores_listed_once():
        assert kinds_of(bucket.url) == ()
        assert {open_corpus(bucket.url).name for _ in range(2)} == {"bucket-words"}
    assert len(listings) == 1
    open_corpus(bucket.url)
    assert len(listings) == 2
