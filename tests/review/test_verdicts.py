"""Does the review keep what it confirms, take back what is undone, and tell who said what?"""

from pathlib import Path

import pytest

from tests.review.review_run import HOSTILE_WORD, Served, committed, copy_review_run, served


def test_what_is_confirmed_has_been_committed(served_run: Served) -> None:
    answer = served_run.judge("0", "anomaly")
    assert (answer.status, answer.told["clip"]["verdict"]["kind"]) == (200, "anomaly")
    assert committed(served_run.store_path) == [("anomaly", "", "Anna")]


def test_a_word_of_the_run_is_named_by_its_number(served_run: Served) -> None:
    words = served_run.ask("api/run").told["words"]
    number = next(index for index, word in enumerate(words) if word.startswith("=HYPERLINK"))
    served_run.judge("0", "wrong-label", word=number)
    assert committed(served_run.store_path) == [("wrong-label", HOSTILE_WORD, "Anna")]


def test_a_word_that_the_run_does_not_have_can_be_named(served_run: Served) -> None:
    assert (
        served_run.judge("0", "wrong-label", other_word="sheila").told["clip"]["verdict"]["word"] == "sheila"
    )


def test_a_judgement_that_is_sent_twice_is_kept_once(served_run: Served) -> None:
    for _ in range(2):
        assert served_run.judge("0", "noise", uid="ab" * 16).status == 200
    assert committed(served_run.store_path) == [("noise", "", "Anna")]


def test_undo_takes_back_the_last_verdict_and_keeps_its_row(served_run: Served) -> None:
    served_run.judge("0", "normal")
    served_run.judge("1", "noise")
    taken = served_run.post("api/undo", {"reviewer": "Anna"}).told
    assert (taken["clip"]["id"], taken["clip"]["verdict"]) == ("1", None)
    assert [kind for kind, _, _ in committed(served_run.store_path)] == ["normal", "noise", "withdrawal"]


def test_undo_takes_back_no_verdict_of_another_reviewer(served_run: Served) -> None:
    served_run.judge("0", "normal", "Ben")
    assert served_run.post("api/undo", {"reviewer": "Anna"}).status == 409
    assert len(committed(served_run.store_path)) == 1


def test_a_verdict_is_there_in_the_next_run_of_the_same_files(review_run: Path, tmp_path: Path) -> None:
    store = tmp_path / "verdicts.sqlite"
    with served(review_run, store) as served_run:
        served_run.judge(served_run.queue()["clips"][0]["id"], "anomaly")
    other = copy_review_run(review_run, tmp_path)  # the same sounds, in another place
    with served(other, store) as served_run:
        assert [clip["verdict"]["kind"] for clip in served_run.queue()["clips"] if clip["verdict"]] == [
            "anomaly"
        ]


def test_what_others_said_is_told_after_one_has_judged(served_run: Served) -> None:
    served_run.judge("0", "anomaly", "Ben")
    assert served_run.queue("look-alikes")["clips"][0]["others"] == []
    others = served_run.judge("0", "normal").told["clip"]["others"]
    assert others == [{"reviewer": "Ben", "kind": "anomaly", "word": "", "note": ""}]


def test_agreement_is_told_with_the_number_of_clips(served_run: Served) -> None:
    for clip, one, other in (("0", "normal", "normal"), ("1", "noise", "noise"), ("2", "normal", "noise")):
        served_run.judge(clip, one)
        told = served_run.judge(clip, other, "Ben").told
    (pair,) = told["agreement"]
    assert (pair["reviewers"], pair["n"], pair["share"]) == (["Anna", "Ben"], 3, pytest.approx(2 / 3))
    assert pair["kappa"] == pytest.approx(0.4)
    assert pair["kappa_ci95"][0] < 0.4 < pair["kappa_ci95"][1]
