"""Which recordings of which machines are there?

Of each machine, for training 100 normal ones of the source domain and 20 of the target domain; for testing 20
and 20 normal ones, and of each fault and size two of each domain. Everything about a recording follows from
its machine and its number through seeded generators.
"""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from pipeline.corpora.machines.fan import FAN
from pipeline.corpora.machines.kinds import DOMAINS, SEVERITIES, Kind, State
from pipeline.corpora.machines.names import path_of
from pipeline.corpora.machines.pump import PUMP
from pipeline.corpora.machines.signals import SAMPLE_RATE
from pipeline.corpora.machines.site import record, site_of
from pipeline.corpora.machines.slider import SLIDER
from pipeline.corpora.machines.valve import VALVE

__all__ = ["KINDS", "Recording", "recordings_of", "samples_of", "whole"]

SEED = 20_200_701  # the month in which the first DCASE task on machines ended

# Another machine is another module and another entry at the end: the place of a machine seeds its recordings.
KINDS: dict[str, Kind] = {kind.name: kind for kind in (FAN, PUMP, SLIDER, VALVE)}

N_NORMAL = {
    ("train", "source"): 100,
    ("train", "target"): 20,
    ("test", "source"): 20,
    ("test", "target"): 20,
}
N_FAULTY = 2  # of each fault, size and domain


@dataclass(frozen=True, kw_only=True)
class Recording:
    """One recording.

    Attributes:
        machine: a name of ``KINDS``.
        seed: of all that is drawn for it.
        path: relative to the corpus.
        domain: ``source`` or ``target``.
        state: how the machine runs.
    """

    machine: str
    seed: tuple[int, ...]
    path: str
    domain: str
    state: State


def whole(recording: Recording) -> Recording:
    """Return the same recording of the same machine without its fault."""
    return replace(recording, state=replace(recording.state, fault="", severity=0.0))


def recordings_of(machine: str) -> list[Recording]:
    """Return all recordings of a machine, in the order of their numbers.

    Args:
        machine: a name of ``KINDS``.
    """
    kind = KINDS[machine]
    wanted = [(part, domain, "", "") for (part, domain), n in N_NORMAL.items() for _ in range(n)]
    wanted += [
        ("test", domain, fault, size)
        for fault in kind.faults
        for size in SEVERITIES
        for domain in DOMAINS
        for _ in range(N_FAULTY)
    ]
    counted: Counter[tuple[str, str, str]] = Counter()
    recordings = []
    for number, (part, domain, fault, size) in enumerate(wanted):
        seed = (SEED, list(KINDS).index(machine), number)
        rng = np.random.default_rng([*seed, 0])
        speed, load = (
            int(rng.integers(low, high + 1)) for low, high in (kind.speeds[domain], kind.loads[domain])
        )
        condition = "anomaly" if fault else "normal"
        path = path_of(
            machine=machine,
            part=part,
            domain=domain,
            condition=condition,
            number=counted[part, domain, condition],
            attributes=f"{fault}_{size}" if fault else f"spd_{speed}_load_{load}",
        )
        counted[part, domain, condition] += 1
        state = State(
            n_samples=kind.duration_seconds * SAMPLE_RATE,
            speed=speed,
            load=load,
            fault=fault,
            severity=SEVERITIES.get(size, 0.0),
        )
        recordings.append(Recording(machine=machine, seed=seed, path=path, domain=domain, state=state))
    return recordings


def samples_of(recording: Recording) -> np.ndarray:
    """Compute a recording, (n_samples,), 16-bit. Costs about a tenth of a second."""
    of_machine, of_fault, of_site = (np.random.default_rng([*recording.seed, n]) for n in (1, 2, 3))
    sound = KINDS[recording.machine].sound(recording.state, of_machine, of_fault)
    return record(sound, site_of(recording.domain, of_site), of_site)
