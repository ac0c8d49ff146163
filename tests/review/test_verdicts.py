"""Does the review keep what it confirms, take back what is undone, and tell who said what?"""

from pathlib import Path

import pytest

from tests.review.review_run import HOSTILE_WORD, Served, committed, copy_review_run, served


def test_what_is_confirmed_has_been_committed(desk: Served) -> None:
    answer = desk.judge("0", "anomaly")
    assert (answer.status, answer.told["clip"]["verdict"]["kind"]) == (200, "anomaly")
    assert committed(desk.store_path) == [("anomaly", "", "Anna")]


def test_a_word_of_the_run_is_named_by_its_number(desk: Served) -> None:
    words = desk.ask("api/run").told["words"]
    number = next(index for index, word in enumerate(words) if word.startswith("=HYPERLINK"))
    desk.judge("0", "wrong-label", word=number)
    assert committed(desk.store_path) == [("wrong-label", HOSTILE_WORD, "Anna")]


def test_a_word_that_the_run_does_not_have_can_be_named(desk: Served) -> None:
    assert desk.judge("0", "wrong-label", other_word="sheila").told["clip"]["verdict"]["word"] == "sheila"


def test_a_judgement_that_is_sent_twice_is_kept_once(desk: Served) -> None:
    for _ in range(2):
        assert desk.judge("0", "noise", uid="ab" * 16).status == 200
    assert committed(desk.store_path) == [("noise", "", "Anna")]


def test_undo_takes_back_the_last_verdict_and_keeps_its_row(desk: Served) -> None:
    desk.judge("0", "normal")
    desk.judge("1", "noise")
    taken = desk.post("api/undo", {"reviewer": "Anna"}).told
    assert (taken["clip"]["id"], taken["clip"]["verdict"]) == ("1", None)
    assert [kind for kind, _, _ in committed(desk.store_path)] == ["normal", "noise", "withdrawal"]


def test_undo_takes_back_no_verdict_of_another_reviewer(desk: Served) -> None:
    desk.judge("0", "normal", "Ben")
    assert desk.post("api/undo", {"reviewer": "Anna"}).status == 409
    assert len(committed(desk.store_path)) == 1


def test_a_verdict_is_there_in_the_next_run_of_the_same_files(review_run: Path, tmp_path: Path) -> None:
    store = tmp_path / "verdicts.sqlite"
    with served(review_run, store) as desk:
        desk.judge(desk.queue()["clips"][0]["id"], "anomaly")
    other = copy_review_run(review_run, tmp_path)  # the same sounds, in another place
    with served(other, store) as desk:
        assert [clip["verdict"]["kind"] for clip in desk.queue()["clips"] if clip["verdict"]] == ["anomaly"]


def test_what_others_said_is_told_after_one_has_judged(desk: Served) -> None:
    desk.judge("0", "anomaly", "Ben")
    assert desk.queue("look-alikes")["clips"][0]["others"] == []
    others = desk.judge("0", "normal").told["clip"]["others"]
    assert others == [{"reviewer": "Ben", "kind": "anomaly", "word": ""}]


def test_agreement_is_told_with_the_number_of_clips(desk: Served) -> None:
    for clip, one, other in (("0", "normal", "normal"), ("1", "noise", "noise"), ("2", "normal", "noise")):
        desk.judge(clip, one)
        told = desk.judge(clip, other, "Ben").told
    assert told["agreement"] == [
        {"reviewers": ["Anna", "Ben"], "n": 3, "share": pytest.approx(2 / 3), "kappa": pytest.approx(0.4)}
    ]
