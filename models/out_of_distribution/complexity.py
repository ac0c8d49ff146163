"""Is a row likelier than its own simplicity explains?

Rows that compress well are likely under nearly every density. A lossless compressor is a density too, one
that was fitted to nothing: the bits that it takes are set against those of the flow, as in a likelihood
ratio. Features are rounded to a grid first, and the flow's density counts for a cell of it, so that both are
lengths of the same message.

Conventions: nats; higher is stranger. Rows are signals or images of one scale, in their order: a compressor
finds little in features that have nothing to do with one another.
Source: Serra et al. 2020, "Input complexity and out-of-distribution detection with likelihood-based
generative models", section 3, the definition of the score S(x) = - log2 p(x) - L(x).
"""

import math
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

from models.out_of_distribution.density import Density, checked_rows, log_likelihood

__all__ = ["InputComplexity", "deflated_bits"]

LEVELS_OF_A_BYTE = 256


def deflated_bits(levels: np.ndarray) -> int:
    """Return the bits that DEFLATE takes for a row of bytes [D], or for its differences if those are fewer.

    Differences of neighbours are what PNG calls the filter "sub": a ramp becomes a constant.
    """
    differences = np.diff(levels, prepend=levels[:1] * 0)
    return min(8 * _deflated(levels.tobytes()), 8 * _deflated(differences.tobytes()))


class InputComplexity:
    """Minus the log-likelihood of a row on a grid, less what a lossless compressor takes for it.

    Args:
        density: of the training rows.
        reference: training rows [M, D]; the grid goes from their least to their greatest number.
        n_levels: of the grid, 2 to 256; 256 for images of 8 bits.
        bits: of a row of bytes [D] under the compressor.

    Raises:
        ValueError: ``n_levels`` is out of range, or the reference rows do not vary.
    """

    def __init__(
        self,
        density: Density,
        reference: Any,
        *,
        n_levels: int = LEVELS_OF_A_BYTE,
        bits: Callable[[np.ndarray], int] = deflated_bits,
    ) -> None:
        rows = checked_rows(reference, 1, "reference rows")
        if not 2 <= n_levels <= LEVELS_OF_A_BYTE:
            raise ValueError(f"n_levels={n_levels} must lie between 2 and {LEVELS_OF_A_BYTE}")
        self.density = density
        self.n_levels = n_levels
        self.low = float(rows.min())
        self.step = (float(rows.max()) - self.low) / (n_levels - 1)
        self._bits = bits
        if not 0.0 < self.step < math.inf:
            raise ValueError(
                f"reference rows go from {self.low} to {float(rows.max())}; a grid needs a range"
            )

    def complexity(self, x: Any) -> np.ndarray:
        """Return what the compressor takes for each row ``x`` [N, D], nats [N]."""
        rows = np.nan_to_num(checked_rows(x).astype(np.float64))
        levels = np.clip(np.rint((rows - self.low) / self.step), 0, self.n_levels - 1).astype(np.uint8)
        return np.array([self._bits(row) for row in levels], np.float64) * math.log(2.0)

    def score(self, x: Any) -> np.ndarray:
        """Return - log (p(x) step^D) - complexity(x) of rows [N, D], nats [N]."""
        rows = checked_rows(x)
        cell = rows.shape[1] * math.log(self.step)
        return -(log_likelihood(self.density, rows) + cell) - self.complexity(rows)


def _deflated(message: bytes) -> int:
    """Return the bytes of a message, without the header and the checksum of a file."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return len(compressor.compress(message) + compressor.flush())
