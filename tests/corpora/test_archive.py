"""Is an archive never believed about itself?"""

import tarfile
from pathlib import Path

import pytest

from pipeline.corpora.storage.archive import unpack
from pipeline.errors import PipelineError
from tests.corpora.archives import CLIPS, archive_of, member


@pytest.mark.parametrize(
    "hostile",
    [
        member("../x.wav"),
        member("cat/../../x.wav"),
        member("/tmp/x.wav"),
        member("cat/link.wav", tarfile.SYMTYPE, "/etc/passwd"),
        member("cat/hard.wav", tarfile.LNKTYPE, "../../x"),
        member("cat/pipe.wav", tarfile.FIFOTYPE),
        member("cat/device.wav", tarfile.CHRTYPE),
        member("cat\\..\\x.wav"),
    ],
    ids=lambda info: info.name,
)
def test_a_hostile_member_refuses_the_whole_archive(tmp_path: Path, hostile: tarfile.TarInfo) -> None:
    (tmp_path / "a.tar.gz").write_bytes(archive_of({}, hostile))
    (tmp_path / "out").mkdir()
    with pytest.raises(PipelineError, match="was refused"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "out")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.tar.gz", "out"]


def test_a_member_larger_than_any_clip_refuses_the_archive(tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_bytes(archive_of({}, member("cat/big.wav", size=2 << 20)))
    (tmp_path / "out").mkdir()
    with pytest.raises(PipelineError, match="2,097,152"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "out")


def test_other_files_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_bytes(
        archive_of({".DS_Store": b"x", "cat/._a.wav": b"x", "cat/a.wav": b"x"})
    )
    (tmp_path / "out").mkdir()
    assert list(unpack(tmp_path / "a.tar.gz", tmp_path / "out")) == ["cat/a.wav"]


def test_a_member_that_comes_twice_refuses_the_archive(tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_bytes(archive_of({}, member("cat/a.wav"), member("cat/a.wav")))
    (tmp_path / "out").mkdir()
    with pytest.raises(PipelineError, match="twice"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "out")


@pytest.mark.parametrize("keep", [0, 10, 700])
def test_an_archive_that_is_cut_off_is_one_sentence(tmp_path: Path, keep: int) -> None:
    (tmp_path / "a.tar.gz").write_bytes(archive_of(CLIPS)[:keep])
    (tmp_path / "out").mkdir()
    with pytest.raises(PipelineError, match="is damaged"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "out")
