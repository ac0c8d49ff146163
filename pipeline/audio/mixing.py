"""How do several channels become one?

Those that live are averaged, see ``pipeline.audio.living``. Where they cancel each other, the
strongest stands for all.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pipeline.audio.living import living_channels

__all__ = ["Mix", "choose_mix"]

# Channels whose mean is 10 dB weaker than unrelated channels would leave it cancel each other.
CANCELLED_POWER_RATIO = 0.1


@dataclass(frozen=True, kw_only=True)
class Mix:
    """Which channels are averaged.

    Attributes:
        channels: numbers from 0, or ``None`` for all.
        note: what the manifest should say, or ``""``.
        n_samples: of each channel.
        correlations: lowest and highest correlation of two channels; zeros where there is one.
        living: numbers of the channels that are not dead, from 0; all where none sounds.
    """

    channels: tuple[int, ...] | None
    note: str
    n_samples: int
    correlations: tuple[float, float]
    living: tuple[int, ...] = (0,)

    def of(self, block: np.ndarray) -> np.ndarray:
        """Return the mix of a block float32 [n, n_channels]: float32 [n]."""
        if block.shape[1] == 1:
            return np.asarray(block[:, 0])
        if self.channels is not None and len(self.channels) == 1:
            return np.ascontiguousarray(block[:, self.channels[0]])
        first, *others = range(block.shape[1]) if self.channels is None else self.channels
        # Columns one after the other: a mean over so few numbers a row takes ten times as long.
        mixed = block[:, first].copy()
        for channel in others:
            mixed += block[:, channel]
        mixed /= np.float32(1 + len(others))
        return np.asarray(mixed)


def choose_mix(blocks: Iterable[np.ndarray]) -> Mix:
    """Return which channels of a recording are averaged; costs a pass over all samples.

    Args:
        blocks: float32 [n, n_channels] each, one after the other.
    """
    n_samples, products, sums, first, is_alive = 0, np.zeros(()), np.zeros(()), None, np.zeros(0, bool)
    for block in blocks:
        n_samples += len(block)
        if block.shape[1] == 1:
            continue
        if first is None:
            first, is_alive = block[0].copy(), np.zeros(block.shape[1], bool)
        for channel in np.flatnonzero(~is_alive):
            is_alive[channel] = (block[:, channel] != first[channel]).any()
        exact = block.astype(np.float64)
        products = products + exact.T @ exact
        sums = sums + np.ones(len(exact)) @ exact
    if first is None:
        return Mix(channels=None, note="", n_samples=n_samples, correlations=(0.0, 0.0))
    # What rounding leaves of a constant would correlate with anything.
    centred = (products - np.outer(sums, sums) / n_samples) * np.outer(is_alive, is_alive)
    is_living = living_channels(centred, is_alive, n_samples)
    channels, note = _chosen(products, is_living)
    return Mix(
        channels=channels,
        note=note,
        n_samples=n_samples,
        correlations=_correlations(centred * np.outer(is_living, is_living)),
        living=tuple(np.flatnonzero(is_living if is_living.any() else ~is_living).tolist()),
    )


def _chosen(products: np.ndarray, is_alive: np.ndarray) -> tuple[tuple[int, ...] | None, str]:
    """Return the channels to average, ``None`` for all, and a note."""
    n_channels = len(products)
    alive = np.flatnonzero(is_alive) if is_alive.any() else np.arange(n_channels)
    n_alive, n_dead = len(alive), n_channels - len(alive)
    dead = f"; the other {n_dead} are dead" if n_dead else ""
    powers = np.diag(products)[alive]
    # Unrelated channels leave a mean of power sum(powers) / n_alive**2.
    cancelled = products[np.ix_(alive, alive)].sum() < CANCELLED_POWER_RATIO * powers.sum()
    if cancelled and n_alive > 1:
        strongest = int(alive[np.argmax(powers)])
        return (strongest,), f"{n_alive} channels cancel each other: channel {strongest + 1} taken{dead}"
    if n_alive == 1:
        return (int(alive[0]),), f"channel {alive[0] + 1} of {n_channels} taken{dead}"
    if n_dead:
        return tuple(alive.tolist()), f"mixed down from {n_alive} of {n_channels} channels{dead}"
    return None, f"mixed down from {n_channels} channels"


def _correlations(centred: np.ndarray) -> tuple[float, float]:
    """Return the lowest and highest correlation of two channels; a silent channel has 0 with any other."""
    sizes = np.sqrt(np.maximum(np.diag(centred), 0.0))
    scale = np.outer(sizes, sizes)
    matrix = np.divide(centred, scale, out=np.zeros_like(centred), where=scale > 0)
    pairs = np.clip(matrix[np.triu_indices(len(centred), 1)], -1.0, 1.0)
    return float(pairs.min()), float(pairs.max())
