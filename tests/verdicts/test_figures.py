"""Do the figures that follow from verdicts say what people said?"""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from pipeline.runs.clip_table import ClipTable
from pipeline.verdicts.agreement import agreements, cohen_kappa, disagreements, kappa_interval
from pipeline.verdicts.decisions import Decision, as_labelled_in, decide
from pipeline.verdicts.fit_effect import find_fit_effect, fitted_clips
from pipeline.verdicts.precision import precision_at
from pipeline.verdicts.review_figures import ranked_target_clips, review_figures
from pipeline.verdicts.verdict import KINDS, Verdict, new_uid

DECISIONS = st.sampled_from([Decision(kind) for kind in (*KINDS, "bad", "disputed")])


def said(clip: str, kind: str, reviewer: str = "Anna", word: str = "", decides: str = "") -> Verdict:
    return Verdict(
        uid=new_uid(),
        sha256=clip,
        kind=kind,
        word=word,
        reviewer=reviewer,
        decides=decides,
        made="2026-01-01T00:00:00.000000Z",
    )


# Cohen's kappa.


def test_kappa_of_a_published_table() -> None:
    # 20 both yes, 15 both no, 5 and 10 apart: p_o = 0.7, p_e = 0.5, kappa = 0.4.
    one = ["yes"] * 20 + ["yes"] * 5 + ["no"] * 10 + ["no"] * 15
    other = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert cohen_kappa(one, other) == pytest.approx(0.4)


def test_kappa_matches_scikit_learn() -> None:
    from sklearn.metrics import cohen_kappa_score

    rng = np.random.default_rng(0)
    one = rng.choice(KINDS, 200).tolist()
    other = np.where(rng.random(200) < 0.5, one, rng.choice(KINDS, 200)).tolist()
    assert cohen_kappa(one, other) == pytest.approx(cohen_kappa_score(one, other), abs=1e-12)


def test_kappa_is_undefined_where_both_say_one_thing() -> None:
    assert cohen_kappa(["normal"] * 5, ["normal"] * 5) is None


