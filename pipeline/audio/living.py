"""Which channels of a recording hold sound, and which are dead?

A channel is dead beside living ones where it holds one value from end to end, or where it is far weaker than
the strongest one and follows none of the living: an input with nothing connected, which hears its own noise.
A weak channel that follows another one is a distant microphone, and lives. Where none sounds, none is dead.
"""

import numpy as np

__all__ = ["living_channels"]

# Two microphones of one real motor differ by up to 28 dB.
DEAD_DECIBEL = -40.0
# Noise of unconnected inputs of 16 bits is one or two steps, however faint the living channels are.
STEP_POWER = (2.0 / 32_768) ** 2
DEAD_AT_A_STEP_DECIBEL = -20.0
# Unrelated channels of 600 samples correlate by 0.04 on average.
FOLLOWS_CORRELATION = 0.3


def living_channels(centred: np.ndarray, is_alive: np.ndarray, n_samples: int) -> np.ndarray:
    """Return which channels are not dead: bool [n_channels].

    Args:
        centred: sums of products of two channels less their means, full scale 1: [n_channels, n_channels].
        is_alive: which hold more than one value [n_channels].
        n_samples: of each channel.
    """
    if not is_alive.any():
        return is_alive
    powers = np.where(is_alive, np.maximum(np.diag(centred), 0.0), 0.0)
    strongest = powers.max()
    is_weak = powers < 10 ** (DEAD_DECIBEL / 10) * strongest
    is_step = powers < min(n_samples * STEP_POWER, 10 ** (DEAD_AT_A_STEP_DECIBEL / 10) * strongest)
    suspected = is_alive & (is_weak | is_step)
    living = is_alive & ~suspected
    scale = np.sqrt(np.outer(powers, powers))
    correlation = np.abs(np.divide(centred, scale, out=np.zeros_like(scale), where=scale > 0))
    follows = (correlation[:, living] > FOLLOWS_CORRELATION).any(axis=1)
    return np.asarray(living | (suspected & follows))
