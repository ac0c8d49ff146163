"""What does this machine have of what the program needs, and which settings are there?"""

import importlib.metadata
import importlib.util
import platform
import shutil
import sys
from typing import Any

from pydantic import BaseModel

from pipeline import __version__
from pipeline.embeddings import check_weights
from pipeline.errors import PipelineError
from pipeline.processes import available_cores
from pipeline.settings import Settings

__all__ = ["diagnose", "settings_list", "settings_page"]

REQUIRED = (
    "tensorflow", "tensorflow-probability", "tf-keras", "numpy", "scipy", "librosa", "soundfile", "soxr",
    "scikit-learn", "pyarrow", "pydantic", "click", "rich", "jinja2", "pillow", "pooch",
)  # fmt: skip


def diagnose() -> str:
    """Return one line for each thing that matters; what is missing says what to do."""
    lines = [
        f"audio-anomaly {__version__}",
        f"Python {platform.python_version()} at {sys.executable}",
        f"{platform.system()} {platform.machine()}, {available_cores()} cores",
    ]
    for name in REQUIRED:
        try:
            lines.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            lines.append(f"{name} is MISSING; install the locked requirements with `make`")
    has_voices = importlib.util.find_spec("espeakng_loader") is not None
    lines.append(
        "embedded corpus: espeak-ng is here"
        if has_voices
        else "embedded corpus: espeak-ng is MISSING; pip install 'audio-anomaly[embedded]'"
    )
    try:
        check_weights()
        lines.append("preset pretrained: its weights are here")
    except PipelineError as error:
        lines.append(f"preset pretrained: {error}")
    browser = next(
        (path for name in ("chromium", "google-chrome", "firefox") if (path := shutil.which(name))), None
    )
    lines.append(f"browser: {browser or 'none found; open report/index.html by hand'}")
    return "\n".join(lines)


def settings_page() -> str:
    """Return every setting as ``key = default  # reason``."""
    return "\n".join(f"{one['key']} = {one['default']!r}  # {one['reason']}" for one in settings_list())


def settings_list() -> list[dict[str, Any]]:
    """Return each setting's ``key``, ``default`` and ``reason``."""
    found = []
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            section = field.annotation
            found += [
                {"key": f"{name}.{key}", "default": leaf.default, "reason": leaf.description}
                for key, leaf in section.model_fields.items()
            ]
        else:
            found.append({"key": name, "default": field.default, "reason": field.description})
    return found
