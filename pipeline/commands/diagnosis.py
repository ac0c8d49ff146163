"""What does this machine have of what the program needs, and which settings are there?"""

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from pipeline import __version__
from pipeline.embeddings import check_weights
from pipeline.errors import PipelineError
from pipeline.processes import available_cores, find_accelerators
from pipeline.settings import Settings

__all__ = ["MISSING", "diagnose", "diagnosis_text", "settings_list", "settings_page"]

FOUND, OPTIONAL, MISSING = "found", "optional", "missing"
# Of a run of the default preset over thousands of clips, with room to spare.
LEAST_MEMORY, LEAST_DISK = 2e9, 1e9
REQUIRED = (
    "tensorflow", "tensorflow-probability", "tf-keras", "numpy", "scipy", "librosa", "soundfile", "soxr",
    "scikit-learn", "pyarrow", "pydantic", "click", "rich", "jinja2", "pillow", "pooch",
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One line of the diagnosis.

    Attributes:
        name: what was looked for.
        told: what was found; where it is missing, what to do.
        status: ``FOUND``, ``OPTIONAL`` (absent, and only some of the program needs it) or ``MISSING``.
    """

    name: str
    told: str
    status: str = FOUND


def diagnose() -> list[Finding]:
    """Return what this machine has of what the program needs; imports TensorFlow to ask for accelerators."""
    return [
        Finding("audio-anomaly", __version__),
        Finding("Python", f"{platform.python_version()} at {sys.executable}"),
        Finding("system", f"{platform.system()} {platform.machine()}, {available_cores()} cores"),
        _memory(),
        _disk(),
        *_libraries(),
        _accelerators(),
        _voices(),
        _weights(),
        _browser(),
    ]


def diagnosis_text(findings: Sequence[Finding]) -> str:
    """Return one line for each thing that matters, and whether all is well."""
    words = {FOUND: "", OPTIONAL: " (optional)", MISSING: " MISSING:"}
    lines = [f"{one.name}{words[one.status]} {one.told}" for one in findings]
    missing = [one.name for one in findings if one.status == MISSING]
    lines.append(f"not well: {', '.join(missing)}; see above" if missing else "all well")
    return "\n".join(lines)


def _memory() -> Finding:
    try:
        bytes_ = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # Windows
        return Finding("memory", "this system does not tell how much there is", OPTIONAL)
    told = f"{bytes_ / 1e9:.1f} GB"
    if bytes_ < LEAST_MEMORY:
        least = f"a run takes {LEAST_MEMORY / 1e9:g} GB"
        return Finding("memory", f"{told}, and {least}; use a larger machine", MISSING)
    return Finding("memory", told)


def _disk() -> Finding:
    free = shutil.disk_usage(".").free
    told = f"{free / 1e9:.1f} GB free in {os.getcwd()}"
    if free < LEAST_DISK:
        return Finding("disk", f"{told}, and a run may take {LEAST_DISK / 1e9:g} GB; make room", MISSING)
    return Finding("disk", told)


def _libraries() -> list[Finding]:
    found = []
    for name in REQUIRED:
        try:
            found.append(Finding(name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            found.append(Finding(name, "install the locked requirements with `make`", MISSING))
    return found


def _accelerators() -> Finding:
    try:
        names = find_accelerators()
    except Exception as error:  # a broken build raises almost anything
        first = (str(error).splitlines() or [type(error).__name__])[0]
        return Finding("TensorFlow", f"it cannot be imported ({first}); run `make` again", MISSING)
    return Finding("accelerators", ", ".join(names) or "none; runs are computed on the cores")


def _voices() -> Finding:
    if importlib.util.find_spec("espeakng_loader") is not None:
        return Finding("embedded corpus:", "espeak-ng is here")
    return Finding(
        "embedded corpus:", "espeak-ng is not here; pip install 'audio-anomaly[embedded]'", OPTIONAL
    )


def _weights() -> Finding:
    try:
        check_weights()
    except PipelineError as error:
        return Finding("preset pretrained:", str(error), OPTIONAL)
    return Finding("preset pretrained:", "its weights are here")


def _browser() -> Finding:
    found = (path for name in ("chromium", "google-chrome", "firefox") if (path := shutil.which(name)))
    path = next(found, None)
    if path is None:
        return Finding("browser:", "none found; open report/index.html by hand", OPTIONAL)
    return Finding("browser:", path)


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
