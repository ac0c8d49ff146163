"""What runs in a library's own process: reads questions, answers them, one line of JSON each.

    python -m benchmarks.flows.peers.answer LIBRARY [--threads N]

A peer's interpreter needs NumPy and that peer alone. Standard output belongs to the answers: whatever a
library prints goes to standard error.
"""

import argparse
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

__all__ = ["main", "peak_megabytes"]


def main() -> None:
    """Answer until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("library")
    parser.add_argument("--threads", type=int, default=0)
    chosen = parser.parse_args()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def answer(value: dict[str, Any]) -> None:
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    side = {"ours": "our_subject", "flowjax": "jax_subject"}.get(chosen.library, "torch_subject")
    try:
        subject = importlib.import_module(f"benchmarks.flows.peers.{side}").Subject(
            chosen.library, chosen.threads
        )
    # A library whose shared objects cannot be loaded gives an OSError.
    except (ImportError, OSError) as error:
        answer({"absent": f"{chosen.library} cannot be imported: {str(error).splitlines()[0]}"})
        return
    answer({"versions": subject.versions, "loaded_mb": peak_megabytes()})
    for line in sys.stdin:
        question = json.loads(line)
        name = question.pop("question")
        try:
            if name == "peak_megabytes":
                answer({"peak_mb": peak_megabytes()})
            else:
                answer(getattr(subject, name)(**question))
        except Exception as error:
            answer({"error": f"{type(error).__name__}: {error}"})
    # A thread that waits for its next turn must not keep the process.
    answers.close()
    os._exit(0)


def peak_megabytes() -> float:
    """Return the most memory that this process held at once, in millions of bytes.

    Linux keeps the mark of each program apart in /proc; ``getrusage`` there starts from the memory of
    the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) * 1024 / 1e6
    import resource

    # Bytes on macOS, kibibytes elsewhere.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


if __name__ == "__main__":
    main()
