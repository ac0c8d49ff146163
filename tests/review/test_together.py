"""Can clips be judged together, with doubt and a note, and can a third decide between two?"""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.errors import ConfigurationError, PipelineError
from pipeline.files.tables import write_table
from pipeline.review.lists import read_listed
from pipeline.review.scales import banded_marks, log_marks, picture_marks
from pipeline.review.server import bind_review
from tests.review.review_run import Served, committed, copy_review_run, served


def test_several_clips_are_judged_and_taken_back_at_once(served_run: Served) -> None:
    served_run.judge("3", "noise")
    asked = {"clips": ["0", "1", "2"], "kind": "normal", "reviewer": "Anna", "uid": "ab" * 16}
    for _ in range(2):  # an answer that was lost is asked for again
        told = served_run.post("api/verdicts", asked).told
        assert [clip["verdict"]["kind"] for clip in told["clips"]] == ["normal"] * 3
    assert len(committed(served_run.store_path)) == 4
    taken = served_run.post("api/undo", {"reviewer": "Anna"}).told
    assert [clip["id"] for clip in taken["clips"]] == ["0", "1", "2"]
    assert [row.kind for row in served_run.review.session.store.standing()] == ["noise"]


def test_a_clip_that_has_changed_is_left_out_of_those_judged_at_once(
    review_run: Path, tmp_path: Path
) -> None:
    own = copy_review_run(review_run, tmp_path)
    with served(own, tmp_path / "verdicts.sqlite") as served_run:
        gone = served_run.review.session.run.clips["0"]
        (tmp_path / "corpus" / gone.path).write_bytes(b"another")
        asked = {"clips": ["0", "1"], "kind": "normal", "reviewer": "Anna"}
        told = served_run.post("api/verdicts", asked).told
        assert [clip["id"] for clip in told["clips"]] == ["1"]
        assert told["problem"].startswith("1 of 2 were left out")


@pytest.mark.parametrize(
    ("clips", "status"), [([], 400), ("0", 400), ([["0"]], 404), (["no"], 404), (["0"] * 1_001, 413)]
)
def test_what_is_no_list_of_clips_is_refused(served_run: Served, clips: object, status: int) -> None:
    asked = {"clips": clips, "kind": "normal", "reviewer": "Anna"}
    assert served_run.post("api/verdicts", asked).status == status
    assert committed(served_run.store_path) == []


def test_doubt_and_a_note_are_kept_and_the_clip_waits_for_another(served_run: Served) -> None:
    told = served_run.judge("0", "unsure", note=" a hum? ").told
    assert (told["clip"]["verdict"]["kind"], told["clip"]["verdict"]["note"]) == ("unsure", "a hum?")
    assert [clip["id"] for clip in served_run.queue("unsure", "Ben")["clips"]] == ["0"]
    served_run.judge("0", "noise", "Ben")
    assert served_run.queue("unsure", "Ben")["clips"] == []
    assert served_run.judge("1", "noise", note="x" * 501).status == 400


def test_a_third_decides_and_the_opinions_stay(served_run: Served) -> None:
    served_run.judge("0", "normal")
    assert served_run.judge("0", "noise", "Ben").told["n_disputed"] == 1
    (clip,) = served_run.queue("disagreements", "Cem")["clips"]
    assert (clip["may_decide"], clip["decided"]) == (True, None)
    told = served_run.judge("0", "noise", "Cem", queue="disagreements").told
    assert told["n_disputed"] == 0
    (clip,) = served_run.queue("disagreements", "Cem")["clips"]
    assert (clip["verdict"], clip["decided"]["reviewer"]) == (None, "Cem")
    assert [pair["reviewers"] for pair in told["agreement"]] == [["Anna", "Ben"]]


def test_one_of_two_who_disagree_decides_nothing(served_run: Served) -> None:
    served_run.judge("0", "normal")
    served_run.judge("0", "noise", "Ben")
    served_run.judge("0", "noise", "Anna", queue="disagreements")
    assert [row.decides for row in served_run.review.session.store.rows()] == ["", "", ""]
    assert served_run.queue("disagreements")["clips"] == []


def test_a_link_finds_its_clip_in_a_list_and_outside_of_it(served_run: Served) -> None:
    clips = served_run.queue("look-alikes")["clips"]
    linked = served_run.ask(f"api/queues/strangest?reviewer=Anna&clip={clips[3]['link']}").told["clips"]
    assert linked[0]["id"] == clips[3]["id"]
    again = served_run.ask(f"api/queues/look-alikes?reviewer=Anna&clip={clips[3]['link']}").told["clips"]
    assert [clip["id"] for clip in again] == [clip["id"] for clip in clips]


def test_the_command_names_the_clip_to_begin_with_and_who_judges(review_run: Path, tmp_path: Path) -> None:
    store = tmp_path / "verdicts.sqlite"
    with pytest.raises(PipelineError, match="has no clip happy/nothing.wav"):
        bind_review(review_run, store, clip="happy/nothing.wav")
    with pytest.raises(ConfigurationError, match="begins or ends with a space"):
        bind_review(review_run, store, reviewer=" Anna")
    review = bind_review(review_run, store)
    clip = next(clip for clip in review.session.run.clips.values() if clip.word == review.session.run.target)
    review.close()
    review = bind_review(review_run, store, reviewer="Anna", clip=clip.path)
    assert review.address.endswith(f"/#strangest/{clip.link}")
    assert review.session.card()["reviewer"] == "Anna"
    review.close()


def test_a_part_is_seen_and_a_quiet_clip_is_heard_at_full_scale(served_run: Served) -> None:
    part = served_run.ask("api/clips/0/peaks?start=0.25&end=0.5")
    assert part.status == 200
    assert served_run.ask("clips/0/spectrogram?start=0.25&end=0.5").body.startswith(b"\x89PNG")
    loud, _ = soundfile.read(io.BytesIO(served_run.ask("clips/0/audio?gain=full").body))
    assert np.abs(loud).max() > 0.99
    assert served_run.ask("legend").body.startswith(b"\x89PNG")


@pytest.mark.parametrize("part", ["start=-1", "start=1&end=0.5", "end=nan", "start=1e99", "end=x"])
def test_a_part_that_is_none_is_refused(served_run: Served, part: str) -> None:
    for address in ("clips/0/spectrogram", "api/clips/0/peaks"):
        assert served_run.ask(f"{address}?{part}").status == 400


def test_marks_rise_within_the_picture() -> None:
    for marks in (picture_marks(16_000), log_marks(50.0, 8_000.0), banded_marks(np.geomspace(60, 7_000, 40))):
        heights = [height for height, _ in marks]
        assert heights == sorted(heights, reverse=True)
        assert 0 < heights[-1] < heights[0] < 1
    middle = {text: height for height, text in log_marks(250.0, 4_000.0)}
    assert middle["1"] == pytest.approx(0.5)


def test_the_part_of_a_recording_that_an_audit_names_is_that_of_its_worst_entry(tmp_path: Path) -> None:
    columns = {"path": ["a", "a", "b"], "rank": [2, 1, 3], "start_seconds": [0.0, 4.0, None]}
    write_table(tmp_path / "audit.parquet", columns | {"end_seconds": [1.0, 5.5, None]})
    listed = read_listed(tmp_path / "audit.parquet")
    assert (listed.paths, listed.regions) == (("a", "b"), {"a": (4.0, 5.5)})
