"""On which machine was a run made, as far as its last digits depend on it?"""

import platform
from pathlib import Path
from typing import Any

from pipeline.processes import TENSORFLOW_THREADS, available_cores

__all__ = ["machine"]

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
