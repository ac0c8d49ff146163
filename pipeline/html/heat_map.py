"""Where in time and frequency does the score of a clip come from?

Conventions: attributions are in nats, ``(n_steps, n_bands)``: time from the start of the clip to its end,
bands from low to high. In the picture time goes from left to right and high bands stand on top; what
makes a clip stranger is orange, what makes it more usual is blue, and nothing is transparent, so that
the picture fits a light page, a dark one and paper.
"""

import io

import numpy as np

from pipeline.html.text import number, signed

__all__ = ["describe_densest", "heat_map_legend_png", "heat_map_limit", "heat_map_png"]

STRANGER, MORE_USUAL = "d94f14", "2f6fb5"
N_STEPS_OF_COLOUR = 24  # on each side of zero
N_WINDOWS = 6  # the densest part is looked for in windows of a sixth of the clip
BANDS = ("low", "middle", "high")
MUCH_OVER_EVEN = 1.5  # a window that holds less than so many times its even share is not named
HALF = 0.5  # of a window's nats lie in the bands that are named


def heat_map_limit(maps: list[np.ndarray]) -> float:
    """Return the nats a cell that get the full colour: nearly the most of all maps together."""
    sizes = np.abs(np.concatenate([attributions.ravel() for attributions in maps])) if maps else np.zeros(0)
    sizes = sizes[np.isfinite(sizes)]
    return float(np.quantile(sizes, 0.995)) if sizes.size else 0.0


def heat_map_png(attributions: np.ndarray, limit: float) -> bytes:
    """Return a picture of one pixel a cell as PNG with a palette.

    Args:
        attributions: nats, ``(n_steps, n_bands)``.
        limit: nats a cell that get the full colour.
    """
    from PIL import Image

    levels = np.round(np.clip(attributions / (limit or 1.0), -1, 1) * N_STEPS_OF_COLOUR) + N_STEPS_OF_COLOUR
    picture = Image.fromarray(levels.T[::-1].astype(np.uint8)).convert("P")
    side = [tuple(bytes.fromhex(colour)) for colour in (MORE_USUAL, STRANGER)]
    picture.putpalette([channel for colour in side for channel in colour * (N_STEPS_OF_COLOUR + 1)][:-3])
    opacity = np.abs(np.arange(2 * N_STEPS_OF_COLOUR + 1) - N_STEPS_OF_COLOUR) / N_STEPS_OF_COLOUR
    buffer = io.BytesIO()
    picture.save(
        buffer, "PNG", optimize=True, transparency=(opacity * 255).round().astype(np.uint8).tobytes()
    )
    return buffer.getvalue()


def heat_map_legend_png() -> bytes:
    """Return the scale of the colours as a strip, from the most usual to the strangest."""
    return heat_map_png(np.linspace(-1, 1, 2 * N_STEPS_OF_COLOUR + 1)[:, None], 1.0)


def describe_densest(
    attributions: np.ndarray, duration_seconds: float, edges_hertz: np.ndarray | None = None
) -> str:
    """Return where most of the score comes from, in words, or ``""`` where no cell makes a clip stranger.

    Args:
        attributions: nats, ``(n_steps, n_bands)``.
        duration_seconds: of the clip.
        edges_hertz: where the bands meet, ``(n_bands + 1,)``; ``None`` names thirds of the bands.
    """
    stranger = np.maximum(np.nan_to_num(attributions.astype(np.float64)), 0.0)
    if not stranger.any():
        return ""
    n_steps = len(stranger)
    length = max(1, round(n_steps / N_WINDOWS))
    sums = np.convolve(stranger.sum(axis=1), np.ones(length), "valid")
    start = int(sums.argmax())
    window = stranger[start : start + length].sum(axis=0)
    seconds = [number(step / n_steps * duration_seconds) for step in (start, start + length)]
    nats = float(sums[start])
    when = f"most of it between {seconds[0]} and {seconds[1]} s"
    if edges_hertz is not None and nats < MUCH_OVER_EVEN * float(stranger.sum()) / N_WINDOWS:
        when, nats, window = "over all of the time", float(stranger.sum()), stranger.sum(axis=0)
    return f"{when}, above all {_pitch(window, edges_hertz)} ({signed(nats, 1)} nats)"


def _pitch(bands: np.ndarray, edges_hertz: np.ndarray | None) -> str:
    """Return the third, or the bands around the strongest one, that hold most."""
    if edges_hertz is None:
        thirds = [float(third.sum()) for third in np.array_split(bands, len(BANDS))]
        return f"in the {BANDS[int(np.argmax(thirds))]} bands"
    first = last = int(bands.argmax())
    while bands[first : last + 1].sum() < HALF * bands.sum():
        below = bands[first - 1] if first else -1.0
        above = bands[last + 1] if last + 1 < len(bands) else -1.0
        first, last = (first - 1, last) if below >= above else (first, last + 1)
    low, high = (float(f"{edge:.3g}") for edge in (edges_hertz[first], edges_hertz[last + 1]))
    return f"from {low:,g} to {high:,g} Hz"
