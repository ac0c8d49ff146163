"""Does each card show what explains its score, and nothing where nothing is known?"""

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from pipeline.errors import ArtefactError
from pipeline.files.artefacts import read_arrays, write_arrays
from pipeline.files.tables import read_table, write_table
from pipeline.html.heat_map import describe_densest, heat_map_png
from pipeline.html.media import BITS_A_SAMPLE, flac_bytes
from pipeline.report.clips import list_clips
from pipeline.report.explanations import read_explanations
from pipeline.report.page import build_report
from pipeline.runs.finished import read_run
from pipeline.settings.page import Settings
from tests.report.page_tags import tags_of
from tests.report.report_run import write_run
from tests.report.run_explanations import write_explanations
from tests.simulated_clips import SimulatedClip, simulated_clips, write_sounds


@pytest.fixture
def run(tmp_path: Path) -> tuple[Path, Settings]:
    """Return a run without sounds, whose clips are explained."""
    settings = write_run(tmp_path, simulated_clips(["cat", "happy"], "happy", 48, 12), "happy")
    write_explanations(tmp_path, "happy")
    return tmp_path, settings


def scores_of(path: Path) -> dict[str, float]:
    columns = read_table(path / "scores.parquet")
    return dict(zip(columns["path"], columns["score"], strict=True))


def test_what_is_placed_and_what_is_not_sum_to_the_score(run: tuple[Path, Settings]) -> None:
    path, settings = run
    lists, _, _ = list_clips(
        read_run(path, "happy"), read_explanations(path, scores_of(path)), None, settings
    )
    for listed in lists.values():
        for card in listed.cards:
            assert card.heat is not None
            # float32 cells of some hundred nats
            assert card.heat.placed + card.heat.not_placed == pytest.approx(card.score, abs=1e-3)


def test_heat_maps_of_other_scores_are_refused(run: tuple[Path, Settings]) -> None:
    path, settings = run
    arrays = read_arrays(path / "evaluation" / "attributions.npz")
    write_arrays(path / "evaluation" / "attributions.npz", arrays | {"remainder": arrays["remainder"] + 2})
    with pytest.raises(ArtefactError, match="sum to .* nats, its score is .*; evaluate again"):
        build_report(path, None, settings)


def test_shares_of_another_shape_are_refused(run: tuple[Path, Settings]) -> None:
    path, settings = run
    arrays = read_arrays(path / "evaluation" / "attributions.npz")
    write_arrays(path / "evaluation" / "attributions.npz", arrays | {"path": arrays["path"][:3]})
    with pytest.raises(ArtefactError, match="3 paths and 60 remainders do not fit attributions of shape"):
        build_report(path, None, settings)


@pytest.mark.parametrize(("file", "column"), [("reasons", "evidence"), ("quality", "threshold")])
def test_a_table_without_a_column_is_refused(run: tuple[Path, Settings], file: str, column: str) -> None:
    path, settings = run
    columns = read_table(path / "evaluation" / f"{file}.parquet")
    del columns[column]
    write_table(path / "evaluation" / f"{file}.parquet", columns)
    with pytest.raises(ArtefactError, match=f"{file}.parquet lacks the column '{column}'"):
        build_report(path, None, settings)


def test_reason_evidence_tag_and_number_stand_on_the_card(run: tuple[Path, Settings]) -> None:
    path, settings = run
    page = build_report(path, None, settings)
    rows = read_table(path / "evaluation" / "reasons.parquet")
    first = page[page.index('id="strangest-1"') : page.index('id="strangest-2"')]
    clip = re.findall(r'<p class="path"><bdi>(.*?)</bdi>', first)[0]
    row = rows["path"].index(clip)
    assert rows["reason"][row] in first and rows["evidence"][row] in first
    assert rows["nearest_path"][row] in first
    assert re.search(r"<b><bdi>near silence</bdi></b> 0\.25 <span class=\"limit\">limit 0\.1</span>", page)


def test_a_run_without_explanations_shows_no_empty_frame(tmp_path: Path) -> None:
    settings = write_run(tmp_path, simulated_clips(["cat", "happy"], "happy", 48, 12), "happy")
    tags = tags_of(build_report(tmp_path, None, settings))
    classes = {name for _, attributes in tags for name in (attributes.get("class") or "").split()}
    assert not classes & {"heat", "legend", "nearest", "reason", "sum", "more-sounds"}


def test_each_sound_stands_on_the_page_once(tmp_path: Path) -> None:
    clips = simulated_clips(["cat", "happy"], "happy", 48, 12)
    write_sounds(tmp_path / "corpus", clips)
    settings = write_run(tmp_path, clips, "happy", corpus_root=tmp_path / "corpus", n_cards=8)
    write_explanations(tmp_path, "happy")
    tags = tags_of(build_report(tmp_path, tmp_path / "corpus", settings))
    sounds = [attributes["src"] for tag, attributes in tags if tag == "audio"]
    assert len(sounds) == len(set(sounds)) == 18  # 16 cards compare with two clips
    places = {attributes.get("id") for _, attributes in tags}
    compared = {attributes["data-sound"] for _, attributes in tags if "data-sound" in attributes}
    assert len(compared) == 2 and compared <= places


