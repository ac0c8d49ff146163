"""What do densities in the plane look like, beside the rows that they were fitted to?

One picture: a column a shape, above the rows, below the density of a spline flow that was fitted to 5,000 of
them, the brighter the likelier. Prints the mean log-density of fresh rows, in nats, beside that of one
Gaussian.

    python -m benchmarks.flows.gallery [--shapes NAME ...] [--epochs N] [--out docs/gallery.png]
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

__all__ = ["SHAPES", "main", "picture", "rows_of"]

SIDE = 160  # pixels of a panel
REACH = 4.0  # the panel shows [-REACH, REACH] on both axes
N_TRAIN, N_FRESH = 5_000, 2_000


def _moons(n: int, draw: np.random.Generator) -> np.ndarray:
    angle, lower = np.pi * draw.random(n), draw.random(n) < 0.5
    x = np.where(lower, 1 - np.cos(angle), np.cos(angle)) - 0.5
    y = np.where(lower, 0.5 - np.sin(angle), np.sin(angle)) - 0.25
    return 2 * np.stack([x, y], axis=1) + 0.15 * draw.standard_normal((n, 2))


def _rings(n: int, draw: np.random.Generator) -> np.ndarray:
    angle, radius = 2 * np.pi * draw.random(n), draw.integers(1, 4, n) + 0.1 * draw.standard_normal(n)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _checkerboard(n: int, draw: np.random.Generator) -> np.ndarray:
    column = draw.integers(0, 4, n)
    row = 2 * draw.integers(0, 2, n) + column % 2
    return np.stack([column, row], axis=1) * 1.5 - 3 + 1.5 * draw.random((n, 2))


def _spirals(n: int, draw: np.random.Generator) -> np.ndarray:
    angle = 3 * np.pi * np.sqrt(draw.random(n))
    arm = np.where(draw.random(n) < 0.5, 1.0, -1.0)
    turn = np.stack([-np.cos(angle), np.sin(angle)], axis=1)
    return arm[:, None] * turn * (angle / 3)[:, None] + 0.1 * draw.standard_normal((n, 2))


def _eight(n: int, draw: np.random.Generator) -> np.ndarray:
    angle = np.pi / 4 * draw.integers(0, 8, n)
    return 3 * np.stack([np.cos(angle), np.sin(angle)], axis=1) + 0.25 * draw.standard_normal((n, 2))


SHAPES: dict[str, Callable[[int, np.random.Generator], np.ndarray]] = {
    "moons": _moons,
    "rings": _rings,
    "checkerboard": _checkerboard,
    "spirals": _spirals,
    "eight Gaussians": _eight,
}


def rows_of(shape: str, n: int, seed: int) -> np.ndarray:
    """Return rows of a shape, float32 [n, 2]."""
    return SHAPES[shape](n, np.random.default_rng(seed)).astype(np.float32)


def picture(panels: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Return grey levels, uint8 [2 SIDE, SIDE a panel]: the rows above, the density below.

    Args:
        panels: rows [N, 2], and the log-density of the points of ``grid``, [SIDE * SIDE].
    """
    columns = []
    for rows, log_prob in panels:
        ends = [[-REACH, REACH], [-REACH, REACH]]
        counts = np.histogram2d(rows[:, 1], rows[:, 0], bins=SIDE, range=ends)[0][::-1]
        # Within a column two shades are as far apart as their densities are, but for a square root.
        density = np.sqrt(np.exp(log_prob - log_prob.max())).reshape(SIDE, SIDE)
        columns.append(np.concatenate([np.minimum(counts / 2, 1.0), density]))
    return (255 * np.concatenate(columns, axis=1)).astype(np.uint8)


def grid() -> np.ndarray:
    """Return the middle of each pixel, float32 [SIDE * SIDE, 2], row by row from the upper left."""
    places = (np.arange(SIDE) + 0.5) / SIDE * 2 * REACH - REACH
    across, up = np.meshgrid(places, places[::-1])
    return np.stack([across.ravel(), up.ravel()], axis=1).astype(np.float32)


def main(arguments: list[str] | None = None) -> int:
    """Fit a flow to each shape, print what it is worth, and write the picture."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--epochs", type=int, default=40, help="at most so many (default 40)")
    parser.add_argument("--out", type=Path, default=Path("docs/gallery.png"), help="the picture")
    options = parser.parse_args(arguments)
    from PIL import Image

    from pipeline.density.preprocessing import gaussian_log_prob
    from pipeline.processes import import_tensorflow

    import_tensorflow()
    from models.flows import FitOptions, Flow, FlowArchitecture, evaluate

    card = FlowArchitecture(family="spline_maf", n_layers=2, hidden_units=(64, 64), activation="relu")
    panels = []
    for shape in options.shapes:
        began = time.perf_counter()
        rows, fresh = rows_of(shape, N_TRAIN, seed=0), rows_of(shape, N_FRESH, seed=1)
        flow = Flow(2, card)
        flow.fit(rows, options=FitOptions(learning_rate=2e-3, max_epochs=options.epochs, patience=10))
        nats = float(np.mean(evaluate(flow.compiled_log_prob, fresh)))
        gaussian = float(np.mean(gaussian_log_prob(rows, fresh)))
        seconds = time.perf_counter() - began
        print(f"{shape:16} {nats:6.2f} nats, a Gaussian {gaussian:6.2f}, {seconds:.0f} s", flush=True)
        panels.append((rows, evaluate(flow.compiled_log_prob, grid())))
        Image.fromarray(picture(panels)).save(options.out, optimize=True)
    print(options.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
