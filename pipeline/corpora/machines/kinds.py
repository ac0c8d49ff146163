"""What is a kind of machine, and what is one recording of it made of?

Conventions: speeds are in the machine's own unit, which its module names; loads are in per cent. A sound is
float64 at 16 kHz, (n,), and 1 is its usual level (RMS) at the speed and load of the source domain. It depends
on the state, the generator of the machine and the generator of the fault alone: with equal generators a whole
machine and a faulty one differ by the fault and nothing else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

__all__ = ["DOMAINS", "SEVERITIES", "Kind", "State"]

DOMAINS = ("source", "target")

# The size of a fault: 1 is the largest.
SEVERITIES = {"small": 0.3, "medium": 0.6, "large": 1.0}


@dataclass(frozen=True, kw_only=True)
class State:
    """How a machine runs while it is recorded.

    Attributes:
        n_samples: of the recording.
        speed: in the machine's own unit.
        load: in per cent.
        fault: one of the machine's faults, or ``""``.
        severity: of the fault, 0 to 1.
    """

    n_samples: int
    speed: float
    load: float
    fault: str = ""
    severity: float = 0.0

    def severity_of(self, fault: str) -> float:
        """Return how severe this fault is, 0 where the machine has another one or none."""
        return self.severity if fault == self.fault else 0.0


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of machine.

    Attributes:
        name: lower-case letters, as in paths.
        duration_seconds: of a recording.
        speeds, loads: lowest and highest of each domain.
        faults: their names; letters and underscores.
        sound: makes the sound of a state, from the machine's generator and the fault's.
    """

    name: str
    duration_seconds: int
    speeds: Mapping[str, tuple[int, int]]
    loads: Mapping[str, tuple[int, int]]
    faults: tuple[str, ...]
    sound: Callable[[State, np.random.Generator, np.random.Generator], np.ndarray]
