"""Where do the clips lie in the detector's own space, drawn as one dot a clip?

The places are those of ``evaluation/map.parquet``, see ``pipeline.explanation``. The drawing shows the
target's clips over the others; the page's script colours it otherwise, and lists the clips of a part.
Conventions: places are tenths of a pixel of one drawing, which is made smaller where it does not fit.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from markupsafe import Markup

from pipeline.errors import ArtefactError
from pipeline.files import read_json, read_table
from pipeline.html import Scale, count, drawing, element, file_address, number, quoted, visible
from pipeline.runs import Run, is_judged

__all__ = ["MappedClips", "draw_clip_map"]

WIDTH, HEIGHT, MARGIN = 904, 560, 14
QUANTILES = (0.002, 0.998)  # dots farther out stand at the edge


@dataclass(frozen=True)
class MappedClips:
    """The drawing, what the script knows of each dot, and a sentence on what is seen."""

    drawing: Markup
    clips: str
    about: Markup


def draw_clip_map(
    run: Run, run_path: Path, root: Path | None, sounds: Mapping[str, str]
) -> MappedClips | None:
    """Return the map of a run, or ``None`` where it has none.

    Args:
        run: the run.
        run_path: its folder.
        root: the corpus folder, for links; ``None`` leaves them out.
        sounds: where on the page clips can be heard, by path.

    Raises:
        ArtefactError: the map belongs to other scores.
    """
    folder = run_path / "evaluation"
    if not (folder / "map.parquet").is_file():
        return None
    columns, told = read_table(folder / "map.parquet"), read_json(folder / "map.json")
    row_of = {str(path): row for row, path in enumerate(run.scores.path.tolist())}
    unknown = [path for path in columns["path"] if path not in row_of]
    if unknown:
        raise ArtefactError(
            f"{folder / 'map.parquet'} has {unknown[0]!r}, which has no score; evaluate again"
        )
    rows = np.array([row_of[path] for path in columns["path"]])
    x = _across(np.array(columns["x"]), MARGIN, WIDTH - MARGIN)
    y = _across(np.array(columns["y"]), HEIGHT - MARGIN, MARGIN)
    is_target = run.scores.word[rows] == run.target
    dots = [
        element("path", d=_dots(x[chosen], y[chosen]), class_=f"dots {name}")
        for name, chosen in (("others", ~is_target), ("target", is_target))
    ]
    return MappedClips(
        drawing=drawing(
            "clip-map",
            WIDTH,
            HEIGHT,
            "Map of clips",
            f"Places of {count(len(rows), 'clip')}, {int(is_target.sum()):,} of them of the target.",
            element("g", Markup("").join(dots), id="dots"),
            element("rect", x=0, y=0, width=0, height=0, id="region"),
        ),
        clips=_clips(run, rows, x, y, root, sounds),
        about=_about(run, told),
    )


def _across(values: np.ndarray, start: float, end: float) -> np.ndarray:
    """Return the place of each value, in tenths of a pixel."""
    low, high = np.quantile(values, QUANTILES)
    scale = Scale(float(low), float(high), start, end)
    return np.array([round(10 * scale(float(value))) for value in values], int)


def _dots(x: np.ndarray, y: np.ndarray) -> str:
    return "".join(
        f"M{one / 10:g},{other / 10:g}h0" for one, other in zip(x.tolist(), y.tolist(), strict=True)
    )


def _clips(
    run: Run, rows: np.ndarray, x: np.ndarray, y: np.ndarray, root: Path | None, sounds: Mapping[str, str]
) -> str:
    scores = run.scores
    words = sorted({str(word) for word in scores.word[rows]} - {run.target})
    number_of = {word: place for place, word in enumerate([run.target, *words])}
    paths = [str(path) for path in scores.path[rows]]
    learned = (scores.word[rows] == run.target) & ~is_judged(scores.split[rows])
    listed = np.zeros(len(rows), bool) if scores.fdr_listed is None else scores.fdr_listed[rows].astype(bool)
    # 3 on the list, 2 flagged, 1 neither, 0 learned from: a flag of those says nothing.
    state = np.select([learned, listed, scores.flagged[rows].astype(bool)], [0, 3, 2], 1)
    return json.dumps(
        {
            "words": [visible(word) for word in number_of],
            "x": x.tolist(),
            "y": y.tolist(),
            "word": [number_of[str(word)] for word in scores.word[rows]],
            "score": [None if np.isnan(value) else round(float(value), 1) for value in scores.score[rows]],
            "p": [None if np.isnan(value) else round(float(value), 4) for value in scores.p_value[rows]],
            "state": state.tolist(),
            "path": [visible(path) for path in paths],
            "sound": [sounds.get(path, "") for path in paths],
            "root": "" if root is None else root.resolve().as_uri() + "/",
            # Only what is below the corpus folder has an address, see ``file_address``.
            "address": ["" if root is None else _below(root, path) for path in paths],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _below(root: Path, path: str) -> str:
    address = file_address(root, path)
    return address.removeprefix(root.resolve().as_uri() + "/")


def _about(run: Run, told: Mapping[str, object]) -> Markup:
    shares = told["variance_shares"]
    n_mapped, n_clips = told["n_mapped"], told["n_clips"]
    if not (isinstance(shares, list) and isinstance(n_mapped, int) and isinstance(n_clips, int)):
        raise ArtefactError("evaluation/map.json does not describe a map of this version; evaluate again")
    held = " and ".join(f"{number(100 * float(share), 0)}\N{NO-BREAK SPACE}%" for share in shares)
    drawn = (
        "All clips are drawn."
        if n_mapped == n_clips
        else f"Of {count(n_clips, 'clip')} {n_mapped:,} are drawn: those of the lists below, and a random "
        "sample of the others."
    )
    return Markup(
        "Clips that lie together sound alike to the detector that learned {}. A dot is a clip, at the first "
        "two principal components of the vectors that its main flow sees; they hold {} of what varies, so "
        "what lies together here may differ in the rest. {}"
    ).format(quoted(run.target), held, drawn)
