"""What becomes of forty archives that no honest server would send?

    python -m benchmarks.reliability.archives

Each is unpacked as the download of a corpus would be. It must be refused in a sentence, or give files inside
the folder alone; nothing may be written elsewhere.
"""

import gzip
import io
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pipeline.corpora.storage import unpack
from pipeline.errors import PipelineError

__all__ = ["archives", "main", "outcome"]

NAMES_OUTSIDE = (
    "../x.wav",
    "cat/../../x.wav",
    "/x.wav",
    "//x.wav",
    "cat\\..\\..\\x.wav",
    "C:\\x.wav",
    "./../x.wav",
    "cat/./../../x.wav",
    "..",
    "cat/..",
)
ODD_NAMES = (
    "",
    ".",
    "cat/",
    "cat/.wav",
    "cat/a.wav\n",
    "cat/a\x00.wav",
    "cat/\u202egnp.wav",
    "cat/" + "a" * 300 + ".wav",
    "cat/sub/a.wav",
    "CAT/a.wav",
    "con/nul.wav",
    "cat/a.wav ",
)
KINDS_OF_MEMBERS = {
    "symbolic link": tarfile.SYMTYPE,
    "hard link": tarfile.LNKTYPE,
    "pipe": tarfile.FIFOTYPE,
    "character device": tarfile.CHRTYPE,
    "block device": tarfile.BLKTYPE,
    "sparse file": tarfile.GNUTYPE_SPARSE,
}
N_LARGE = 2 << 20


def archives() -> Iterator[tuple[str, bytes]]:
    """Yield what is wrong with each archive, and its bytes."""
    for name in (*NAMES_OUTSIDE, *ODD_NAMES):
        yield f"name {name[:30]!r}", _packed(_member(name, size=100))
    for kind, code in KINDS_OF_MEMBERS.items():
        yield kind, _packed(_member("cat/a.wav", kind=code, link="/etc/passwd"))
    yield "a member larger than any clip", _packed(_member("cat/a.wav", size=N_LARGE))
    yield "a member twice", _packed(_member("cat/a.wav", size=9), _member("cat/a.wav", size=9))
    link = _member("cat", kind=tarfile.SYMTYPE, link="..")
    yield "a link, and a file through it", _packed(link, _member("cat/x.wav", size=9))
    whole = _packed(*(_member(f"cat/{number}.wav", size=32_044) for number in range(20)), fill=b"\x5a\x17")
    for share in (0.0, 0.01, 0.5, 0.99):
        yield f"cut at {share}", whole[: round(share * len(whole))]
    yield (
        "a changed byte",
        whole[: len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 4]) + whole[len(whole) // 2 + 1 :],
    )
    yield "something behind its end", gzip.compress(gzip.decompress(whole) + b"more" * 4_096)
    yield "no archive", b"<!DOCTYPE html><title>log in</title>" * 100
    yield "a bomb of zeros", gzip.compress(bytes(64 << 20))
    header = bytearray(gzip.decompress(_packed(_member("cat/a.wav", size=9))))
    header[124:136] = b"77777777777\x00"
    yield "a size beyond its end", gzip.compress(bytes(header))


def outcome(content: bytes) -> str:
    """Return ``refused``, ``inside`` (its folder alone), ``outside`` or ``crash``."""
    with tempfile.TemporaryDirectory() as made:
        top = Path(made)
        (top / "a.tar.gz").write_bytes(content)
        (top / "into").mkdir()
        try:
            unpack(top / "a.tar.gz", top / "into")
            ended = "inside"
        except PipelineError:
            ended = "refused"
        except Exception as error:
            print(f"crash: {error!r}", file=sys.stderr)
            return "crash"
        inside = [path for path in top.rglob("*") if path.parts[len(top.parts)] == "into"]
        is_alone = sorted(path.name for path in top.iterdir()) == ["a.tar.gz", "into"]
        is_plain = all(not path.is_symlink() and (path.is_file() or path.is_dir()) for path in inside)
        return ended if is_alone and is_plain else "outside"


def main() -> Counter[str]:
    """Unpack each; print and return how many ended in which way."""
    found: Counter[str] = Counter()
    for what, content in archives():
        ended = outcome(content)
        found[ended] += 1
        print(f"{ended:9} {what}")
    print(f"{found.total()} archives: {dict(found)}")
    return found


def _member(name: str, *, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.size = kind, link, size
    return member


def _packed(*members: tarfile.TarInfo, fill: bytes = b"\0") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for member in members:
            tar.addfile(member, io.BytesIO((fill * member.size)[: member.size]))
    return stream.getvalue()


if __name__ == "__main__":
    counts = main()
    sys.exit(1 if counts["crash"] or counts["outside"] else 0)
