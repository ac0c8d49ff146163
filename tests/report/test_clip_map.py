"""Does the report show where the clips lie, and can a part of the map be selected?

The browser's tests are skipped, saying so, where there is no Chromium.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.errors import ArtefactError
from pipeline.files.artefacts import write_json
from pipeline.files.tables import read_table, write_table
from pipeline.report.drawings import draw_clip_map
from pipeline.report.page import build_report, write_report
from pipeline.runs.finished import read_run
from pipeline.settings import Settings
from tests.browser import HOSTILE, Opened
from tests.report.report_run import write_run
from tests.simulated_clips import SimulatedClip, simulated_clips, write_sounds


@pytest.fixture(scope="module")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Settings]:
    """A run with a map of all its clips but one, and its settings."""
    folder = tmp_path_factory.mktemp("mapped")
    clips = simulated_clips(["cat", "happy"], "happy", 24, 6)
    write_sounds(folder / "corpus", clips)
    clips += [
        SimulatedClip(f"{HOSTILE}.wav", HOSTILE, HOSTILE, "test"),
        SimulatedClip("cat/z", "cat", "z", "test"),
    ]
    settings = write_run(folder, clips, "happy", corpus_root=folder / "corpus")
    paths = read_table(folder / "scores.parquet")["path"][:-1]
    places = np.random.default_rng(0).normal(size=(2, len(paths)))
    write_table(folder / "evaluation" / "map.parquet", {"path": paths, "x": places[0], "y": places[1]})
    told = {"n_clips": len(paths) + 1, "n_mapped": len(paths), "n_fitted": 9, "variance_shares": [0.31, 0.12]}
    write_json(folder / "evaluation" / "map.json", told)
    return folder, settings


@pytest.fixture(scope="module")
def page(browser: Any, mapped: tuple[Path, Settings]) -> Iterator[Any]:
    """The page of that run, opened from disk."""
    folder, settings = mapped
    path = write_report(folder, folder / "corpus", settings, folder / "report")
    opened = Opened(browser, path, viewport={"width": 1366, "height": 900})
    yield opened.page
    assert opened.complaints == []
    opened.context.close()


def test_each_mapped_clip_is_a_dot_and_the_sample_is_stated(mapped: tuple[Path, Settings]) -> None:
    folder, _ = mapped
    run = read_run(folder, "happy")
    found = draw_clip_map(run, folder, None, {})
    assert found is not None
    n = len(run.scores.path) - 1
    assert found.drawing.count("h0") == n
    assert "hold 31\N{NO-BREAK SPACE}% and 12\N{NO-BREAK SPACE}% of what varies" in found.about
    assert f"Of {n + 1} clips {n} are drawn" in found.about
    clips = json.loads(found.clips)
    assert {len(clips[name]) for name in ("x", "y", "word", "score", "p", "state", "path", "sound")} == {n}
    assert "\u202e" not in found.clips


def test_a_run_without_a_map_has_no_section_of_it(tmp_path: Path) -> None:
    settings = write_run(tmp_path, simulated_clips(["cat", "happy"], "happy", 24, 6), "happy")
    assert 'id="map"' not in build_report(tmp_path, None, settings)


def test_a_map_of_other_scores_is_refused(mapped: tuple[Path, Settings], tmp_path: Path) -> None:
    settings = write_run(tmp_path, simulated_clips(["cat", "happy"], "happy", 24, 6), "happy")
    for name in ("map.parquet", "map.json"):
        content = (mapped[0] / "evaluation" / name).read_bytes()
        (tmp_path / "evaluation").mkdir(exist_ok=True)
        (tmp_path / "evaluation" / name).write_bytes(content)
    with pytest.raises(ArtefactError, match="which has no score; evaluate again"):
        build_report(tmp_path, None, settings)


def test_a_box_selects_the_clips_in_it_and_lists_the_strangest_first(page: Any) -> None:
    bounds = page.locator("#map-view").bounding_box()
    page.locator("#map").scroll_into_view_if_needed()
    bounds = page.locator("#map-view").bounding_box()
    page.mouse.move(bounds["x"] + 1, bounds["y"] + 1)
    page.mouse.down()
    page.mouse.move(bounds["x"] + bounds["width"] - 1, bounds["y"] + bounds["height"] - 1)
    page.mouse.up()
    clips = json.loads(page.get_attribute("#map-figure", "data-clips"))
    n = len(clips["path"])
    assert page.inner_text("#map-shown").startswith(f"{n} clips selected: ")
    by_score = sorted(range(n), key=lambda i: -clips["score"][i])
    listed = page.locator("#map-list > li").all_inner_texts()
    assert [clips["path"][i] in text for i, text in zip(by_score, listed, strict=True)] == [True] * n
    assert page.input_value("#map-paths").splitlines() == [clips["path"][i] for i in by_score]
    assert page.evaluate("window.owned") is None


def test_a_clip_with_a_card_plays_from_the_list(page: Any) -> None:
    button = page.locator("#map-list .map-play").first
    button.click()
    assert page.evaluate("[...document.querySelectorAll('audio')].some(one => !one.paused || one.ended)")


def test_the_keyboard_moves_a_box(page: Any) -> None:
    page.focus("#map-view")
    page.keyboard.press("Enter")
    before = float(page.get_attribute("#region", "x"))
    page.keyboard.press("ArrowRight")
    assert float(page.get_attribute("#region", "x")) == before + 20
    width = float(page.get_attribute("#region", "width"))
    page.keyboard.press("-")
    assert float(page.get_attribute("#region", "width")) == pytest.approx(0.8 * width)


@pytest.mark.parametrize(("colour", "n_groups"), [("word", 2), ("score", 5), ("state", 4)])
def test_the_dots_are_coloured_by_what_is_chosen(page: Any, colour: str, n_groups: int) -> None:
    page.select_option("#map-colour", colour)
    drawn = page.locator("#dots path").evaluate_all("all => all.map(one => one.getAttribute('d') || '')")
    n = len(json.loads(page.get_attribute("#map-figure", "data-clips"))["path"])
    assert (len(drawn), sum(each.count("h0") for each in drawn)) == (n_groups, n)


def test_a_class_can_be_picked_out(page: Any) -> None:
    page.select_option("#map-colour", "word")
    page.select_option("#map-word", "2")
    assert page.locator("#dots path.picked").count() == 1
    assert page.locator(".map-keys .picked").inner_text().startswith("cat (")
