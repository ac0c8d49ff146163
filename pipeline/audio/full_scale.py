"""Which amplitude counts as full scale, where the format of a file does not say?

Floors of levels lie a fixed distance below full scale. Of 16 bits or fewer that is the format's own: 1.0. A
file of floats, or of more bits, can hold the same sound at any gain. Where its samples are whole multiples of
one step, as those of 16 bits after a gain, full scale is 32,768 steps: such a clip is then treated as before
the gain. Where they are not, it is unknown.
"""

import numpy as np

__all__ = ["full_scale_of"]

N_STEPS = 32_768
# Up to the peak; fewer do not tell a converter's step from those of a simple waveform.
LEAST_STEPS = 64
MULTIPLES = 8  # the smallest sample of a faint clip is at most so many steps
ROUNDING = 2.0**-21  # of a float32 after a gain, with a margin of 8
MOST_VALUES = 1 << 20  # that are looked at: a minute at 16 kHz


def full_scale_of(values: np.ndarray) -> float:
    """Return the amplitude that counts as full scale: 1.0 for silence, 0.0 where it is unknown.

    Args:
        values: samples of all channels, float32, of any shape.
    """
    values = values.ravel()[:MOST_VALUES]
    sizes = np.abs(values[values != 0]).astype(np.float64)
    if not len(sizes):
        return 1.0
    smallest, peak = float(sizes.min()), float(sizes.max())
    for multiple in range(1, MULTIPLES + 1):
        step = smallest / multiple
        if peak / step > N_STEPS * (1 + ROUNDING):
            break
        counts = np.round(sizes / step)
        if peak / step >= LEAST_STEPS and (np.abs(sizes / step - counts) <= ROUNDING * counts).all():
            # The mean over all samples is more exact than the smallest alone.
            return N_STEPS * float(sizes @ counts / (counts @ counts))
    return 0.0
