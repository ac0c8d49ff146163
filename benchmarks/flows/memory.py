"""Where does the memory of a fit go, and what would layers that share one compiled body save?

A process imports, builds a flow of ten layers, traces its training step, compiles it, takes 20 steps, scores
and draws, and says after each what it holds and the most that it has held. With ``--shared-layers`` the
training step is another one: the weights of all layers stand in one variable each, [layers, ...], and one
loop goes through them, so that one layer is compiled in place of ten, and one update of Adam for each kind of
weight in place of ten. That is a measurement: no flow is built so.

    python -m benchmarks.flows.memory [--shared-layers] [--layers N]

XLA's own switches are read from ``XLA_FLAGS``.
"""

import argparse
import ctypes
import gc
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["main", "shared_layers"]

N_FEATURES, BATCH = 257, 100


def main(arguments: list[str] | None = None) -> int:
    """Print a line a step: what is held, the most so far, and the processor time so far."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--layers", type=int, default=10, help="autoregressive layers (default 10)")
    parser.add_argument("--shared-layers", action="store_true", help="one compiled body for all layers")
    options = parser.parse_args(arguments)
    from pipeline.processes import import_tensorflow

    import_tensorflow()
    import tensorflow as tf

    from models.flows import Flow, FlowArchitecture, evaluate
    from models.flows.fitting.steps import OptimiserSteps

    _say("TensorFlow imported")
    rows = np.random.default_rng(0).standard_normal((1_000, N_FEATURES)).astype(np.float32)
    flow = Flow(N_FEATURES, FlowArchitecture(n_layers=options.layers, hidden_units=(512, 512)))
    flow.prepare(rows)
    _say("flow built")
    objective: Callable[..., Any] = flow.training_log_prob
    variables = list(flow.trainable_variables)
    if options.shared_layers:
        objective, variables = shared_layers(flow)
    steps = OptimiserSteps(
        objective,
        variables,
        learning_rate=1e-3,
        clip_norm=0.0,
        row_shape=(N_FEATURES,),
        batch_size=BATCH,
    )
    batches = tf.constant(np.resize(rows, (steps.n_steps, BATCH, N_FEATURES)))
    steps.compiled.get_concrete_function(batches, tf.constant(1))
    _say("step traced")
    steps.compiled(batches, tf.constant(1))
    _say("step compiled")
    began = time.process_time()
    steps.compiled(batches, tf.constant(steps.n_steps)).numpy()
    _say(f"{steps.n_steps} steps, {(time.process_time() - began) / steps.n_steps * 1e3:.0f} ms each")
    if not options.shared_layers:
        evaluate(flow.compiled_log_prob, rows)
        _say("scoring compiled")
        flow.sample(100, seed=0)
        _say("drawing compiled")
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
    _say("what is free given back")
    return 0


def shared_layers(flow: Any) -> tuple[Callable[[Any], Any], list[Any]]:
    """Return the log-density as a loop over layers alike, and the variables that it is a function of.

    Args:
        flow: a MAF whose order is reversed between layers, without normalisation or condition.
    """
    import tensorflow as tf

    from models.flows.layers import Autoregressive, Permutation
    from models.flows.layers.layer import variables_replaced

    layers = [layer for layer in flow.layers if isinstance(layer, Autoregressive)]
    between = next(layer for layer in flow.layers if isinstance(layer, Permutation))
    first = layers[0]
    kinds = zip(*(layer.variables for layer in layers), strict=True)
    variables = [tf.Variable(tf.stack([tf.identity(one) for one in kind])) for kind in kinds]

    def inverse(values: Sequence[Any], x: Any) -> tuple[Any, Any]:
        """Map ``x`` by the first layer with other weights; returns it, and the log-determinant [B]."""
        with variables_replaced(first, values):
            return first.to_noise(x)

    def log_prob(x: Any) -> Any:
        stacked = [tf.convert_to_tensor(variable) for variable in variables]

        def body(number: Any, x: Any, log_det: Any) -> tuple[Any, Any, Any]:
            z, added = inverse([one[number] for one in stacked], x)
            return number + 1, between.to_noise(z)[0], log_det + added

        log_det = -tf.reduce_sum(tf.math.log(flow.scale)) * tf.ones(tf.shape(x)[:1], x.dtype)
        _, x, log_det = tf.while_loop(
            lambda number, x, log_det: number < len(layers),
            body,
            (tf.constant(0), (x - flow.mean) / flow.scale, log_det),
            maximum_iterations=len(layers),
            parallel_iterations=1,
        )
        # The loop permutes after the last layer too.
        return flow.distribution.distribution.log_prob(between.forward(x)) + log_det

    return log_prob, variables


def _say(what: str) -> None:
    status = Path("/proc/self/status").read_text()
    held, most = (
        int(next(line for line in status.splitlines() if line.startswith(name)).split()[1]) * 1024 / 1e6
        for name in ("VmRSS", "VmHWM")
    )
    print(f"{what:32}{held:8,.0f} MB held{most:8,.0f} MB at most{time.process_time():8.1f} s", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
