"""Is the page complete, self-contained and safe, whatever the run holds?"""

import base64
import hashlib
import re
from pathlib import Path

import pytest

from pipeline.errors import ArtefactError
from pipeline.files.artefacts import read_json, write_json
from pipeline.report.page import build_report, write_report
from pipeline.settings.page import Settings
from tests.report.page_tags import tags_of
from tests.report.report_run import write_run
from tests.report.run_explanations import write_explanations
from tests.simulated_clips import SimulatedClip, simulated_clips, write_sounds

HOSTILE = '</script><script>document.title="owned"</script>"\'><img src=x onerror=alert(1)>\u202egnp.\x00\n'


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[SimulatedClip]]:
    """Return a corpus folder with sounds, and its clips."""
    root = tmp_path_factory.mktemp("corpus")
    clips = simulated_clips(["bird", "cat", "happy"], "happy", 48, 12)
    write_sounds(root, clips)
    return root, clips


def test_the_page_has_every_section(tmp_path: Path, corpus: tuple[Path, list[SimulatedClip]]) -> None:
    root, clips = corpus
    settings = write_run(tmp_path, clips, "happy", corpus_root=root)
    found = [
        attributes.get("id")
        for tag, attributes in tags_of(build_report(tmp_path, root, settings))
        if tag == "section"
    ]
    assert found == [
        *("ranking", "baselines", "scores", "roc", "calibration", "training"),
        *("clips", "strangest", "target-like", "reading", "warnings", "provenance"),
    ]


def test_nothing_on_the_page_needs_a_network_or_another_file(
    tmp_path: Path, corpus: tuple[Path, list[SimulatedClip]]
) -> None:
    root, clips = corpus
    settings = write_run(tmp_path, clips, "happy", corpus_root=root)
    for tag, attributes in tags_of(build_report(tmp_path, root, settings)):
        for key in ("src", "href"):
            value = attributes.get(key)
            if value is not None:
                # A link to a clip is followed by a click alone, and names a file below the corpus folder.
                is_clip = tag == "a" and value.startswith(root.as_uri() + "/")
                assert value.startswith(("data:", "#")) or is_clip, tag
        assert "style" not in attributes
        assert not any(key.startswith("on") for key in attributes)


