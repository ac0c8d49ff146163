"""By which versions, and on which machine, was a run made: whatever its last digits depend on?"""

import importlib.metadata
import platform
import subprocess
from pathlib import Path
from typing import Any

from pipeline import __version__
from pipeline.processes import TENSORFLOW_THREADS, available_cores
from pipeline.settings import PRETRAINED_KINDS, Settings

__all__ = ["code_version", "library_versions", "machine"]

LIBRARIES = (
    "tensorflow",
    "tensorflow-probability",
    "tf-keras",
    "numpy",
    "scipy",
    "librosa",
    "soundfile",
    "soxr",
)
# Of the extra `embeddings`; versions stand in a run's provenance where its features are made by them.
PRETRAINED_LIBRARIES = ("livekit-wakeword", "onnxruntime")
# Which instructions a processor has decides how products are summed.
_INSTRUCTIONS = (
    "sse4_2",
    "avx",
    "avx2",
    "fma",
    "avx512f",
    "avx512_bf16",
    "amx_bf16",
    "amx_tile",
    "asimd",
    "sve",
)


def library_versions(settings: Settings | None = None) -> dict[str, str]:
    """Return the versions of Python and of every library that a run's results depend on.

    Args:
        settings: of the run; None names the libraries of every run alone.
    """
    is_pretrained = settings is not None and settings.features.kind in PRETRAINED_KINDS
    also = PRETRAINED_LIBRARIES if is_pretrained else ()
    found = {name: importlib.metadata.version(name) for name in (*LIBRARIES, *also)}
    return {"python": platform.python_version(), **found}


def code_version() -> str:
    """Return the version, and the commit where the code stands in its own checkout."""
    root = Path(__file__).resolve().parents[2]
    try:
        described = subprocess.run(
            ["git", "-C", str(root), "describe", "--always", "--dirty"],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return __version__
    return f"{__version__} ({described.stdout.strip()})"


def machine() -> dict[str, Any]:
    """Return the system, the processor and its instructions, the cores, and the threads that share a sum."""
    name, flags = _processor()
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": name or platform.processor(),
        "instructions": [word for word in _INSTRUCTIONS if word in flags],
        "cores": available_cores(),
        "threads": {"tensorflow": TENSORFLOW_THREADS, "linear_algebra": 1},
    }


def _processor() -> tuple[str, set[str]]:
    """Return name and flags as Linux tells them; nothing elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return "", set()
    told = {key.strip().lower(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    return told.get("model name", ""), set((told.get("flags") or told.get("features") or "").split())
