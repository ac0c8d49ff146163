"""Are two runs compared over the same clips, fairly, and are others refused?"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.compare.differences import word_differences
from pipeline.compare.moved import most_moved
from pipeline.compare.page import build_comparison, comparison_table
from pipeline.compare.runs import changed_settings, read_pair
from pipeline.errors import ArtefactError, ConfigurationError
from pipeline.files.sealed import write_sealed_toml
from pipeline.files.tables import read_table, write_table
from pipeline.runs.folder import RunFolder
from tests.command import call
from tests.report.page_tags import tags_of
from tests.report.report_run import auroc, write_run
from tests.simulated_clips import SimulatedClip, simulated_clips, write_sounds

HOSTILE = '<script>alert(1)</script>"\u202e\x07'
WORDS = ["bird", "cat", "dog", "happy"]


def write_evaluated(
    path: Path,
    clips: list[SimulatedClip],
    target: str = "happy",
    change: Callable[[dict[str, Any]], None] | None = None,
    settings: dict[str, Any] | None = None,
    **options: Any,
) -> Path:
    """Write a run whose evaluation is recorded, as the program leaves it."""
    run = RunFolder(path)
    run.prepare()
    with run.stage("evaluation", {}) as folder:
        write_run(folder.top, clips, target, **options)
        if settings is not None:
            write_sealed_toml(folder.top / "config.toml", settings)
        if change is not None:
            columns = read_table(folder.top / "scores.parquet")
            change(columns)
            write_table(folder.top / "scores.parquet", columns)
    return path


@pytest.fixture
def clips() -> list[SimulatedClip]:
    """Return clips of four words, 20 test clips of each and of the target."""
    return simulated_clips(WORDS, "happy", 80, 20)


def test_equal_runs_differ_on_no_word(tmp_path: Path, clips: list[SimulatedClip]) -> None:
    a, b = (write_evaluated(tmp_path / name, clips) for name in "ab")
    differences = word_differences(read_pair(a, b))
    assert differences is not None
    for one in (differences.macro, *differences.words):
        assert (one.gain, one.low, one.high) == (0.0, 0.0, 0.0)


def test_a_difference_is_that_of_the_two_aurocs_over_the_same_clips(
    tmp_path: Path, clips: list[SimulatedClip]
) -> None:
    a = write_evaluated(tmp_path / "a", clips, noise=30)
    b = write_evaluated(tmp_path / "b", [clip for clip in clips if not clip.path.endswith("0_nohash_0.wav")])
    pair = read_pair(a, b, force=True)
    differences = word_differences(pair)
    assert differences is not None
    for side, rows, name in ((pair.a, pair.rows_a, "a"), (pair.b, pair.rows_b, "b")):
        scores, words = side.run.scores.score[rows], side.run.scores.word[rows]
        for one in differences.words:
            expected = auroc(scores[words == "happy"], scores[words == one.word])
            assert getattr(one, name) == pytest.approx(expected, abs=1e-12)
    gains = [one.gain for one in differences.words]
    assert gains == sorted(gains, reverse=True)
    assert differences.macro.gain == pytest.approx(np.mean(gains))


def test_a_paired_interval_is_narrower_than_that_of_unpaired_runs(
    tmp_path: Path, clips: list[SimulatedClip]
) -> None:
    a = write_evaluated(tmp_path / "a", clips, shift=12)
    b = write_evaluated(tmp_path / "b", clips, shift=12, noise=3)
    differences = word_differences(read_pair(a, b))
    assert differences is not None
    other = word_differences(read_pair(a, b), seed=1)
    assert other is not None and other.macro.low != differences.macro.low  # the draws decide the bounds
    width = differences.macro.high - differences.macro.low
    # Independent runs of 20 clips a word against 20 spread by far more than this.
    assert 0 < width < 0.1
    assert differences.macro.low <= differences.macro.gain <= differences.macro.high


def test_a_run_that_ranks_worse_is_told_so(tmp_path: Path, clips: list[SimulatedClip]) -> None:
    good = write_evaluated(tmp_path / "good", clips, shift=200)
    poor = write_evaluated(tmp_path / "poor", clips, shift=0)
    told = []
    for pair in (read_pair(good, poor), read_pair(poor, good)):
        page = build_comparison(pair, word_differences(pair))
        told.append(re.sub("<[^>]+>", "", page.partition('class="verdict">')[2].partition("</p>")[0]))
    assert told[0] == told[1]  # whichever stands first
    assert re.match(
        "\u201cgood\u201d ranks better than \u201cpoor\u201d: its mean AUROC is higher by 0", told[0]
    )
    assert told[0].endswith("Of 3 words, 3 are better and 0 worse, by their own intervals.")
    assert not re.search("[+\u2212]", told[0])


def test_clips_whose_flag_changed_come_first_those_of_the_target_on_top(
    tmp_path: Path, clips: list[SimulatedClip]
) -> None:
    tested = [clip for clip in clips if clip.split == "test"]
    own = next(clip.path for clip in tested if clip.word == "happy")
    other = next(clip.path for clip in tested if clip.word != "happy")

    def flag_two(columns: dict[str, Any]) -> None:
        columns["flagged"] = [path in (own, other) for path in columns["path"]]

    def flag_none(columns: dict[str, Any]) -> None:
        columns["flagged"] = [False] * len(columns["path"])

    a = write_evaluated(tmp_path / "a", clips, change=flag_none)
    b = write_evaluated(tmp_path / "b", clips, change=flag_two, noise=20)
    moved = most_moved(read_pair(a, b), 5)
    assert [clip.path for clip in moved.flagged_b] == [own, other]
    assert moved.flagged_a == []
    assert {own, other}.isdisjoint(clip.path for clip in (*moved.stranger, *moved.more_usual))
    pair = read_pair(b, a)
    page = build_comparison(pair, None)
    assert page.index("Flagged in A, and not in B") < page.index(f">{own}<") < page.index("Far stranger in B")
    assert "flagged in B only: 0 clips, in A only: 2" in comparison_table(pair, None)


def test_the_clip_that_moved_farthest_comes_first(tmp_path: Path, clips: list[SimulatedClip]) -> None:
    moved = next(clip.path for clip in clips if clip.word == "happy" and clip.split == "test")

    def make_strange(columns: dict[str, Any]) -> None:
        columns["score"][columns["path"].index(moved)] = 1e6

    a = write_evaluated(tmp_path / "a", clips)
    b = write_evaluated(tmp_path / "b", clips, change=make_strange)
    found = most_moved(read_pair(a, b), 5)
    assert (found.stranger[0].path, found.stranger[0].rank_b) == (moved, 1)
    assert all(clip.rank_b - clip.rank_a == 1 for clip in found.more_usual)  # each of them made room
    assert most_moved(read_pair(b, a), 5).more_usual[0].path == moved


def test_settings_that_differ_are_listed_and_others_are_not(
    tmp_path: Path, clips: list[SimulatedClip]
) -> None:
    more = {"target": "happy", "model": {"n_layers": 5}, "seed": 1}
    a = write_evaluated(tmp_path / "a", clips, settings=more)
    b = write_evaluated(tmp_path / "b", clips, settings={"target": "happy", "model": {"n_layers": 3}})
    changed = changed_settings(read_pair(a, b))
    assert sorted(changed) == [("model.n_layers", "5", "3"), ("seed", "1", "absent")]


def test_runs_of_two_targets_are_refused(tmp_path: Path, clips: list[SimulatedClip]) -> None:
    a = write_evaluated(tmp_path / "a", clips)
    b = write_evaluated(tmp_path / "b", simulated_clips(WORDS, "cat", 80, 20), "cat")
    for force in (False, True):
        with pytest.raises(ConfigurationError, match="a is about 'happy' and b about 'cat'; compare"):
            read_pair(a, b, force=force)


def test_runs_of_two_corpora_are_refused_unless_forced(tmp_path: Path, clips: list[SimulatedClip]) -> None:
    a = write_evaluated(tmp_path / "a", clips)
    b = write_evaluated(tmp_path / "b", clips[5:], extras={"corpus_sha256": "ab" * 32})
    with pytest.raises(ConfigurationError, match="4f4f4f4f4f4f and b on abababababab.* or give --force"):
        read_pair(a, b)
    pair = read_pair(a, b, force=True)
    assert set(pair.only_a) == {clip.path for clip in clips[:5]}
    assert (pair.only_b, pair.n_changed) == ((), 0)


def test_a_clip_whose_file_changed_is_in_no_figure(tmp_path: Path, clips: list[SimulatedClip]) -> None:
    for seed, name in ((0, "a"), (1, "b")):
        write_sounds(tmp_path / f"corpus-{name}", clips[:20], seed=seed)
        write_evaluated(tmp_path / name, clips, corpus_root=tmp_path / f"corpus-{name}")
    pair = read_pair(tmp_path / "a", tmp_path / "b")
    assert pair.n_changed == 20
    assert not {clip.path for clip in clips[:20]} & set(pair.a.run.scores.path[pair.rows_a].tolist())


def test_a_run_is_not_compared_with_itself(tmp_path: Path, clips: list[SimulatedClip]) -> None:
    a = write_evaluated(tmp_path / "a", clips)
    with pytest.raises(ConfigurationError, match="are the same run; name two"):
        read_pair(a, a)


def test_two_folders_of_one_name_are_told_apart(tmp_path: Path, clips: list[SimulatedClip]) -> None:
    a, b = (write_evaluated(tmp_path / name / "run", clips) for name in "ab")
    pair = read_pair(a, b)
    assert (pair.a.name, pair.b.name) == ("a/run", "b/run")


def test_damaged_scores_are_refused(tmp_path: Path, clips: list[SimulatedClip]) -> None:
    a, b = (write_evaluated(tmp_path / name, clips) for name in "ab")
    with open(b / "scores.parquet", "ab") as file:
        file.write(b"!")
    with pytest.raises(ArtefactError, match="scores.parquet is damaged"):
        read_pair(a, b)


def test_the_command_prints_a_table_and_writes_one_self_contained_page(
    tmp_path: Path, clips: list[SimulatedClip], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    a = write_evaluated(tmp_path / "a", clips)
    b = write_evaluated(tmp_path / "b", clips, noise=20)
    ended = call("compare", a, b)
    assert (ended.status, ended.err) == (0, "")
    assert re.search(r"^mean over words +60 +0\.\d{3} +0\.\d{3} +[-+]0\.\d{3}  ", ended.out, re.MULTILINE)
    assert ended.out.endswith("page: runs/compare-a-b.html\n")
    tags = tags_of((tmp_path / "runs" / "compare-a-b.html").read_text("utf-8"))
    for tag, attributes in tags:
        for key in ("src", "href"):
            assert (attributes.get(key) or "#").startswith(("data:", "#")), tag
        assert "style" not in attributes


def test_a_refusal_of_the_command_is_one_sentence_and_wrong_usage(
    tmp_path: Path, clips: list[SimulatedClip]
) -> None:
    a = write_evaluated(tmp_path / "a", clips)
    b = write_evaluated(tmp_path / "b", simulated_clips(WORDS, "cat", 80, 20), "cat")
    ended = call("compare", a, b, "--out", tmp_path / "page.html")
    assert ended.status == 2
    assert "compare two runs of one target" in ended.error
    assert not (tmp_path / "page.html").exists()


def test_hostile_names_become_no_markup(tmp_path: Path) -> None:
    clips = simulated_clips(["cat", "happy"], "happy", 80, 20)
    clips += [SimulatedClip(f"{HOSTILE}{n}.wav", HOSTILE, f"{HOSTILE}{n}", "test") for n in range(12)]
    a = write_evaluated(tmp_path / "a", clips)
    b = write_evaluated(tmp_path / "b", clips[:-2], noise=60, settings={"target": "happy", HOSTILE: HOSTILE})
    pair = read_pair(a, b)
    page = build_comparison(pair, word_differences(pair))
    assert sum(tag == "script" for tag, _ in tags_of(page)) == 1
    assert "\u202e" not in page and "\x07" not in page and "[U+202E]" in page
