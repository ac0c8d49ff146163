"""A script that fits a flow, shared among processes where ``TF_CONFIG`` says so; for the test beside it.

    python -m tests.models.flows.fitting.shared_fit FOLDER [EPOCH]

Writes ``history.json`` and ``starts``. The second process ends itself after EPOCH, the first time.
"""

import json
import os
import signal
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf

from models.flows import Flow, FlowArchitecture
from models.flows.fitting import progress
from models.flows.fitting.training import Epoch

SIZE = 4


def main() -> None:
    """Fit; see the module."""
    folder, last = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    shared = os.environ.get("TF_CONFIG", "")
    strategy = tf.distribute.MultiWorkerMirroredStrategy() if shared else None
    is_second = bool(shared) and json.loads(shared)["task"]["index"] == 1
    progress.LEAST_SECONDS, progress.WRITING_SHARE = 0.0, 1e9  # kept after each call

    if not is_second:
        with (folder / "starts").open("a") as file:
            file.write(f"{'anew' if not (folder / 'fit.npz').exists() else 'from the checkpoint'}\n")

    def end_once(epoch: Epoch) -> None:
        if is_second and epoch.number == last and not (folder / "ended").exists():
            (folder / "ended").touch()
            os.kill(os.getpid(), signal.SIGKILL)

    generator = np.random.default_rng(0)
    x = generator.standard_normal((600, SIZE)) @ generator.standard_normal((SIZE, SIZE))
    flow = Flow(SIZE, FlowArchitecture(n_layers=2, hidden_units=(16,)), seed=0)
    history = flow.fit(
        x.astype(np.float32),
        max_epochs=6,
        patience=0,
        batch_size=60,
        clip_norm=1.0,
        strategy=strategy,
        callbacks=[end_once],
        checkpoint=folder / "fit.npz",
    )
    if not is_second:
        values = [[epoch.batch, epoch.validation] for epoch in history]
        (folder / "history.json").write_text(json.dumps(values), "utf-8")


if __name__ == "__main__":
    main()
