"""How does an archive of clips become files, when nothing that it says about itself is believed?

Only regular files are written, only under names that fit ``word/name.wav`` or are one of the known
text files, and only up to a size that makes sense; paths are put together here. A member that tries
to leave the folder, a link or a device refuses the whole archive: no honest one has any. Other
regular files (background noise, what file managers leave) are left out.
"""

import gzip
import hashlib
import re
import tarfile
import zlib
from pathlib import Path

from pipeline.corpora.folder import TESTING_LIST, VALIDATION_LIST
from pipeline.errors import PipelineError
from pipeline.terminal import Progress

__all__ = ["unpack"]

CLIP_NAME = re.compile(r"([a-z]{1,32})/([0-9A-Za-z_-]{1,64}\.wav)", re.ASCII)
TEXT_NAMES = (VALIDATION_LIST, TESTING_LIST, "README.md", "LICENSE")

# A clip of one second has 32,044 bytes; the longer list of v0.02 has 0.4 MB.
LARGEST_CLIP_BYTES = 1 << 20
LARGEST_TEXT_BYTES = 16 << 20
LARGEST_TOTAL_BYTES = 8 << 30
LARGEST_COUNT = 500_000
MEGABYTE = 1_000_000


def unpack(archive: Path, folder: Path) -> dict[str, str]:
    """Write the clips and lists of a ``.tar.gz`` into an empty folder.

    Returns:
        The SHA-256 of each file, by its path.

    Raises:
        PipelineError: the archive is damaged, or has a member that no honest archive has.
        OSError: the folder cannot be written to.
    """
    files: dict[str, str] = {}
    n_bytes = 0
    try:
        with (
            open(archive, "rb") as compressed,
            # Not "r|gz": there, tarfile takes a stream that is cut off for its end.
            gzip.open(compressed) as stream,
            tarfile.open(fileobj=stream, mode="r|") as tar,
            Progress("unpacking", -(-archive.stat().st_size // MEGABYTE), "MB") as progress,
        ):
            for count, member in enumerate(tar):
                if (n_new := compressed.tell() // MEGABYTE - progress.done) > 0:
                    progress.advance(n_new)
                path = _path_of(member, archive)
                if path is None:
                    continue
                n_bytes += member.size
                largest = LARGEST_CLIP_BYTES if "/" in path else LARGEST_TEXT_BYTES
                if member.size > largest or n_bytes > LARGEST_TOTAL_BYTES or count > LARGEST_COUNT:
                    raise PipelineError(
                        f"{archive.name} was refused: {path} would bring it to {n_bytes:,} bytes in "
                        f"{count + 1:,} members, {member.size:,} of them in this one; get the archive again"
                    )
                source = tar.extractfile(member)
                content = source.read(member.size) if source else b""
                if len(content) != member.size:
                    raise tarfile.ReadError(f"{path} has {len(content)} of {member.size} bytes")
                (folder / path).parent.mkdir(exist_ok=True)
                with open(folder / path, "xb") as file:
                    file.write(content)
                files[path] = hashlib.sha256(content).hexdigest()
            if stream.read(LARGEST_TEXT_BYTES).strip(b"\0"):  # reads on to the checksum at the end
                raise tarfile.ReadError("something follows its end")
    except FileExistsError as error:
        raise PipelineError(f"{archive.name} was refused: it has {error.filename} twice") from error
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, ValueError) as error:
        raise PipelineError(f"{archive.name} is damaged ({error}); delete {archive} and run again") from error
    return files


def _path_of(member: tarfile.TarInfo, archive: Path) -> str | None:
    """Return the path made of checked parts, or None for what is left out.

    Raises:
        PipelineError: the member is a link, a device, or points out of the folder.
    """
    name = member.name.removeprefix("./")
    if (
        not (member.isreg() or member.isdir())
        or name.startswith("/")
        or ".." in name.split("/")
        or "\\" in name
    ):
        raise PipelineError(
            f"{archive.name} was refused: member {member.name[:80]!r} is a link, a device or outside"
        )
    if member.isdir():
        return None
    if name in TEXT_NAMES:
        return name
    if match := CLIP_NAME.fullmatch(name):
        return f"{match[1]}/{match[2]}"
    return None