def test_the_interval_of_kappa_holds_it_as_often_as_it_says_for_a_few_clips() -> None:
    rng = np.random.default_rng(0)
    shares, kappa, n_reviews = np.array([0.8, 0.1, 0.1]), 0.6, 400
    table = kappa * np.diag(shares) + (1 - kappa) * np.outer(shares, shares)
    n_held = 0
    for pairs in rng.choice(9, (n_reviews, 30), p=table.ravel()):
        interval = kappa_interval([str(pair // 3) for pair in pairs], [str(pair % 3) for pair in pairs])
        n_held += interval is None or interval[0] <= kappa <= interval[1]
    # 0.95 of 400 has a standard deviation of 0.011.
    assert n_held / n_reviews > 0.92


def test_reviewers_who_always_agree_have_an_interval_that_is_no_point() -> None:
    told = kappa_interval(["a", "b"] * 5, ["a", "b"] * 5)
    assert told is not None
    assert 0.3 < told[0] < 0.6
    assert told[1] == pytest.approx(1.0)


def test_who_is_unsure_or_decides_between_others_counts_in_no_agreement() -> None:
    standing = [said("a", "normal"), said("a", "unsure", "Ben"), said("b", "noise", "Ben")]
    standing += [said("b", "normal", decides="yes")]
    assert agreements(standing) == []


def test_agreement_is_over_the_clips_that_both_judged() -> None:
    standing = [said("a", "normal"), said("b", "noise"), said("c", "noise", "Ben"), said("a", "noise", "Ben")]
    (pair,) = agreements(standing)
    assert (pair.reviewers, pair.n, pair.share) == (("Anna", "Ben"), 1, 0.0)


def test_another_word_is_a_disagreement() -> None:
    standing = [
        said("a", "wrong-label", word="cat"),
        said("a", "wrong-label", "Ben", "dog"),
        said("b", "noise"),
    ]
    assert disagreements(standing) == {"a": False}


# What several reviewers settle.


@pytest.mark.parametrize(
    ("opinions", "settled"),
    [
        ([("normal", "")], Decision("normal")),
        ([("noise", ""), ("noise", "")], Decision("noise")),
        ([("noise", ""), ("anomaly", "")], Decision("bad")),
        ([("wrong-label", "cat"), ("wrong-label", "cat")], Decision("wrong-label", "cat")),
        ([("wrong-label", "cat"), ("wrong-label", "dog")], Decision("bad")),
        ([("normal", ""), ("noise", "")], Decision("disputed")),
        ([("normal", ""), ("noise", ""), ("noise", "")], Decision("disputed")),
    ],
)
def test_reviewers_settle_a_clip(opinions: list[tuple[str, str]], settled: Decision) -> None:
    standing = [said("a", kind, f"reviewer {k}", word) for k, (kind, word) in enumerate(opinions)]
    assert decide(standing) == {"a": settled}


def test_a_wrong_label_that_was_put_right_is_right() -> None:
    decisions = {"a": Decision("wrong-label", "cat")}
    assert as_labelled_in(decisions, "a", "cat") == Decision("normal")
    assert as_labelled_in(decisions, "a", "bed") == Decision("wrong-label", "cat")


def test_a_third_decides_and_who_is_unsure_says_nothing() -> None:
    apart = [said("a", "normal"), said("a", "noise", "Ben"), said("b", "unsure"), said("c", "unsure")]
    apart += [said("c", "noise", "Ben")]
    assert decide(apart) == {"a": Decision("disputed"), "c": Decision("noise")}
    assert disagreements(apart) == {"a": False}
    settled = [*apart, said("a", "noise", "Cem", decides="yes")]
    assert decide(settled)["a"] == Decision("noise")
    assert disagreements(settled) == {"a": True}


# Precision.


def test_precision_is_over_the_judged_clips_among_the_first() -> None:
    verdicts = {
        "a": Decision("noise"),
        "b": Decision("normal"),
        "d": Decision("anomaly"),
        "e": Decision("noise"),
    }
    found = precision_at(["a", "b", "c", "d", "e"], verdicts, 4)
    assert (found.k, found.n_judged, found.n_bad) == (4, 3, 2)
    assert found.precision == pytest.approx(2 / 3)
    assert (found.coverage, found.at_least) == (0.75, 0.5)


def test_precision_without_a_verdict_is_undefined() -> None:
    found = precision_at(["a"], {}, 10)
    assert (found.k, found.precision, found.coverage) == (1, None, 0.0)


def test_disputed_clips_are_not_judged() -> None:
    assert precision_at(["a"], {"a": Decision("disputed")}, 1).n_judged == 0


@given(st.lists(st.tuples(st.integers(0, 9), DECISIONS), min_size=1), st.integers(1, 20))
def test_precision_never_falls_below_what_is_certain(entries: list[tuple[int, Decision]], k: int) -> None:
    ranked = [str(clip) for clip in range(10)]
    found = precision_at(ranked, {str(clip): decision for clip, decision in entries}, k)
    assert 0 <= found.n_bad <= found.n_judged <= found.k == min(k, 10)
    assert found.precision is None or found.at_least <= found.precision <= 1


@pytest.mark.parametrize(("ranked", "k"), [([], 1), (["a"], 0)])
def test_precision_of_nothing_is_an_error(ranked: list[str], k: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        precision_at(ranked, {}, k)


def test_the_list_is_the_target_alone_strangest_first() -> None:
    scores = {"path": ["p", "q", "r"], "word": ["bed", "bed", "cat"], "score": [1.0, 2.0, 9.0]}
    assert ranked_target_clips(scores, {"p": "a", "q": "b", "r": "c"}, "bed") == ["b", "a"]


def test_a_list_shorter_than_every_length_has_one_figure() -> None:
    effect = find_fit_effect({"word": [], "split": [], "sha256": [], "status": []}, [], {}, "bed")
    figures = review_figures(["a", "b"], [said("a", "noise")], "bed", effect)
    assert [(row["k"], row["precision"]) for row in figures["precision_at"]] == [(2, 1.0)]


# What a model is fitted to.

MANIFEST = {
    "word": ["bed", "bed", "bed", "bed", "cat", "cat", "bed", "bed"],
    "split": ["train", "validation", "test", "train", "train", "test", "train", "train"],
    "sha256": list("abcdefgh"),
    "status": ["ok"] * 7 + ["set_aside"],
}


def test_bad_clips_of_the_target_leave_the_fit_in_the_splits_that_are_fitted() -> None:
    decisions = {clip: Decision("noise") for clip in "abcefh"}
    assert find_fit_effect(MANIFEST, MANIFEST["sha256"], decisions, "bed").words == {0: "", 1: ""}


def test_a_wrong_label_leads_out_of_the_target_and_into_it() -> None:
    decisions = {"a": Decision("wrong-label", "cat"), "e": Decision("wrong-label", "bed")}
    effect = find_fit_effect(
        MANIFEST, MANIFEST["sha256"], decisions | {"f": Decision("wrong-label", "bed")}, "bed"
    )
    assert effect.words == {0: "cat", 4: "bed"}
    assert (effect.n_left, effect.n_joined) == (1, 1)


def test_disputed_clips_stay_and_are_counted() -> None:
    effect = find_fit_effect(
        MANIFEST, MANIFEST["sha256"], {"a": Decision("disputed"), "e": Decision("disputed")}, "bed"
    )
    assert (effect.words, effect.n_disputed) == ({}, 1)
    assert "1 clips are disputed between reviewers and stay as they are" in effect.notes()


def test_the_notes_count_every_kind() -> None:
    decisions = {"a": Decision("noise"), "b": Decision("anomaly"), "d": Decision("wrong-label", "cat")}
    (note,) = find_fit_effect(MANIFEST, MANIFEST["sha256"], decisions, "bed").notes()
    assert note == (
        "by verdicts, 3 clips of 'bed' are left out of the fit (1 anomaly, 1 noise, 1 wrong-label), "
        "and 0 of other words join it"
    )


def test_the_digest_follows_the_change_and_not_the_reviewer() -> None:
    one = find_fit_effect(MANIFEST, MANIFEST["sha256"], {"a": Decision("noise")}, "bed")
    assert (
        one.digest
        == find_fit_effect(
            MANIFEST, MANIFEST["sha256"], {"a": Decision("anomaly"), "g": Decision("normal")}, "bed"
        ).digest
    )
    assert one.digest != find_fit_effect(MANIFEST, MANIFEST["sha256"], {"d": Decision("noise")}, "bed").digest


def test_the_fitted_clips_are_those_that_verdicts_leave() -> None:
    columns = {
        name: np.array(MANIFEST.get(name, [""] * 8), dtype=object) for name in ("word", "split", "status")
    }
    rest = {name: np.array([""] * 8, dtype=object) for name in ("path", "speaker", "reason")}
    table = ClipTable(**columns, **rest, features=np.zeros((8, 1)))
    decisions = {
        "a": Decision("noise"),
        "d": Decision("wrong-label", "cat"),
        "e": Decision("wrong-label", "bed"),
    }
    fitted = fitted_clips(table, find_fit_effect(MANIFEST, MANIFEST["sha256"], decisions, "bed"))
    assert fitted.rows("bed", "train").tolist() == [4, 6]
    assert table.rows("bed", "train").tolist() == [0, 3, 6]
