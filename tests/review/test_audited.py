"""Does the list of the audit show the audit's own figures, reason and likely class?"""

from pathlib import Path

import pytest

from pipeline.errors import ArtefactError
from pipeline.files.tables import read_table, write_table
from pipeline.review.audited import read_audit
from tests.review.review_run import TARGET, copy_review_run, served, write_review_run

FILED = ("cat", TARGET)


def _write_audit(run: Path, **changed: list[str]) -> dict[str, list[object]]:
    """Write an audit of the target's clips, in which every second one sounds like a cat."""
    scores = read_table(run / "scores.parquet")
    paths = [path for path, word in zip(scores["path"], scores["word"], strict=True) if word == TARGET]
    n = len(paths)
    columns: dict[str, list[object]] = {
        "path": [*paths],
        "word": [TARGET] * n,
        "rank": [n - place for place in range(n)],
        "score": [0.5] * n,
        "score_with_words": [10.0 + place for place in range(n)],
        "p_value": [0.01 * (place + 1) for place in range(n)],
        "sounds_like": [FILED[place % 2] for place in range(n)],
        "tags": ["clipped"] * n,
        "reason": ["odd speaker or channel"] * n,
        "evidence": ["Its nearest clips are far away."] * n,
        "nearest_path": [paths[0]] * n,
        **changed,
    }
    write_table(run / "audit" / "audit.parquet", columns)
    return columns


@pytest.fixture(scope="module")
def review_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run folder with an audit; never changed by a test."""
    run = write_review_run(tmp_path_factory.mktemp("review"))
    _write_audit(run)
    return run


def test_the_list_of_the_audit_tells_its_own_figures(review_run: Path, tmp_path: Path) -> None:
    columns = read_table(review_run / "audit" / "audit.parquet")
    last = len(columns["path"]) - 1
    with served(review_run, tmp_path / "verdicts.sqlite") as here:
        first = here.ask("api/queues/audit?reviewer=anna").told["clips"][0]
        elsewhere = here.ask("api/queues/strangest?reviewer=anna").told["clips"]
        why = {
            of: here.ask(f"api/clips/{first['id']}?list={of}").told["why"] for of in ("audit", "strangest")
        }
    assert (first["score"], first["p_value"]) == (10.0 + last, round(0.01 * (last + 1), 4))
    assert (first["nats_above_usual"], first["tags"]) == (None, "clipped")
    assert first["likely"] == FILED[last % 2]
    (own,) = [clip for clip in elsewhere if clip["id"] == first["id"]]
    assert own["score"] != first["score"]
    assert why["strangest"] is None  # the run itself has no reasons
    assert f"+{10.0 + last:.1f} standard deviations" in why["audit"]["evidence"]
    assert why["audit"]["evidence"].endswith("Its nearest clips are far away.")


def test_another_class_is_the_reason_and_the_own_class_is_not(review_run: Path) -> None:
    reasons = {clip.why.reason for clip in read_audit(review_run / "audit" / "audit.parquet").values()}
    assert reasons == {"sounds like cat", "odd speaker or channel"}


def test_an_audit_of_one_class_alone_has_no_likely_one(review_run: Path, tmp_path: Path) -> None:
    columns = read_table(review_run / "audit" / "audit.parquet")
    kept = {name: of for name, of in columns.items() if name not in ("sounds_like", "score_with_words")}
    write_table(tmp_path / "audit.parquet", kept)
    clip = next(iter(read_audit(tmp_path / "audit.parquet").values()))
    assert (clip.likely, clip.score, clip.why.reason) == ("", 0.5, "odd speaker or channel")


def test_an_audit_that_lacks_a_column_is_refused(review_run: Path, tmp_path: Path) -> None:
    own = copy_review_run(review_run, tmp_path)
    columns = read_table(own / "audit" / "audit.parquet")
    del columns["evidence"]
    write_table(own / "audit" / "audit.parquet", columns)
    with pytest.raises(ArtefactError, match="lacks the column evidence; audit again"):
        read_audit(own / "audit" / "audit.parquet")
