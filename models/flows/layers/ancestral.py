"""How is a sample drawn from an autoregressive layer at the cost of one pass through its network?

The plain way evaluates the whole network once for each of the D features. But a hidden unit of degree
d is final as soon as the first d features are. So the features are drawn in stages, one for each degree
that hidden units have: a stage makes the features final whose parameters are, adds them to the sums of
the first hidden layer, then the units that have become final to the sums of the next, and so on to the
parameters. With fewer hidden degrees than features, one stage draws several features.
Stages are gathered in blocks: within a block only its own columns are kept up to date, and what the
block adds to later columns is one matrix product a layer, once. Every weight is used once there.
Conventions: everything stands in the order of the degrees; noise z [B, D]; level 0 are the features,
level l the units of hidden layer l; sums of the last level are the parameters of the features.
"""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from models.flows.elements import Elements
from models.flows.layers.made import MADE

__all__ = ["draw"]

STAGES_A_BLOCK = 6


def draw(
    network: MADE,
    elements: Elements,
    z: tf.Tensor,
    conditional_input: tf.Tensor | None = None,
    grid: tf.Tensor | None = None,
) -> tf.Tensor:
    """Return x [..., D] with x_i = map of z_i whose parameters the network gives for x_1 ... x_i-1.

    Args:
        network: of the layer.
        elements: what its parameters mean.
        z: noise [..., D], in the order of the features.
        conditional_input: context [..., C], where the network was made for one.
        grid: first value, step and number of steps of each feature [3, D]: a feature goes to the nearest of
            its values before later ones are drawn; fewer than 0 steps leave it where it is.
    """
    shape = tf.shape(z)
    noise = network.to_order(tf.reshape(z, [-1, network.event_size]))
    if conditional_input is not None:
        size = conditional_input.shape[-1]
        wide = tf.broadcast_to(conditional_input, tf.concat([shape[:-1], [size]], axis=0))
        conditional_input = tf.reshape(wide, [-1, size])
    grid = None if grid is None else network.to_order(grid)
    drawn = _draw_rows(network, elements, noise, conditional_input, grid)
    return tf.reshape(network.to_given(drawn), shape)


@dataclass(frozen=True)
class _Columns:
    """The columns of one level: the stage that makes each final, and the window of each block."""

    stage: np.ndarray
    first: np.ndarray
    count: np.ndarray

    @property
    def width(self) -> int:
        """Columns of the widest block: every window has this width."""
        return int(self.count.max())

    @property
    def padded_stage(self) -> np.ndarray:
        """``stage`` with a margin that no stage makes final, so that every window fits."""
        return np.concatenate([self.stage, np.full(self.width, -1)]).astype(np.int32)


