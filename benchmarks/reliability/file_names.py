"""Can every file be found again, whatever bytes its name has?

    python -m benchmarks.reliability.file_names --run RUN

The same second of sound stands under fifty names in a folder. `audio-anomaly score` must give a line of JSON
for each, by whose `path` or `path_bytes` the file is found. A corpus of the same folder must have a clip for
each.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote_to_bytes

from benchmarks.reliability.mutations import sound_files
from pipeline.corpora import open_corpus

__all__ = ["NAMES", "lost", "main", "written"]

STEMS = (
    *(
        "a b",
        " leading",
        "trailing ",
        "-rf",
        "--help",
        "-0",
        "~",
        "$HOME",
        "`id`",
        ";ls",
        "a|b",
        "a&b",
        "a>b",
    ),
    *(
        "'quoted'",
        '"double"',
        "back\\slash",
        "new\nline",
        "tab\there",
        "bell\x07",
        "escape\x1b[31m",
        "del\x7f",
    ),
    *(
        "*",
        "?",
        "[a]",
        "{a,b}",
        "%s%n",
        "%2e%2e",
        "a,b",
        "a;b",
        "=1+1",
        "@sum",
        "#",
        "!",
        "\u00e9",
        "e\u0301",
    ),
    *("\u00df", "\u0130", "\ufb01", "\u202egnp", "\u200b", "\ufeff", "\U0001f600", "\u4e2d\u6587"),
)
BYTES = (b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"caf\xe9", b"\x80\x81", b"\xf0\x9f\x98")
LONGEST = b"a" * 251
NAMES = tuple(stem + b".wav" for stem in (*(stem.encode("utf-8") for stem in STEMS), *BYTES, LONGEST))


def written(folder: Path) -> list[bytes]:
    """Write a second of sound under each name that the file system takes; return the paths."""
    content = sound_files()["wav"]
    folder.mkdir(parents=True)
    paths = []
    for name in NAMES:
        path = os.fsencode(folder) + b"/" + name
        try:
            with open(path, "xb") as file:
                file.write(content)
        except OSError as error:  # Windows and macOS refuse some
            print(f"not written: {name!r}: {error}", file=sys.stderr)
            continue
        paths.append(path)
    return paths


def main(arguments: list[str] | None = None) -> int:
    """Score the files and open them as a corpus; the status is 1 where one is lost."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--run", type=Path, required=True, help="a run whose model is trained")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as made:
        paths = written(Path(made) / "corpus" / "word")
        command = [sys.executable, "-m", "pipeline", "score", f"--run={options.run}", made]
        call = subprocess.run(command, capture_output=True, check=False)
        n_clips = len(open_corpus(str(Path(made) / "corpus")).clips)
        missing = lost(paths, call.stdout.decode())
    for path in missing:
        print(f"lost: {path!r}")
    print(
        f"{len(paths)} names: {len(paths) - len(missing)} found again by score (status {call.returncode}), "
        f"{n_clips} clips of a corpus"
    )
    return int(bool(missing) or n_clips != len(paths))


def lost(paths: Sequence[bytes], printed: str) -> list[bytes]:
    """Return the paths that no line of JSON leads to."""
    lines = map(json.loads, printed.splitlines())
    found = {
        unquote_to_bytes(line["path_bytes"]) if "path_bytes" in line else os.fsencode(line["path"])
        for line in lines
    }
    return [path for path in paths if path not in found]


if __name__ == "__main__":
    raise SystemExit(main())
