"""Below which level does a spectrum hold nothing of its clip?

Levels are floored: what lies below is the noise of a converter, or nothing. Where the full scale of a clip is
known, the floor lies a fixed distance below it. Where it is not, as in a file of floats, the floor lies above
the clip's own noise, the level of its quiet frames, within bounds below its loudest cell. Either way a gain
on the samples is a gain on the floor. Conventions: power 1 is a full-scale sine; levels are in decibel.
"""

import numpy as np

__all__ = ["to_decibel"]

QUIET_SHARE = 0.1  # of the frames that sound: as quiet as the noise between words
ABOVE_NOISE_DECIBEL = 6.0  # the noise swings by as much
FARTHEST_DECIBEL, NEAREST_DECIBEL = 75.0, 45.0  # of a floor below the loudest cell
USUAL_DECIBEL = 63.0  # of a spoken clip of 16 bits, as a median
LEAST_POWER = 1e-36  # float32 ends near it


def to_decibel(power: np.ndarray, floor: float, full_scale: float) -> np.ndarray:
    """Return 10 log10(power), with powers below the floor raised to it.

    Args:
        power: float32 [n_bands], or [n_frames, n_bands].
        floor: relative to the power of full scale.
        full_scale: amplitude; 0.0 where it is unknown.
    """
    lowest = floor * full_scale**2 if full_scale else _own_floor(power)
    levels: np.ndarray = np.log10(np.maximum(power, np.float32(max(lowest, LEAST_POWER))))
    levels *= np.float32(10)
    return levels


def _own_floor(power: np.ndarray) -> float:
    """Return the floor that follows from the clip alone; of silence, 0."""
    loudest = float(power.max())
    if power.ndim == 1:
        return loudest * 10 ** (-USUAL_DECIBEL / 10)
    frames = np.sort(power.mean(axis=1, dtype=np.float64))
    sounding = frames[frames > 0]
    if not len(sounding):
        return 0.0
    noise = float(sounding[int(QUIET_SHARE * len(sounding))]) * 10 ** (ABOVE_NOISE_DECIBEL / 10)
    return min(max(noise, loudest * 10 ** (-FARTHEST_DECIBEL / 10)), loudest * 10 ** (-NEAREST_DECIBEL / 10))
