"""Does the axis of the ranking begin where the figures do, and is chance told where it is not on it?"""

import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pipeline.report.drawings.ranking import draw_ranking


def _drawn(low: float, width: int) -> str:
    """Return the ranking of a word whose interval begins at ``low``, and of one with a single clip."""
    words = {
        "one": {"n": 1, "auroc": 1.0, "auroc_ci95": [0.2, 1.0]},
        "zero": {"n": 20, "auroc": 1.0 - (1.0 - low) / 2, "auroc_ci95": [low, 1.0]},
    }
    run: Any = SimpleNamespace(
        words=words,
        metrics={"baselines": {}},
        scores=SimpleNamespace(of=lambda word: np.array([1.0, 3.0])),
        target="happy",
        target_scores=np.array([0.0]),
        noun="word",
        nouns="words",
    )
    return str(draw_ranking(run, width, "ranking"))


@pytest.mark.parametrize("width", [390, 900])
@pytest.mark.parametrize(
    ("low", "first", "has_chance"),
    [(0.973, "0.95", False), (0.95, "0.9", False), (0.62, "0.6", False), (0.5, "chance 0.5", True)],
)
def test_the_axis_begins_just_below_the_lowest_figure(
    low: float, first: str, has_chance: bool, width: int
) -> None:
    drawn = _drawn(low, width)
    labels = re.findall(r'<text [^>]*class="tick"[^>]*>([^<]*)</text>', drawn)
    assert first in labels
    assert ("chance-line" in drawn, "chance is 0.5" in drawn) == (has_chance, not has_chance)
    of_one, of_zero = map(float, re.findall(r'<line x1="([\d.]+)"[^>]*class="whisker"', drawn))
    start = min(map(float, re.findall(r'<line x1="([\d.]+)"[^>]*class="(?:grid|chance-line)"', drawn)))
    assert of_one <= start <= of_zero and of_one < of_zero
