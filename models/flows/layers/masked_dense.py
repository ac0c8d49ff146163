"""How is a dense layer with a mask computed without multiplying the half that is zero?

Inputs and units stand in the order of their degrees, so a mask is a staircase. The weights are kept in
panels of neighbouring units, and each panel holds only the rows that its last unit may see: with n
equal panels, (n + 1) / (2 n) of the dense products remain. Inside a panel the staircase is cut out with
the mask at every call, so no optimiser can undo it.
Conventions: degrees ascend; inputs [..., I]; outputs [..., P, U] for P parameters a unit.
"""

import numpy as np
import tensorflow as tf

from models.flows.layers.masks import dense_mask

__all__ = ["MaskedDense", "with_axes"]

PANEL_COLUMNS = 128
MAX_PANELS = 4


class MaskedDense(tf.Module):
    """A dense layer in which unit u sees the inputs of a degree up to its own.

    >>> layer = MaskedDense(np.array([1, 2, 3]), np.array([1, 2, 3, 4]), np.ones([1, 3, 4]), exclusive=True)
    >>> layer.kernel()[0].numpy().astype(int)
    array([[0, 1, 1, 1],
           [0, 0, 1, 1],
           [0, 0, 0, 1]])
    >>> for variable in layer.trainable_variables:  # what any optimiser step does
    ...     _ = variable.assign_sub(3.0 * tf.ones_like(variable))
    >>> layer.kernel()[0].numpy().astype(int)
    array([[ 0, -2, -2, -2],
           [ 0,  0, -2, -2],
           [ 0,  0,  0, -2]])

    Args:
        before: degrees of the inputs, ascending, [I].
        after: degrees of the units, ascending, [U].
        kernel: initial weights [P, I, U]; what the mask forbids becomes zero.
        exclusive: see ``models.flows.layers.masks.dense_mask``.
        n_panels: into which the units are cut; None takes one for each 128 columns, at most 4.
        dtype: float32 or float64.

    Attributes:
        product_dtype: in which dense products are taken, the dtype of the weights at first; read when a
            function is traced.

    Raises:
        ValueError: degrees that do not ascend, or a kernel of another shape.
    """

    def __init__(
        self,
        before: np.ndarray,
        after: np.ndarray,
        kernel: np.ndarray,
        *,
        exclusive: bool = False,
        n_panels: int | None = None,
        dtype: tf.DType = tf.float32,
        name: str = "masked_dense",
    ) -> None:
        super().__init__(name=name)
        if np.any(np.diff(before) < 0) or np.any(np.diff(after) < 0):
            raise ValueError("the degrees of a masked layer must ascend; permute its inputs and outputs")
        if kernel.shape[1:] != (len(before), len(after)):
            raise ValueError(f"kernel has shape {kernel.shape}, not [P, {len(before)}, {len(after)}]")
        self.n_parameters, self.n_inputs, self.n_units = kernel.shape
        self._exclusive = exclusive
        wanted = n_panels or min(max(self.n_parameters * self.n_units // PANEL_COLUMNS, 1), MAX_PANELS)
        edges = np.unique(np.linspace(0, self.n_units, min(wanted, self.n_units) + 1).astype(int))
        self._panels: list[tuple[int, int, int]] = []
        self._degrees: list[tuple[np.ndarray, np.ndarray]] = []
        self.weights: list[tf.Variable] = []
        for first, last in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            n_rows = int(np.searchsorted(before, after[last - 1], side="left" if exclusive else "right"))
            # A panel that sees nothing still has one row, masked to zero, so that all panels are alike.
            n_rows = max(n_rows, 1)
            self._panels.append((n_rows, first, last))
            self._degrees.append(
                (before[:n_rows, None], np.tile(after[first:last], self.n_parameters)[None, :])
            )
            mask = dense_mask(before[:n_rows], after[first:last], exclusive=exclusive)
            start = kernel[:, :n_rows, first:last] * mask
            flat = np.moveaxis(start, 0, 1).reshape(n_rows, -1)
            self.weights.append(tf.Variable(flat, dtype=dtype, name=f"weight_{len(self.weights)}"))
        self.product_dtype: tf.DType = dtype
        self.bias = tf.Variable(np.zeros((self.n_parameters, self.n_units)), dtype=dtype, name="bias")

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        """Return the layer's outputs [..., P, U] for ``x`` [..., I]."""
        inputs = tf.cast(x, self.product_dtype)
        outputs = []
        for panel, (n_rows, first, last) in enumerate(self._panels):
            factor = tf.cast(self._masked(panel), self.product_dtype)
            product = tf.linalg.matmul(inputs[..., :n_rows], factor)
            outputs.append(with_axes(product, self.n_parameters, last - first))
        stacked = outputs[0] if len(outputs) == 1 else tf.concat(outputs, axis=-1)
        return tf.cast(stacked, self.bias.dtype) + self.bias

    def kernel(self) -> tf.Tensor:
        """Return all weights as one array, zeros where the mask has zeros: [P, I, U]."""
        columns = []
        for panel, (n_rows, first, last) in enumerate(self._panels):
            rows = tf.reshape(self._masked(panel), [n_rows, self.n_parameters, last - first])
            padding = [[0, 0], [0, self.n_inputs - n_rows], [0, 0]]
            columns.append(tf.pad(tf.transpose(rows, [1, 0, 2]), padding))
        return tf.concat(columns, axis=2)

    def _masked(self, panel: int) -> tf.Tensor:
        weight = self.weights[panel]
        # Compared inside the graph: as constants the masks of 25,186 inputs would take gigabytes.
        before, after = (tf.constant(degrees) for degrees in self._degrees[panel])
        is_seen = before < after if self._exclusive else before <= after
        return tf.where(is_seen, weight, tf.zeros([], weight.dtype))


def with_axes(values: tf.Tensor, *sizes: int) -> tf.Tensor:
    """Return ``values`` [..., N] with its last axis cut into axes of the given sizes."""
    leading = values.shape[:-1]
    if leading.is_fully_defined():
        return tf.reshape(values, [*leading, *sizes])
    return tf.reshape(values, tf.concat([tf.shape(values)[:-1], sizes], axis=0))