def test_the_policy_admits_exactly_the_style_and_the_script_of_the_page(
    tmp_path: Path, corpus: tuple[Path, list[SimulatedClip]]
) -> None:
    root, clips = corpus
    page = build_report(tmp_path, root, write_run(tmp_path, clips, "happy", corpus_root=root))
    policies = [
        attributes["content"]
        for tag, attributes in tags_of(page)
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    for tag in ("style", "script"):
        (source,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in (policies[0] or "")
    assert len(policies) == 1
    assert "unsafe" not in (policies[0] or "")


def test_hostile_names_become_no_markup_and_no_hidden_character(tmp_path: Path) -> None:
    clips = simulated_clips(["cat", "happy"], "happy", 40, 12)
    clips += [SimulatedClip(f"{HOSTILE}/{index}.wav", HOSTILE, HOSTILE, "test") for index in range(12)]
    settings = write_run(tmp_path, clips, "happy", shift=5, set_aside=[(HOSTILE, HOSTILE, HOSTILE)])
    page = build_report(tmp_path, None, settings)
    tags = tags_of(page)
    assert sum(tag == "script" for tag, _ in tags) == 1
    assert [attributes["src"] or "" for tag, attributes in tags if tag == "img"] == []
    assert "\u202e" not in page and "\x00" not in page
    assert "[U+202E]" in page and "\N{SYMBOL FOR NULL}" in page


def test_a_hostile_target_word_becomes_no_markup(tmp_path: Path) -> None:
    clips = simulated_clips(["cat", HOSTILE], HOSTILE, 40, 12)
    page = build_report(tmp_path, None, write_run(tmp_path, clips, HOSTILE))
    assert sum(tag in ("script", "img") for tag, _ in tags_of(page)) == 1


def test_words_with_few_clips_are_marked_uncertain(tmp_path: Path) -> None:
    clips = simulated_clips(["cat", "happy"], "happy", 40, 12)
    clips += simulated_clips(["dog"], "happy", 0, 9)
    page = build_report(tmp_path, None, write_run(tmp_path, clips, "happy"))
    rows = re.findall(
        r"<tr(?: class=\"few\")?>\s*<th scope=\"row\" data-value=\"(\w+)\".*?</tr>", page, re.DOTALL
    )
    few = re.findall(r"<tr class=\"few\">\s*<th scope=\"row\" data-value=\"(\w+)\"", page)
    assert (sorted(rows), few) == (["cat", "dog"], ["dog"])


def test_clips_set_aside_are_counted_with_their_reasons(tmp_path: Path) -> None:
    clips = simulated_clips(["cat", "happy"], "happy", 40, 12)
    reason = "the file has a header and no sound"
    settings = write_run(
        tmp_path, clips, "happy", set_aside=[("cat/a.wav", "cat", reason), ("cat/b.wav", "cat", reason)]
    )
    page = build_report(tmp_path, None, settings)
    assert "2 clips could not be used" in page
    assert page.count(reason) == 3  # once counted, twice in the table


def test_a_run_about_another_target_is_refused(tmp_path: Path) -> None:
    settings = write_run(tmp_path, simulated_clips(["cat", "happy"], "happy", 40, 12), "happy")
    with pytest.raises(ArtefactError, match="is about 'happy', but this run's target is 'cat'"):
        build_report(tmp_path, None, settings.model_copy(update={"target": "cat"}))


def test_metrics_of_another_program_are_refused(tmp_path: Path) -> None:
    settings = write_run(tmp_path, simulated_clips(["cat", "happy"], "happy", 40, 12), "happy")
    metrics = read_json(tmp_path / "metrics.json")
    del metrics["calibration"]
    write_json(tmp_path / "metrics.json", metrics)
    with pytest.raises(ArtefactError, match="lacks calibration"):
        build_report(tmp_path, None, settings)


def test_two_hundred_noisy_clips_with_all_that_explains_them_stay_below_ten_megabytes(
    tmp_path: Path, corpus: tuple[Path, list[SimulatedClip]]
) -> None:
    root, clips = corpus
    settings = write_run(tmp_path, clips, "happy", corpus_root=root, n_cards=10)
    write_explanations(tmp_path, "happy")
    path = write_report(tmp_path, root, settings, tmp_path / "report")
    assert path == tmp_path / "report" / "index.html"
    n_sounds = path.read_text("utf-8").count("<audio")
    assert n_sounds == 22  # 20 cards, and the two clips that all of them compare with
    bare = len(build_report(tmp_path, None, settings).encode())
    # 200 cards, each with a nearest clip of its own, are 400 sounds; the frame of the page counts once.
    assert (path.stat().st_size - bare) * 400 / n_sounds + bare * 10 < 10_000_000


def test_the_default_page_has_two_hundred_players() -> None:
    report = Settings().report
    assert report.n_strangest + report.n_target_like == 200


def test_clips_after_the_cards_are_linked_and_the_rest_is_counted(
    tmp_path: Path, corpus: tuple[Path, list[SimulatedClip]]
) -> None:
    root, clips = corpus
    page = build_report(tmp_path, root, write_run(tmp_path, clips, "happy", corpus_root=root))
    links = [attributes.get("href") or "" for tag, attributes in tags_of(page) if tag == "a"]
    files = [link for link in links if link.startswith("file:")]
    assert len(files) == 8
    assert all((root / link.removeprefix(root.as_uri() + "/")).is_file() for link in files)
    assert "5 more clips follow in scores.csv" in page  # of 12 test clips of the target
    assert "17 more clips follow in scores.csv" in page  # of 24 clips of other words


def test_no_link_leads_out_of_the_corpus_folder(tmp_path: Path) -> None:
    clips = simulated_clips(["cat", "happy"], "happy", 48, 12)
    clips += [SimulatedClip(f"../outside{n}.wav", "happy", "someone", "test") for n in range(20)]
    settings = write_run(tmp_path, clips, "happy", n_linked=100)
    page = build_report(tmp_path, tmp_path / "corpus", settings)
    files = [
        a.get("href") or "" for tag, a in tags_of(page) if tag == "a" and (a.get("href") or "")[:5] == "file:"
    ]
    assert files and not [link for link in files if "outside" in link]
