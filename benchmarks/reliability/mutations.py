"""What becomes of thousands of damaged audio files?

    python -m benchmarks.reliability.mutations [N] [SEED]

A mutation flips bits, cuts, leaves out or inserts bytes of a small file of any format. Each is read, or
refused with a code. What is read must not lack more than a tenth of the sound without a tag, where its format
can tell: Ogg, FLAC, and everything whose end is missing. A changed byte within linear PCM or an MP3 frame
cannot be told.
"""

import faulthandler
import io
import struct
import sys
from collections import Counter
from collections.abc import Iterator

import numpy as np
import soundfile

from pipeline.audio import decode
from pipeline.errors import REFUSALS, UnusableClip

__all__ = ["FORMATS", "KINDS", "hand_made", "main", "mutated", "outcome", "sound_files"]

RATE, SECONDS = 16_000, 1.0
HANG_SECONDS = 60  # one file; nothing takes a hundredth of it
FORMATS = {
    "wav": ("WAV", "PCM_16", None),
    "wav-24": ("WAV", "PCM_24", None),
    "wav-float": ("WAV", "FLOAT", None),
    "rifx": ("WAV", "PCM_16", "BIG"),
    "rf64": ("RF64", "PCM_16", None),
    "w64": ("W64", "PCM_16", None),
    "aiff": ("AIFF", "PCM_16", None),
    "aifc": ("AIFF", "FLOAT", None),
    "caf": ("CAF", "PCM_16", None),
    "au": ("AU", "PCM_16", None),
    "flac": ("FLAC", "PCM_16", None),
    "vorbis": ("OGG", "VORBIS", None),
    "opus": ("OGG", "OPUS", None),
    "mp3": ("MP3", "MPEG_LAYER_III", None),
}
KINDS = ("flip", "head", "cut", "leave_out", "insert")


def sound_files() -> dict[str, bytes]:
    """Return a small file of each format, by its name."""
    random = np.random.default_rng(0)
    sound = 0.3 * np.sin(np.arange(round(RATE * SECONDS)) / 7) + 0.05 * random.standard_normal(
        round(RATE * SECONDS)
    )
    files = {}
    for name, (form, subtype, endian) in FORMATS.items():
        stream = io.BytesIO()
        soundfile.write(stream, sound, RATE, format=form, subtype=subtype, endian=endian)
        files[name] = stream.getvalue()
    return files


def mutated(content: bytes, kind: str, random: np.random.Generator) -> bytes:
    """Return the file with one fault of a kind of ``KINDS``."""
    changed = bytearray(content)
    place = int(random.integers(len(content)))
    n_bytes = int(random.integers(1, 1 + len(content) // 2))
    if kind == "flip":
        changed[place] ^= 1 << int(random.integers(8))
    elif kind == "head":
        changed[int(random.integers(min(len(content), 64)))] = int(random.integers(256))
    elif kind == "cut":
        del changed[place:]
    elif kind == "leave_out":
        del changed[place : place + n_bytes]
    else:
        changed[place:place] = random.bytes(min(n_bytes, 4_000))
    return bytes(changed)


def outcome(name: str, kind: str, content: bytes, n_whole: int) -> str:
    """Return ``refused``, ``tagged``, ``read``, ``lost`` (in silence), or ``crash``.

    Args:
        name: of the format.
        kind: of the fault, for what its format can tell.
        content: of the damaged file.
        n_whole: samples of the whole one.
    """
    try:
        read = decode(content)
    except UnusableClip as refused:
        return "refused" if refused.code in REFUSALS else "crash"
    except Exception as error:
        print(f"crash: {name} {kind}: {error!r}", file=sys.stderr)
        return "crash"
    if read.lost_share or read.is_size_unstated:
        return "tagged"
    can_tell = name in ("flac", "vorbis", "opus") or kind == "cut"
    return "lost" if can_tell and read.n_samples < 0.9 * n_whole else "read"


def hand_made(files: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield names and files whose heads are absurd: each 32-bit field of each head at extremes, and junk."""
    for name, content in files.items():
        for place in (4, 8, 16, 20, 24):
            for value in (0, 0x7FFF_FFFF, 0xFFFF_FFFF):
                yield name, content[:place] + struct.pack("<I", value) + content[place + 4 :]
    for n_bytes in range(1, 41, 4):
        yield "junk", b"\xff\xfb\x90\x00" * n_bytes


def main(n_mutations: int = 10_000, seed: int = 0) -> Counter[str]:
    """Read so many damaged files and those made by hand; print and return how many ended in which way."""
    random, files = np.random.default_rng(seed), sound_files()
    n_whole = {name: decode(content).n_samples for name, content in files.items()}
    found: Counter[str] = Counter()
    by_format: dict[str, Counter[str]] = {name: Counter() for name in (*files, "junk")}
    jobs = [(list(files)[i % len(files)], KINDS[i // len(files) % len(KINDS)]) for i in range(n_mutations)]
    made = [*((name, "hand", content) for name, content in hand_made(files))]
    for i in range(n_mutations + len(made)):
        if i < n_mutations:
            name, kind = jobs[i]
            content = mutated(files[name], kind, random)
        else:
            name, kind, content = made[i - n_mutations]
        faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
        ended = outcome(name, kind, content, n_whole.get(name, 0))
        faulthandler.cancel_dump_traceback_later()
        found[ended] += 1
        by_format[name][ended] += 1
        if ended == "lost":
            print(f"lost: {name} {kind}, file {i}", file=sys.stderr)
    print(f"{n_mutations:,} mutations and {len(made)} files made by hand, seed {seed}: {dict(found)}")
    for name, counts in by_format.items():
        print(f"  {name:10} {dict(counts)}")
    return found


if __name__ == "__main__":
    counts = main(*map(int, sys.argv[1:3]))
    sys.exit(1 if counts["crash"] or counts["lost"] else 0)
