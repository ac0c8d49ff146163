"""How fast could one training step be on this machine, if nothing but the arithmetic took time?

The floor of a step is the multiply-adds that the masks leave, over the fastest rate at which this machine
multiplies matrices of the step's size, plus Adam's memory traffic over the bandwidth.

- Multiply-adds: each weight that its mask keeps is used once forward, once for the gradient of the inputs
  and once for the gradient of the weights; two operations each, for each row of the batch.
- Traffic: Adam reads weight, gradient and both moments, and writes weight and moments: 28 bytes for each
  float32 weight or bias that is left. Gradients and activations are taken to stay in the cache.
- Bandwidth: copying between arrays that fit in no cache, one thread a core, bytes read plus bytes written.
  Where Adam's state fits in the last cache a step may move it faster; a copy of that size tells by how much.
"""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from models.flows.layers.masks import layer_masks

__all__ = ["bandwidth", "floor_seconds", "matrix_rate", "n_remaining_weights"]

BYTES_OF_ADAM = 28
CHAIN_LENGTH = 20
COPIED_MEGABYTES = 512


def n_remaining_weights(n_features: int, n_layers: int, hidden_units: Sequence[int]) -> int:
    """Return how many weights of a masked autoregressive flow its masks keep, biases left out.

    >>> n_remaining_weights(3, 1, [4])  # masks of 7 and 5 ones, the second for shift and log-scale
    17

    Args:
        n_features: D.
        n_layers: autoregressive layers.
        hidden_units: units of each layer's hidden layers.
    """
    *hidden, output = [int(mask.sum()) for mask in layer_masks(n_features, hidden_units)]
    return n_layers * (sum(hidden) + 2 * output)


def floor_seconds(
    n_features: int,
    n_layers: int,
    hidden_units: Sequence[int],
    batch_size: int,
    *,
    flops_per_second: float,
    bytes_per_second: float,
) -> float:
    """Return the seconds below which no training step can be, by the arithmetic above."""
    n_weights = n_remaining_weights(n_features, n_layers, hidden_units)
    n_biases = n_layers * (sum(hidden_units) + 2 * n_features)
    operations = 2 * 3 * n_weights * batch_size
    return operations / flops_per_second + BYTES_OF_ADAM * (n_weights + n_biases) / bytes_per_second


def matrix_rate(batch_size: int = 100, width: int = 512, n_times: int = 20) -> float:
    """Return the fastest rate of float32 products here, in multiplications plus additions a second.

    Each product takes the one before it, as in a network, so that none can be left out or reordered; the
    best of ``n_times`` chains counts, with XLA or without, whichever is faster.
    """
    import tensorflow as tf

    generator = np.random.default_rng(0)
    # Scaled so that the values neither grow nor fade along the chain.
    weights = [
        tf.constant(generator.standard_normal((width, width)) / np.sqrt(width), tf.float32)
        for _ in range(CHAIN_LENGTH)
    ]
    x = tf.constant(generator.standard_normal((batch_size, width)), tf.float32)

    def chain(x: tf.Tensor) -> tf.Tensor:
        for weight in weights:
            x = tf.linalg.matmul(x, weight)
        return x

    operations = 2 * batch_size * width * width * CHAIN_LENGTH
    seconds = []
    for compiled in (tf.function(chain, jit_compile=True), tf.function(chain)):
        compiled(x).numpy()
        seconds += [_seconds(lambda compiled=compiled: compiled(x).numpy()) for _ in range(n_times)]  # type: ignore[misc]
    return operations / min(seconds)


def bandwidth(megabytes: float = COPIED_MEGABYTES, n_times: int = 5) -> float:
    """Return bytes read plus written a second when ``megabytes`` are copied by all cores; the best counts."""
    n_threads = os.cpu_count() or 1
    source = np.ones((n_threads, max(int(megabytes * 1e6 / 4 / n_threads), 1)), np.float32)
    target = np.zeros_like(source)
    with ThreadPoolExecutor(n_threads) as pool:

        def copy() -> None:
            list(pool.map(np.copyto, target, source))

        seconds = min(_seconds(copy) for _ in range(n_times))
    return 2 * source.nbytes / seconds


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
