"""Does the review show where clips lie, and can those of a part be listed and judged at once?

The browser's tests are skipped, saying so, where there is no Chromium.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.errors import ArtefactError
from pipeline.files.tables import read_table, write_table
from pipeline.review.groups import read_places
from tests.review.review_run import Served, copy_review_run, served
from tests.review.reviewer import Reviewer

TOLD = "document.getElementById('clip-map-told').textContent"
DRAWN = "document.querySelector('#clip-map-keys li') !== null"


@pytest.fixture(scope="module")
def mapped_run(review_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose clips but one stand on a diagonal, the strangest at the top right."""
    own = copy_review_run(review_run, tmp_path_factory.mktemp("mapped"))
    scores = read_table(own / "scores.parquet")
    paths = [path for _, path in sorted(zip(scores["score"], scores["path"], strict=True))][1:]
    steps = np.arange(len(paths), dtype=float)
    write_table(own / "evaluation" / "map.parquet", {"path": paths, "x": 2 * steps, "y": steps - 9})
    return own


@pytest.fixture
def mapped(mapped_run: Path, tmp_path: Path) -> Iterator[Served]:
    """A review of that run with a new file of verdicts."""
    with served(mapped_run, tmp_path / "verdicts.sqlite") as review:
        yield review


@pytest.fixture
def anna(browser: Any, mapped: Served) -> Iterator[Reviewer]:
    """Return a reviewer before the open map of the strangest clips."""
    reviewer = Reviewer(browser, mapped.review.address)
    reviewer.page.keyboard.press("p")
    reviewer.until(DRAWN)
    yield reviewer
    assert reviewer.complaints == []
    reviewer.context.close()


def _draw_box(anna: Reviewer, left: float, top: float, right: float, bottom: float) -> None:
    bounds = anna.page.locator("#clip-map-view").bounding_box()
    at = [
        (bounds["x"] + x * bounds["width"], bounds["y"] + y * bounds["height"])
        for x, y in ((left, top), (right, bottom))
    ]
    anna.page.mouse.move(*at[0])
    anna.page.mouse.down()
    anna.page.mouse.move(*at[1], steps=3)
    anna.page.mouse.up()


def test_places_are_shares_of_the_map_from_the_top_left(tmp_path: Path) -> None:
    path = tmp_path / "map.parquet"
    assert read_places(path) == {}
    write_table(path, {"path": ["a", "b", "c"], "x": [0.0, 5.0, 10.0], "y": [3.0, 3.0, 4.0]})
    places = read_places(path)
    assert (places["a"], places["c"]) == ((0.0, 1.0), (1.0, 0.0))
    assert places["b"] == (0.5, 1.0)


def test_clips_that_are_all_in_one_place_have_one(tmp_path: Path) -> None:
    write_table(tmp_path / "map.parquet", {"path": ["a", "b"], "x": [2.0, 2.0], "y": [0.0, 0.0]})
    assert set(read_places(tmp_path / "map.parquet").values()) == {(0.0, 1.0)}


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"path": ["a"], "x": [1.0]}, "lacks the column y"),
        ({"path": ["a"], "x": [1.0], "y": [float("nan")]}, "a clip without a place"),
    ],
)
def test_a_map_that_is_no_map_is_told(tmp_path: Path, columns: dict[str, Any], message: str) -> None:
    write_table(tmp_path / "map.parquet", columns)
    with pytest.raises(ArtefactError, match=message):
        read_places(tmp_path / "map.parquet")


def test_each_clip_of_a_list_is_told_with_its_place(mapped: Served) -> None:
    clips = mapped.queue()["clips"]
    heights = [clip["place"][1] for clip in clips if clip["place"]]
    assert len(heights) >= len(clips) - 1
    assert heights == sorted(heights)  # the strangest first, which stand at the top


def test_the_list_shows_what_is_in_the_box_and_all_of_it_is_judged_at_once(
    anna: Reviewer, mapped: Served
) -> None:
    clips = mapped.queue()["clips"]
    _draw_box(anna, 0.5, 0.0, 1.0, 0.5)
    anna.until(f"{TOLD}.includes('in the box')")
    n = int(anna.text("#shown").split()[0])
    assert 1 < n < len(clips)
    assert n == sum(
        bool(clip["place"]) and clip["place"][0] >= 0.5 and clip["place"][1] <= 0.5 for clip in clips
    )
    anna.page.select_option("#together", "shown")
    anna.page.click("[data-kind=noise]")
    anna.page.wait_for_selector("#sure[open]")
    assert anna.text("#sure-heading") == f"Judge {n} clips at once: noise?"
    anna.press("Enter", f"{n} clips saved: noise")
    assert len(mapped.review.session.store.standing()) == n
    anna.page.select_option("#clip-map-colour", "said")
    anna.until(f"document.getElementById('clip-map-keys').textContent.includes('noise ({n})')")
    anna.page.click("#clip-map-clear")
    anna.until(f"document.getElementById('shown').textContent === '{len(clips)} clips'")
    assert anna.page.locator("#clip-map-clear").is_hidden()


def test_each_clip_is_a_dot_in_the_colour_of_its_key(anna: Reviewer) -> None:
    n_drawn = """() => {
      const canvas = document.getElementById('clip-map-dots');
      const { width, height } = canvas;
      const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
      const { color } = getComputedStyle(document.querySelector('#clip-map-keys .dot'));
      const ink = color.match(/[0-9]+/g).map(Number);
      const isInk = (i) => pixels[i + 3] === 255 && ink.every((value, k) => pixels[i + k] === value);
      return Array.from({ length: width * height }, (_, i) => 4 * i).filter(isInk).length;
    }"""
    assert (
        anna.page.evaluate(n_drawn) > 100
    )  # 23 dots of 5 by 5 pixels, whose edges are mixed with what is below


def test_the_box_is_drawn_moved_and_cleared_by_keys(anna: Reviewer) -> None:
    at_first = anna.text("#clip-map-told")
    anna.page.keyboard.press("Enter")
    anna.until(f"{TOLD}.includes('in the box')")
    in_middle = anna.text("#clip-map-told")
    for _ in range(4):
        anna.page.keyboard.press("+")
    anna.until(f"{TOLD} !== {in_middle!r}")
    for _ in range(20):
        anna.page.keyboard.press("ArrowLeft")
    anna.until(f"{TOLD}.startsWith('0 in the box')")
    anna.page.keyboard.press("Escape")
    anna.until(f"{TOLD} === {at_first!r}")


def test_a_click_hears_the_nearest_clip(anna: Reviewer, mapped: Served) -> None:
    clips = mapped.queue()["clips"]
    chosen = clips[len(clips) // 2]
    x, y = chosen["place"]
    bounds = anna.page.locator("#clip-map-view").bounding_box()
    inner = [bounds["width"] - 2 * 10, bounds["height"] - 2 * 10]  # a border and the margin of the dots
    anna.page.mouse.click(bounds["x"] + 10 + x * inner[0], bounds["y"] + 10 + y * inner[1])
    anna.wait(rf"\b{len(clips) // 2 + 1} of {len(clips)}\b")


def test_a_run_without_a_map_shows_none(browser: Any, served_run: Served) -> None:
    reviewer = Reviewer(browser, served_run.review.address)
    assert reviewer.page.locator("#clip-map").is_hidden()
    reviewer.page.keyboard.press("p")
    assert reviewer.complaints == []
    reviewer.context.close()
