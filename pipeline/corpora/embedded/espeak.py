"""What does espeak-ng say? Run as a program of its own, by its path.

Standard input: one JSON object a line with ``text``, ``voice`` (``gmw/en-US``), ``variant``
(``f3``), ``rate`` (words a minute), ``pitch`` and ``range`` (0 to 99). Standard output, for each
line: the number of samples as 4 bytes, little-endian, then 16-bit samples at 22,050 Hz.

espeak-ng keeps state between calls, so that equal calls in one process differ; the same lines in
the same order in a fresh process give the same bytes. An unknown variant is ignored by espeak-ng
without a word; here it is an error. espeak-ng is GPL-3 and stays in this process; nothing of it is
copied. Imports the standard library and ``espeakng_loader`` alone.
"""

import ctypes
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

__all__ = ["SAMPLE_RATE", "Synthesizer", "main"]

SAMPLE_RATE = 22_050

# Constants of speak_lib.h, version 1.52.
AUDIO_OUTPUT_SYNCHRONOUS = 2
INITIALIZE_DONT_EXIT = 0x8000
POS_CHARACTER = 1
CHARS_UTF8 = 1
RATE, VOLUME, PITCH, RANGE, WORDGAP = 1, 2, 3, 4, 7

# espeak-ng cuts the path of its data off at 160 bytes and then looks elsewhere.
LONGEST_DATA_PATH = 120

SampleCallback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class _Voice(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("identifier", ctypes.c_char_p),
    ]


class Synthesizer:
    """The espeak-ng library, loaded once a process."""

    def __init__(self, library_path: str, data_path: str) -> None:
        """Start the library.

        Args:
            library_path: the shared library.
            data_path: the folder ``espeak-ng-data``.

        Raises:
            RuntimeError: it does not start, or not at 22,050 Hz.
        """
        self._library = ctypes.CDLL(library_path)
        self._library.espeak_GetCurrentVoice.restype = ctypes.POINTER(_Voice)
        self._chunks: list[bytes] = []
        self._callback = SampleCallback(self._receive)  # kept here: the library holds no reference
        parent = os.fsencode(Path(data_path).parent)
        started = self._library.espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, parent, INITIALIZE_DONT_EXIT)
        if started != SAMPLE_RATE:
            raise RuntimeError(
                f"espeak-ng started with {started} in place of {SAMPLE_RATE} Hz from {data_path}"
            )
        self._library.espeak_SetSynthCallback(self._callback)
        # The breath of some variants (f2, f3, f5, victor) is random, by default from the time of day:
        # two processes would agree only where they start in the same second.
        self._library.espeak_ng_SetRandSeed(ctypes.c_long(1))

    def _receive(self, samples: Any, n_samples: int, events: int | None) -> int:
        if samples and n_samples > 0:
            self._chunks.append(ctypes.string_at(samples, 2 * n_samples))
        return 0

    def say(self, *, text: str, voice: str, variant: str, rate: int, pitch: int, range: int) -> bytes:
        """Return 16-bit samples, little-endian, at 22,050 Hz.

        Raises:
            RuntimeError: the voice or its variant is unknown, or nothing was said.
        """
        identifier = f"{voice}+{variant}"
        self._library.espeak_SetVoiceByName(identifier.encode())
        current = self._library.espeak_GetCurrentVoice().contents.identifier
        if current != identifier.encode():
            raise RuntimeError(f"espeak-ng has no voice {identifier!r}, it went on as {current!r}")
        for parameter, value in ((RATE, rate), (VOLUME, 100), (PITCH, pitch), (RANGE, range), (WORDGAP, 0)):
            self._library.espeak_SetParameter(parameter, value, 0)
        self._chunks.clear()
        encoded = text.encode()
        self._library.espeak_Synth(encoded, len(encoded) + 1, 0, POS_CHARACTER, 0, CHARS_UTF8, None, None)
        self._library.espeak_Synchronize()
        if not self._chunks:
            raise RuntimeError(f"espeak-ng said nothing for {text!r} as {identifier!r}")
        return b"".join(self._chunks)


def _answer(lines: BinaryIO, out: BinaryIO, data_path: str) -> None:
    import espeakng_loader

    synthesizer = Synthesizer(espeakng_loader.get_library_path(), data_path)
    for line in lines:
        samples = synthesizer.say(**json.loads(line))
        out.write((len(samples) // 2).to_bytes(4, "little") + samples)
    out.flush()


def main() -> int:
    """Answer each line of standard input; 1 with a sentence on standard error where one cannot be."""
    try:
        import espeakng_loader

        data_path = espeakng_loader.get_data_path()
        if len(os.fsencode(data_path)) <= LONGEST_DATA_PATH:
            _answer(sys.stdin.buffer, sys.stdout.buffer, data_path)
        else:
            with tempfile.TemporaryDirectory(dir="/tmp" if os.path.isdir("/tmp") else None) as folder:
                shorter = os.path.join(folder, "espeak-ng-data")
                os.symlink(data_path, shorter)
                _answer(sys.stdin.buffer, sys.stdout.buffer, shorter)
    except (ImportError, OSError, RuntimeError, TypeError, ValueError) as error:
        print(f"{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