def _columns(degrees: np.ndarray, edges: np.ndarray) -> _Columns:
    """Cut ascending degrees into stages, where stage s holds degrees in (edges[s], edges[s + 1]]."""
    stage = np.searchsorted(edges, degrees, side="left") - 1
    n_blocks = -(-(len(edges) - 1) // STAGES_A_BLOCK)
    bounds = np.searchsorted(stage, STAGES_A_BLOCK * np.arange(n_blocks + 1))
    return _Columns(stage=stage, first=bounds[:-1].astype(np.int32), count=np.diff(bounds).astype(np.int32))


def _draw_rows(
    network: MADE,
    elements: Elements,
    noise: tf.Tensor,
    conditional_input: tf.Tensor | None,
    grid: tf.Tensor | None,
) -> tf.Tensor:
    dtype = noise.dtype
    edges = np.unique(np.concatenate([[0], *network.degrees[1:], [network.event_size]]))
    edges = edges[edges <= network.event_size]
    levels = [_columns(degrees, edges) for degrees in network.degrees]
    n_blocks, n_levels = len(levels[0].first), len(levels)
    # kernels[l] leads from level l to level l + 1, and from the last level to the parameters: [I, P, U].
    targets = [*levels[1:], levels[0]]
    kernels = [
        tf.pad(tf.transpose(layer.kernel(), [1, 0, 2]), [[0, source.width], [0, 0], [0, target.width]])
        for layer, source, target in zip([*network.hidden, network.output], levels, targets, strict=True)
    ]
    sums = _first_sums(network, tf.shape(noise)[0], targets, conditional_input)
    noise = tf.pad(noise, [[0, 0], [0, levels[0].width]])
    if grid is not None:
        grid = tf.pad(grid, [[0, 0], [0, levels[0].width]], constant_values=1)
    stages = [tf.constant(level.padded_stage) for level in levels]
    firsts = [tf.constant(level.first) for level in levels]

    def block(b: tf.Tensor, sums: list[tf.Tensor], drawn: tf.TensorArray) -> tuple:
        starts = [first[b] for first in firsts]
        widths = [level.width for level in levels]
        ends = [*starts[1:], starts[0]]
        rows = [
            tf.slice(k, [start, 0, 0], [width, k.shape[1], k.shape[2]])
            for k, start, width in zip(kernels, starts, widths, strict=True)
        ]
        local, square = (
            [
                tf.slice(a, [0, 0, end], [tf.shape(a)[0], a.shape[1], target.width])
                for a, end, target in zip(arrays, ends, targets, strict=True)
            ]
            for arrays in (sums, rows)
        )
        turn = [tf.slice(s, [start], [width]) for s, start, width in zip(stages, starts, widths, strict=True)]
        z = tf.slice(noise, [0, starts[0]], [tf.shape(noise)[0], widths[0]])
        values_of = None if grid is None else tf.slice(grid, [0, starts[0]], [3, widths[0]])

        def stage(s: tf.Tensor, local: list[tf.Tensor], values: list[tf.Tensor]) -> tuple:
            local, values = list(local), list(values)
            for level in range(n_levels):
                if level:
                    fresh = network.activation(local[level - 1][:, 0])
                else:
                    fresh = _nearest(elements.to_data(local[-1], z), values_of)
                # Only this stage's columns are final; the rest may hold anything, infinities too.
                fresh = tf.where(turn[level] == s, fresh, tf.zeros([], dtype))
                values[level] += fresh
                local[level] += _product(fresh, square[level])
            return s + 1, local, values

        values = [tf.zeros([tf.shape(noise)[0], width], dtype) for width in widths]
        _, _, values = tf.while_loop(
            lambda s, *_: s < (b + 1) * STAGES_A_BLOCK,
            stage,
            (b * STAGES_A_BLOCK, local, values),
            maximum_iterations=STAGES_A_BLOCK,
            parallel_iterations=1,
        )
        sums = [s + _product(v, r) for s, v, r in zip(sums, values, rows, strict=True)]
        return b + 1, sums, drawn.write(b, values[0])

    drawn = tf.TensorArray(dtype, size=n_blocks, element_shape=[None, levels[0].width])
    _, _, drawn = tf.while_loop(
        lambda b, *_: b < n_blocks,
        block,
        (tf.constant(0), sums, drawn),
        maximum_iterations=n_blocks,
        parallel_iterations=1,
    )
    return tf.concat([drawn.read(b)[:, :n] for b, n in enumerate(levels[0].count)], axis=1)


def _first_sums(
    network: MADE, n_rows: tf.Tensor, targets: list[_Columns], conditional_input: tf.Tensor | None
) -> list[tf.Tensor]:
    """Return what the sums of each level are before any feature is known: [B, 1 or P, columns]."""
    from_context, outputs = network.context_terms(conditional_input)
    starts = [tf.convert_to_tensor(layer.bias) for layer in network.hidden]
    # Added while both are matrices: TensorFlow fuses a product with a bias of rank 3 and loses the rank.
    starts[0] = (starts[0] + from_context)[:, None]
    starts.append(network.output.bias + outputs)
    sums = []
    for start, target in zip(starts, targets, strict=True):
        wide = tf.broadcast_to(start, [n_rows, *start.shape[-2:]])
        sums.append(tf.pad(wide, [[0, 0], [0, 0], [0, target.width]]))
    return sums


def _nearest(x: tf.Tensor, grid: tf.Tensor | None) -> tf.Tensor:
    """Return ``x`` [B, columns] at the nearest values of a grid; see ``draw``."""
    if grid is None:
        return x
    first, step, last = tf.unstack(grid)
    number = tf.clip_by_value(tf.round((x - first) / step), 0.0, tf.maximum(last, 0.0))
    return tf.where(last >= 0.0, first + step * number, x)


def _product(values: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """Return [B, P, U] of values [B, I] and a kernel [I, P, U]."""
    flat = tf.linalg.matmul(values, tf.reshape(kernel, [kernel.shape[0], -1]))
    return tf.reshape(flat, [-1, *kernel.shape[1:]])
