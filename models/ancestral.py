"""How is a sample drawn from an autoregressive layer at the cost of one pass through its network?

The plain way evaluates the whole network once for each of the D features. But a hidden unit of degree
d is final as soon as the first d features are: so the features are drawn in stages, one for each degree
that hidden units have; a stage adds the new features to the sums of the first hidden layer, the units
that have become final to the sums of the next, and so on to the outputs. Every weight is used once.
A stage draws all features whose outputs are final together: with fewer hidden degrees than features,
there are fewer stages than features.
Conventions: everything stands in the order of the degrees; noise z [B, D].
"""

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from models.elements import Elements
from models.made import MADE

__all__ = ["draw"]

# Up to so many rank-one updates beat a matrix product, which is started anew at each stage.
MAX_UPDATES = 8


def draw(
    network: MADE, elements: Elements, z: tf.Tensor, conditional_input: tf.Tensor | None = None
) -> tf.Tensor:
    """Return x [..., D] with x_i = map of z_i whose parameters the network gives for x_1 ... x_i-1.

    Args:
        network: of the layer.
        elements: what its parameters mean.
        z: noise [..., D], in the order of the features.
        conditional_input: context [..., C], where the network was made for one.
    """
    shape = tf.shape(z)
    noise = network.to_order(tf.reshape(z, [-1, network.event_size]))
    if conditional_input is not None:
        size = conditional_input.shape[-1]
        wide = tf.broadcast_to(conditional_input, tf.concat([shape[:-1], [size]], axis=0))
        conditional_input = tf.reshape(wide, [-1, size])
    drawn = _draw_rows(network, elements, noise, conditional_input)
    return tf.reshape(network.to_given(drawn), shape)


@dataclass(frozen=True)
class _Stages:
    """Where each stage starts, and how many columns it has at most, in one list of columns."""

    first: np.ndarray
    count: np.ndarray

    @property
    def width(self) -> int:
        return int(self.count.max())

    @property
    def n(self) -> int:
        return len(self.first)


def _stages(columns: np.ndarray, edges: np.ndarray) -> _Stages:
    """Cut ascending degrees into stages: stage s holds degrees in (edges[s], edges[s + 1]]."""
    bounds = np.searchsorted(columns, edges, side="right")
    return _Stages(first=bounds[:-1].astype(np.int32), count=np.diff(bounds).astype(np.int32))


def _draw_rows(
    network: MADE, elements: Elements, noise: tf.Tensor, conditional_input: tf.Tensor | None
) -> tf.Tensor:
    size, n_parameters, dtype = network.event_size, network.n_parameters, noise.dtype
    hidden = network.degrees[1:]
    edges = np.unique(np.concatenate([[0], *hidden, [size]]).clip(0, size))
    features = _stages(network.degrees[0], edges)
    units = [_stages(degrees, edges) for degrees in hidden]
    # Every window of columns must fit wherever it starts: weights and sums get a margin of zeros.
    margins = [features.width, *(stage.width for stage in units)]
    kernels = [layer.kernel()[0] for layer in network.hidden]
    kernels.append(_interleaved(network.output.kernel(), axis=2))
    kernels[-1] = tf.reshape(kernels[-1], [len(hidden[-1]), size * n_parameters])
    widths = [margins[1 + i] for i in range(len(hidden))] + [margins[0] * n_parameters]
    kernels = [
        tf.pad(kernel, [[0, margin], [0, width]])
        for kernel, margin, width in zip(kernels, margins, widths, strict=True)
    ]
    from_context, outputs = network.context_terms(conditional_input)
    n_rows = tf.shape(noise)[0]
    sums = []
    for number, layer in enumerate(network.hidden):
        start = layer.bias[0] + (from_context if number == 0 else 0.0)
        sums.append(_rows(start, n_rows, len(hidden[number]), margins[1 + number]))
    start = _interleaved(network.output.bias + outputs, axis=-1)
    start = tf.reshape(start, tf.concat([tf.shape(start)[:-2], [size * n_parameters]], axis=0))
    sums.append(_rows(start, n_rows, size * n_parameters, margins[0] * n_parameters))
    padded = tf.pad(noise, [[0, 0], [0, margins[0]]])
    first = [tf.constant(stage.first) for stage in (features, *units)]
    count = [tf.constant(stage.count) for stage in (features, *units)]

    def step(s: tf.Tensor, sums: list[tf.Tensor], drawn: tf.TensorArray) -> tuple:
        sums = list(sums)
        window = _window(sums[-1], first[0][s] * n_parameters, margins[0] * n_parameters)
        parameters = tf.reshape(window, [-1, margins[0], n_parameters])
        bijector = elements.bijector(tf.linalg.matrix_transpose(parameters))
        new = bijector.forward(_window(padded, first[0][s], margins[0]))
        drawn = drawn.write(s, new)
        for level, kernel in enumerate(kernels):
            # Columns of the window that belong to a later stage are not final: they count as zero.
            new = tf.where(tf.range(margins[level]) < count[level][s], new, tf.zeros([], dtype))
            sums[level] = _updated(sums[level], new, _rows_of(kernel, first[level][s], margins[level]))
            if level < len(hidden):
                new = network.activation(_window(sums[level], first[level + 1][s], margins[level + 1]))
        return s + 1, sums, drawn

    drawn = tf.TensorArray(dtype, size=features.n, element_shape=[None, margins[0]])
    _, _, drawn = tf.while_loop(
        lambda s, *_: s < features.n,
        step,
        (tf.constant(0), sums, drawn),
        maximum_iterations=features.n,
        parallel_iterations=1,
    )
    stage_of = np.repeat(np.arange(features.n), features.count)
    place = stage_of * margins[0] + np.arange(size) - features.first[stage_of]
    flat = tf.reshape(tf.transpose(drawn.stack(), [1, 0, 2]), [n_rows, features.n * margins[0]])
    return tf.gather(flat, place, axis=1)


def _interleaved(values: tf.Tensor, axis: int) -> tf.Tensor:
    """Bring [P, ..., U] or [..., P, U] to [..., U, P]: the parameters of one feature stand together."""
    return tf.transpose(values, [1, 2, 0]) if axis == 2 else tf.linalg.matrix_transpose(values)


def _rows(start: tf.Tensor, n_rows: tf.Tensor, width: int, margin: int) -> tf.Tensor:
    rows = tf.broadcast_to(start, [n_rows, width])
    return tf.pad(rows, [[0, 0], [0, margin]])


def _window(values: tf.Tensor, first: tf.Tensor, width: int) -> tf.Tensor:
    window = tf.slice(values, [0, first], [tf.shape(values)[0], width])
    return tf.ensure_shape(window, [None, width])


def _rows_of(kernel: tf.Tensor, first: tf.Tensor, height: int) -> tf.Tensor:
    return tf.slice(kernel, [first, 0], [height, kernel.shape[1]])


def _updated(total: tf.Tensor, new: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    if kernel.shape[0] > MAX_UPDATES:
        return total + tf.linalg.matmul(new, kernel)
    for row in range(kernel.shape[0]):
        total += new[:, row : row + 1] * kernel[row]
    return total
