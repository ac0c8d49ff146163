"""Can a person find clips in a list, judge several at once, and hear a part of one?

Skipped, saying so, where there is no Chromium.
"""

from tests.review.review_run import TARGET, Served
from tests.review.reviewer import Reviewer


def test_what_is_typed_begins_a_part_of_a_name_and_the_keys_walk_what_is_shown(anna: Reviewer) -> None:
    speaker = anna.text("#speaker")
    anna.page.keyboard.press("/")
    anna.page.keyboard.type(speaker[1:])
    assert anna.text("#shown").startswith("0 of ")
    anna.page.fill("#find", speaker)
    n = int(anna.text("#shown").split()[0])
    assert 0 < n < 24
    anna.page.keyboard.press("Enter")
    anna.wait(rf"\b1 of {n}\b")
    if n > 1:
        anna.press("ArrowRight", rf"\b2 of {n}\b")


def test_all_clips_that_are_shown_are_judged_and_taken_back_at_once(
    anna: Reviewer, served_run: Served
) -> None:
    anna.page.select_option("select[data-filter=split]", index=1)
    n = int(anna.text("#shown").split()[0])
    assert 1 < n < 24
    assert anna.text("#together option[value=shown]") == f"all that are shown: {n} clips"
    anna.page.select_option("#together", "shown")
    anna.page.click("[data-kind=noise]")
    anna.page.wait_for_selector("#sure[open]")
    assert anna.text("#sure-heading") == f"Judge {n} clips at once: noise?"
    anna.press("Enter", f"{n} clips saved: noise")
    assert anna.kinds().count("noise") == n
    anna.page.keyboard.press("Escape")
    anna.press("u", f"Taken back: the verdict on {n} clips")
    assert set(anna.kinds()) == {""}
    assert served_run.review.session.store.standing() == []


def test_a_note_goes_with_the_verdict_and_a_filter_finds_it(anna: Reviewer, served_run: Served) -> None:
    anna.page.keyboard.press("m")
    anna.page.keyboard.type("nax: a hum?")
    anna.page.keyboard.press("Escape")
    anna.press("d", "Clip 1 saved: unsure")
    (row,) = served_run.review.session.store.rows()
    assert (row.kind, row.note) == ("unsure", "nax: a hum?")
    anna.page.select_option("select[data-filter=said]", "note")
    anna.wait(r"\b1 of 1\b")
    assert anna.page.input_value("#note") == "nax: a hum?"


def test_the_address_of_a_clip_opens_it(anna: Reviewer) -> None:
    before = anna.text("#path")
    anna.press("ArrowRight", r"\b2 of")
    path, address = anna.text("#path"), anna.page.url
    assert path not in ("", before)  # the names are those of the clip, before its sound has been read
    anna.page.goto("about:blank")
    anna.page.goto(address)
    anna.wait(r"\b2 of")
    anna.until(f"document.getElementById('path').textContent === {path!r}")


def test_a_way_of_the_pointer_selects_what_is_played_and_enlarged(anna: Reviewer) -> None:
    anna.until("document.getElementById('player').readyState >= 2")
    box = anna.page.locator("#sight").bounding_box()
    anna.page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 20)
    anna.page.mouse.down()
    anna.page.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 20, steps=3)
    anna.page.mouse.up()
    assert anna.text("#chosen").startswith("selected 0.5")
    anna.until("document.getElementById('player').currentTime > 0.49")
    anna.page.keyboard.press("z")
    anna.until("document.getElementById('spectrogram').src.includes('start=0.5')")
    assert anna.page.locator("#zoom").get_attribute("aria-pressed") == "true"
    anna.page.keyboard.press("Escape")
    assert anna.text("#chosen") == ""
    for key, button in (("l", "loop"), ("g", "gain")):
        anna.page.keyboard.press(key)
        assert anna.page.locator(f"#{button}").get_attribute("aria-pressed") == "true"
    anna.page.keyboard.press("s")
    assert anna.page.evaluate("document.getElementById('player').playbackRate") == 0.75
    assert "gain=full" in anna.page.evaluate("document.getElementById('player').src")
    assert anna.complaints == []


def test_what_was_saved_and_the_progress_are_in_view_without_scrolling(anna: Reviewer) -> None:
    anna.press("n", "Clip 1 saved")
    for place in ("#status", "#progress", "#map"):
        box = anna.page.locator(place).bounding_box()
        assert box["y"] + box["height"] <= 900


def test_the_word_that_the_run_takes_a_clip_for_is_offered_first(anna: Reviewer, served_run: Served) -> None:
    first = served_run.queue("look-alikes")["clips"][0]
    assert (first["flagged"], first["likely"]) == (False, TARGET)
    anna.page.get_by_role("button", name="Most like").click()
    anna.page.wait_for_selector("[data-queue=look-alikes][aria-current]")
    anna.page.keyboard.press("w")
    anna.page.wait_for_selector("#words[open]")
    assert anna.page.locator("#choices [aria-selected=true] bdi").inner_text() == TARGET