def test_a_nearest_clip_that_has_a_card_is_played_from_there(tmp_path: Path) -> None:
    settings = write_run(tmp_path, simulated_clips(["cat", "happy"], "happy", 48, 12), "happy")
    write_explanations(tmp_path, "happy")
    run = read_run(tmp_path, "happy")
    strangest = list_clips(run, read_explanations(tmp_path, {}), None, settings)[0]["strangest"].cards
    columns = read_table(tmp_path / "evaluation" / "reasons.parquet")
    columns["nearest_path"] = [strangest[0].path] * len(columns["path"])
    write_table(tmp_path / "evaluation" / "reasons.parquet", columns)
    lists, media, _ = list_clips(run, read_explanations(tmp_path, {}), None, settings)
    first, second = lists["strangest"].cards[:2]
    assert (first.nearest, media.beside) == (None, [])
    assert second.nearest is not None and second.nearest.sound == first.sound


def test_hostile_explanations_become_no_markup(run: tuple[Path, Settings]) -> None:
    path, settings = run
    hostile = "<script>alert(1)</script>\u202e\x07"
    for file, names in (("reasons", ("reason", "evidence", "nearest_path")), ("quality", ("tag", "detail"))):
        columns = read_table(path / "evaluation" / f"{file}.parquet")
        for name in names:
            columns[name] = [hostile] * len(columns["path"])
        write_table(path / "evaluation" / f"{file}.parquet", columns)
    page = build_report(path, None, settings)
    assert sum(tag == "script" for tag, _ in tags_of(page)) == 1
    assert "\u202e" not in page and "\x07" not in page and "[U+202E]" in page


def test_a_stranger_cell_is_orange_a_more_usual_one_blue_and_zero_transparent() -> None:
    from PIL import Image

    attributions = np.zeros((4, 3), np.float32)
    attributions[0, 2], attributions[3, 0] = 5, -5
    picture = Image.open(io.BytesIO(heat_map_png(attributions, 5.0))).convert("RGBA")
    assert picture.size == (4, 3)
    red, _, blue, opacity = picture.getpixel((0, 0))  # the first step, the highest band
    assert (red > blue, opacity) == (True, 255)
    red, _, blue, opacity = picture.getpixel((3, 2))  # the last step, the lowest band
    assert (red < blue, opacity) == (True, 255)
    assert picture.getpixel((1, 1))[3] == 0


def test_the_densest_part_is_told_in_seconds_and_bands() -> None:
    attributions = np.zeros((12, 9))
    attributions[3:5, 6:] = 2.0
    assert (
        describe_densest(attributions, 1.2)
        == "most of it between 0.30 and 0.50 s, above all in the high bands (+12.0 nats)"
    )
    assert describe_densest(-attributions, 1.2) == ""


@given(st.integers(0, 2**31), st.floats(0.001, 3.0), st.floats(0.0, 1.0))
def test_a_sound_keeps_its_budget_or_six_bits(seed: int, level: float, noise: float) -> None:
    import soundfile

    rng = np.random.default_rng(seed)
    samples = level * (np.sin(np.arange(4_000) * rng.uniform(0.01, 1)) + noise * rng.normal(size=4_000))
    content = flac_bytes(samples.astype(np.float32), 16_000)
    heard, rate = soundfile.read(io.BytesIO(content), dtype="int16")
    peak = max(1.0, float(np.abs(samples).max()))
    error = np.abs(heard / 32_768 - samples / peak).max()
    step = np.gcd.reduce(np.abs(heard.astype(int))) or 1
    assert (len(heard), rate) == (4_000, 16_000)
    assert len(content) <= 4_000 * BITS_A_SAMPLE / 8 or step >= 1024
    # Half a step, and a whole one where full scale itself is out of reach.
    assert error <= max(step, 1) / 32_768 * 1.001


def test_pictures_and_sounds_on_the_page_are_what_they_claim(tmp_path: Path) -> None:
    clips = [
        *simulated_clips(["cat", "happy"], "happy", 48, 12),
        SimulatedClip("gone.wav", "happy", "", "test"),
    ]
    write_sounds(tmp_path / "corpus", clips[:-1])
    settings = write_run(tmp_path, clips, "happy", corpus_root=tmp_path / "corpus")
    write_explanations(tmp_path, "happy")
    for tag, attributes in tags_of(build_report(tmp_path, tmp_path / "corpus", settings)):
        if tag in ("img", "audio"):
            kind, _, content = (attributes["src"] or "").partition(";base64,")
            start = base64.b64decode(content)[:8]
            assert (kind, start) in (("data:image/png", b"\x89PNG\r\n\x1a\n"), ("data:audio/flac", start))
            assert tag == "img" or start[:4] == b"fLaC"
