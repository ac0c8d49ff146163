"""What explains a clip's score: where it lies in the clip, what is wrong with it, what it is nearest to?

Three files of a run's ``evaluation`` folder, each of which may be absent: ``attributions.npz`` (nats over
time and frequency), ``reasons.parquet`` (why, on what evidence, and the nearest clip of the target) and
``quality.parquet`` (tags, each with the number behind it). What is absent is empty here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pipeline.errors import ArtefactError
from pipeline.files import read_arrays
from pipeline.runs import Reason, optional_number, optional_text, read_reasons, table_rows

__all__ = ["Explanations", "HeatMap", "QualityTag", "read_explanations"]

FOLDER = "evaluation"
# Shares are float32 sums of thousands of cells: their rounding, and no more.
RELATIVE_TOLERANCE = 1e-3
ABSOLUTE_TOLERANCE = 0.05


@dataclass(frozen=True)
class HeatMap:
    """Nats over time and frequency; ``attributions.sum() + remainder`` is the score.

    Attributes:
        attributions: ``(n_steps, n_bands)``.
        remainder: of the score.
        seconds: that the steps are of, where these are not of the window.
        edges_hertz: where bands meet then, ``(n_bands + 1,)``.
    """

    attributions: np.ndarray
    remainder: float
    seconds: float | None = None
    edges_hertz: np.ndarray | None = None


@dataclass(frozen=True)
class QualityTag:
    """One finding about a recording, with the number behind it where there is one."""

    tag: str
    value: float | None = None
    threshold: float | None = None
    detail: str = ""


@dataclass(frozen=True)
class Explanations:
    """What is known of single clips, by path."""

    heat_maps: Mapping[str, HeatMap] = field(default_factory=dict)
    reasons: Mapping[str, Reason] = field(default_factory=dict)
    quality: Mapping[str, tuple[QualityTag, ...]] = field(default_factory=dict)


def read_explanations(run_path: Path, scores: Mapping[str, float]) -> Explanations:
    """Read what the run holds.

    Args:
        run_path: the run folder.
        scores: score of each clip, by path; each heat map must sum to it.

    Raises:
        ArtefactError: a file is damaged, lacks a part, or belongs to other scores.
    """
    folder = run_path / FOLDER
    return Explanations(
        heat_maps=_heat_maps(folder / "attributions.npz", scores),
        reasons=read_reasons(run_path),
        quality=_quality(folder / "quality.parquet"),
    )


def _heat_maps(path: Path, scores: Mapping[str, float]) -> dict[str, HeatMap]:
    if not path.is_file():
        return {}
    arrays = read_arrays(path)
    absent = [name for name in ("path", "attributions", "remainder") if name not in arrays]
    if absent:
        raise ArtefactError(f"{path} lacks the array {absent[0]!r}; evaluate again")
    paths, attributions, remainder = arrays["path"], arrays["attributions"], arrays["remainder"]
    if attributions.ndim != 3 or not len(paths) == len(attributions) == len(remainder):
        raise ArtefactError(
            f"{path}: {len(paths)} paths and {len(remainder)} remainders do not fit attributions of shape "
            f"{attributions.shape}; evaluate again"
        )
    seconds, edges = arrays.get("seconds"), arrays.get("edges_hertz")
    if (seconds is None) != (edges is None) or (seconds is not None and len(seconds) != len(paths)):
        raise ArtefactError(f"{path} holds lengths and bands that do not fit its maps; evaluate again")
    lengths = [None] * len(paths) if seconds is None else seconds.tolist()
    found = {}
    for clip, cells, rest, length in zip(
        paths.tolist(), attributions, remainder.tolist(), lengths, strict=True
    ):
        total, score = float(cells.sum(dtype=np.float64)) + rest, scores.get(clip)
        if score is None or not np.isfinite(score) or not np.isfinite(cells).all():
            continue  # a placeholder score has no parts, and its card no map
        if abs(total - score) > ABSOLUTE_TOLERANCE + RELATIVE_TOLERANCE * abs(score):
            raise ArtefactError(
                f"{path}: the attributions of {clip!r} sum to {total:.3f} nats, its score is {score:.3f}; "
                "evaluate again"
            )
        found[str(clip)] = HeatMap(cells, rest, length, edges)
    return found


def _quality(path: Path) -> dict[str, tuple[QualityTag, ...]]:
    found: dict[str, list[QualityTag]] = {}
    for row in table_rows(path, ("path", "tag", "value", "threshold", "detail")):
        tag = QualityTag(
            optional_text(row["tag"]),
            optional_number(row["value"]),
            optional_number(row["threshold"]),
            optional_text(row["detail"]),
        )
        found.setdefault(row["path"], []).append(tag)
    return {clip: tuple(tags) for clip, tags in found.items()}
