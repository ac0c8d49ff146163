"""How does a fit that was killed go on where it was, and end in the same weights?

What a fit is made of at one moment: its variables, those of the optimiser, the state of the random numbers
at the start of the epoch, the losses since then, and what early stopping remembers. All of it is kept, so
that the next steps are those that would have come, equal to the bit. Where it is kept is not said here: a
checkpoint takes named arrays and gives them back.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np

__all__ = ["Checkpoint", "Epoch", "FitProgress", "Keeper"]

# Between two writes of one fit: what a kill costs at most, and no more than a twentieth of the time.
LEAST_SECONDS = 2.0
WRITING_SHARE = 0.05
# Of a slow disk: how long the first write takes is not known before it.
BYTES_A_SECOND = 100e6


class Checkpoint(Protocol):
    """Where one fit is kept while it lasts."""

    def load(self) -> Mapping[str, np.ndarray] | None:
        """Return what was saved last, or None where nothing was, or it is damaged."""

    def save(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Put named arrays in place of what was saved, whole or not at all."""


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """What is known after one epoch of one flow (``part``); values are mean log-likelihoods in nats."""

    number: int
    batch: float
    validation: float
    is_best: bool
    monitored: dict[str, float] = field(default_factory=dict)
    message: str = ""
    part: str = ""


@dataclass(kw_only=True)
class FitProgress:
    """Where a fit stands.

    Attributes:
        values: of all variables of the module, then of the optimiser; of the module alone where it is done.
        good: of what is trained and of the optimiser, where they were finite last: at the end of an epoch.
        best: of the module's trainable variables after the best epoch.
        best_value: mean log-likelihood of the validation rows there, nats.
        stale: epochs since then.
        recoveries: steps taken back so far.
        random_state: of the generator at the start of the epoch, as NumPy tells it.
        losses: of the epoch's steps so far.
        history: of the epochs that ended.
        is_done: the fit has ended, and ``values`` are what it ended with.
    """

    values: list[np.ndarray]
    good: list[np.ndarray]
    best: list[np.ndarray]
    best_value: float = -np.inf
    stale: int = 0
    recoveries: int = 0
    random_state: Mapping[str, Any] = field(default_factory=dict)
    losses: list[float] = field(default_factory=list)
    history: list[Epoch] = field(default_factory=list)
    is_done: bool = False

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all of it as named arrays."""
        numbers = {
            "best_value": self.best_value,
            "stale": self.stale,
            "recoveries": self.recoveries,
            "random_state": self.random_state,
            "losses": self.losses,
            "history": [asdict(epoch) for epoch in self.history],
            "is_done": self.is_done,
        }
        lists = {"values": self.values, "best": self.best}
        if self.losses:  # else they are among the values
            lists["good"] = self.good
        named = {
            f"{name}/{place:05d}": value for name, some in lists.items() for place, value in enumerate(some)
        }
        return {**named, "numbers": np.frombuffer(json.dumps(numbers).encode(), np.uint8)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "FitProgress":
        """Return what ``arrays`` was made of.

        Raises:
            ValueError: something is missing.
        """
        try:
            numbers = json.loads(arrays["numbers"].tobytes())
            history = [Epoch(**epoch) for epoch in numbers.pop("history")]
            values, good, best = (_listed(arrays, name) for name in ("values", "good", "best"))
            return cls(values=values, good=good, best=best, history=history, **numbers)
        except (KeyError, TypeError) as error:
            raise ValueError(f"these arrays are not those of a fit: {error!r}") from error

    def fits(self, shapes: Sequence[tuple[int, ...]], n_module: int) -> bool:
        """Return whether ``values`` are of variables of these shapes, the module's ``n_module`` first."""
        expected = list(shapes[:n_module] if self.is_done else shapes)
        return [value.shape for value in self.values] == expected


class Keeper:
    """Keeps one fit, often enough and not too often.

    Args:
        checkpoint: where; None keeps nothing.
        n_bytes: about how much one write is.
        seconds: a clock.
    """

    def __init__(
        self,
        checkpoint: Checkpoint | None,
        n_bytes: float = 0.0,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._checkpoint = checkpoint
        self._seconds = seconds
        self._wait(n_bytes / BYTES_A_SECOND)

    def load(self, shapes: Sequence[tuple[int, ...]], n_module: int) -> FitProgress | None:
        """Return where an earlier fit of variables of these shapes stood, or None; see ``FitProgress``."""
        arrays = self._checkpoint.load() if self._checkpoint else None
        if arrays is None:
            return None
        try:
            progress = FitProgress.from_arrays(arrays)
        except ValueError:
            return None
        return progress if progress.fits(shapes, n_module) else None

    def is_due(self) -> bool:
        """Return whether it is time to keep the fit again."""
        return self._checkpoint is not None and self._seconds() >= self._next

    def save(self, progress: Callable[[], FitProgress]) -> None:
        """Keep what is told; nothing is asked where nothing is kept."""
        if self._checkpoint is None:
            return
        started = self._seconds()
        self._checkpoint.save(progress().arrays())
        self._wait(self._seconds() - started)

    def _wait(self, writing_seconds: float) -> None:
        self._next = self._seconds() + max(LEAST_SECONDS, writing_seconds / WRITING_SHARE)


def _listed(arrays: Mapping[str, np.ndarray], name: str) -> list[np.ndarray]:
    keys: Iterable[str] = sorted(key for key in arrays if key.startswith(f"{name}/"))
    return [arrays[key] for key in keys]
