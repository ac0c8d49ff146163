"""By which versions was a run made?"""

import importlib.metadata
import platform
import subprocess
from pathlib import Path

from pipeline import __version__
from pipeline.settings import PRETRAINED_KINDS, Settings

__all__ = ["code_version", "library_versions"]

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
