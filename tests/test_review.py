"""Does the review answer its own page, on this machine alone, and keep what it confirms?"""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import ROOT
from review_run import HOSTILE_WORD, TARGET, Served, copy_review_run, served, write_review_run

from pipeline.artefacts import write_table
from pipeline.errors import PipelineError
from pipeline.review.reviewed_run import read_reviewed_run, share_map
from pipeline.review.server import bind_review


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run folder; never changed by a test."""
    return write_review_run(tmp_path_factory.mktemp("review"))


@pytest.fixture
def desk(run: Path, tmp_path: Path) -> Iterator[Served]:
    """Return a running review with a new file of verdicts."""
    with served(run, tmp_path / "verdicts.sqlite") as review:
        yield review


def committed(path: Path) -> list[tuple[str, str, str]]:
    """Return kind, word and reviewer of every row, as another program reads them."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT kind, word, reviewer FROM verdict ORDER BY id").fetchall()
    finally:
        connection.close()


# Who may speak to it.


def test_the_page_is_served_at_its_address(desk: Served) -> None:
    answer = desk.ask("")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert b"What do you hear?" in answer.body


def test_only_this_machine_can_connect(desk: Served) -> None:
    assert desk.review.socket.getsockname()[0] == "127.0.0.1"


def test_two_reviews_never_share_a_token(run: Path, tmp_path: Path) -> None:
    addresses = set()
    for _ in range(2):
        review = bind_review(run, tmp_path / "verdicts.sqlite")
        review.close()
        addresses.add(review.address.split("/", 3)[3])
    assert len(addresses) == 2
    assert all(len(address) > 30 for address in addresses)


@pytest.mark.parametrize("path", ["/", "/api/run", "/page.js", "/x/api/run", "/%C3%A9/", "//api/run"])
def test_nothing_is_found_without_the_token(desk: Served, path: str) -> None:
    assert desk.ask_anything(path).status == 404


def test_a_part_of_the_token_is_not_enough(desk: Served) -> None:
    assert desk.ask_anything(f"{desk.token[:-4]}/api/run").status == 404


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1", "127.0.0.1:1", "localhost", "[::1]:80"])
def test_another_host_is_refused(desk: Served, host: str) -> None:
    answer = desk.ask("api/run", Host=host)
    assert answer.status == 421
    assert b"happy" not in answer.body


def test_a_request_without_a_host_is_refused(desk: Served) -> None:
    assert desk.ask("api/run", Host="").status in (400, 421)


@pytest.mark.parametrize("origin", ["http://example.org", "null", "https://127.0.0.1", "http://127.0.0.1:1"])
def test_another_origin_can_neither_read_nor_write(desk: Served, origin: str) -> None:
    assert desk.ask("api/run", Origin=origin).status == 403
    verdict = {"clip": "0", "kind": "normal", "reviewer": "Anna"}
    assert desk.post("api/verdicts", verdict, Origin=origin).status == 403
    assert committed(desk.store_path) == []


def test_writing_without_an_origin_is_refused(desk: Served) -> None:
    verdict = {"clip": "0", "kind": "normal", "reviewer": "Anna"}
    assert desk.post("api/verdicts", verdict, Origin="").status == 403
    assert committed(desk.store_path) == []


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_request_that_another_site_caused_is_refused(desk: Served, site: str) -> None:
    assert desk.ask("clips/0/audio", Sec_Fetch_Site=site).status == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("", 200),
        ("api/run", 200),
        ("clips/0/audio", 200),
        ("report/", 200),
        ("nothing", 404),
        ("api/undo", 405),
    ],
)
def test_every_answer_confines_the_page(desk: Served, path: str, status: int) -> None:
    answer = desk.ask(path)
    assert answer.status == status
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_the_policy_of_the_page_lets_nothing_else_run(desk: Served) -> None:
    policy = desk.ask("").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_a_refusal_confines_the_page_too(desk: Served) -> None:
    for answer in (desk.ask("", Host="example.org"), desk.ask("", Origin="null"), desk.ask_anything("/")):
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


# What a request can name.


@pytest.mark.parametrize(
    "clip", ["-1", "99999", "1e0", "0x0", "+1", "00", "..", "%2e%2e", "%D9%A3", "9" * 5_000, "0%00", "happy"]
)
def test_an_unknown_clip_is_not_found(desk: Served, clip: str) -> None:
    assert desk.ask(f"api/clips/{clip}").status == 404
    assert desk.ask(f"clips/{clip}/audio").status == 404


@pytest.mark.parametrize(
    "path",
    [
        "report/../metrics.json",
        "report/%2e%2e/metrics.json",
        "report//etc/passwd",
        "report/%2Fetc%2Fpasswd",
        "report/record.json",
        "clips/..%2F..%2Fetc%2Fpasswd/audio",
        "page.css%00",
    ],
)
def test_no_path_is_taken_from_a_request(desk: Served, path: str) -> None:
    assert desk.ask(path).status == 404


def test_a_link_among_the_files_of_the_report_is_not_followed(run: Path, tmp_path: Path) -> None:
    own = copy_review_run(run, tmp_path)
    (own / "report" / "secret.html").symlink_to(own / "config.toml")
    with served(own, tmp_path / "verdicts.sqlite") as desk:
        assert desk.ask("report/secret.html").status == 404
        assert desk.ask("report/index.html").body == (own / "report" / "index.html").read_bytes()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{", 400),
        (b"\xff", 400),
        (b"[" * 9_000, 400),
        (b'{"a": "' + b"x" * 20_000 + b'"}', 413),
    ],
)
def test_a_body_that_is_no_verdict_is_refused(desk: Served, body: bytes, status: int) -> None:
    assert desk.post("api/verdicts", body).status == status


def test_a_form_cannot_write(desk: Served) -> None:
    body = {"clip": "0", "kind": "normal", "reviewer": "Anna"}
    assert desk.post("api/verdicts", body, Content_Type="text/plain").status == 415


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"kind": "great"}, 400),
        ({"kind": None}, 400),
        ({"kind": "withdrawal"}, 400),
        ({"clip": "99999"}, 404),
        ({"clip": 0}, 404),
        ({"clip": ["0"]}, 404),
        ({"reviewer": ""}, 400),
        ({"reviewer": " Anna"}, 400),
        ({"reviewer": "A\u202enna"}, 400),
        ({"reviewer": "A" * 81}, 400),
        ({"reviewer": 7}, 400),
        ({"uid": "x"}, 400),
        ({"uid": 1}, 400),
        ({"kind": "wrong-label"}, 400),
        ({"kind": "wrong-label", "word": 99}, 400),
        ({"kind": "wrong-label", "word": True}, 400),
        ({"kind": "wrong-label", "other_word": " "}, 400),
        ({"kind": "wrong-label", "other_word": "a\u202eb"}, 400),
        ({"kind": "wrong-label", "other_word": "cat"}, 400),
    ],
)
def test_a_verdict_that_says_nothing_is_refused(
    desk: Served, changed: dict[str, object], status: int
) -> None:
    # Clip 0 is filed under "cat".
    answer = desk.post("api/verdicts", {"clip": "0", "kind": "normal", "reviewer": "Anna"} | changed)
    assert answer.status == status
    assert answer.told["error"]
    assert committed(desk.store_path) == []


# What it keeps.


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


def test_a_verdict_is_there_in_the_next_run_of_the_same_files(run: Path, tmp_path: Path) -> None:
    store = tmp_path / "verdicts.sqlite"
    with served(run, store) as desk:
        desk.judge(desk.queue()["clips"][0]["id"], "anomaly")
    other = copy_review_run(run, tmp_path)  # the same sounds, in another place
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


# What it shows.


def test_the_strangest_clip_of_the_target_comes_first(desk: Served) -> None:
    clips = desk.queue()["clips"]
    assert {clip["word"] for clip in clips} == {TARGET}
    scores = [clip["score"] for clip in clips]
    assert scores == sorted(scores, reverse=True)


def test_other_words_that_pass_for_the_target_come_first_in_their_list(desk: Served) -> None:
    clips = desk.queue("look-alikes")["clips"]
    assert TARGET not in {clip["word"] for clip in clips}
    scores = [clip["score"] for clip in clips]
    assert scores == sorted(scores)


def test_flagged_clips_are_those_that_the_run_flags(desk: Served) -> None:
    flagged = [clip["id"] for clip in desk.queue()["clips"] if clip["flagged"]]
    assert [clip["id"] for clip in desk.queue("flagged")["clips"]] == flagged


def test_disagreements_are_listed_with_what_everyone_said(desk: Served) -> None:
    desk.judge("0", "normal")
    desk.judge("0", "noise", "Ben")
    desk.judge("1", "normal")
    desk.judge("1", "normal", "Ben")
    (clip,) = desk.queue("disagreements", "Cem")["clips"]
    assert clip["id"] == "0"
    assert {other["kind"] for other in clip["others"]} == {"normal", "noise"}


def test_the_list_of_an_audit_is_in_its_order(run: Path, tmp_path: Path) -> None:
    own = copy_review_run(run, tmp_path)
    paths = sorted(clip.path for clip in read_reviewed_run(own).clips.values() if clip.word == TARGET)[:3]
    (own / "audit").mkdir()
    write_table(own / "audit" / "audit.parquet", {"path": [*paths, "gone.wav"], "rank": [2, 3, 1, 4]})
    with served(own, tmp_path / "verdicts.sqlite") as desk:
        told = [desk.ask(f"api/clips/{clip['id']}").told["path"] for clip in desk.queue("audit")["clips"]]
    assert told == [paths[2], paths[0], paths[1]]


def test_exact_copies_stand_in_a_list_once(run: Path, tmp_path: Path) -> None:
    own = copy_review_run(run, tmp_path)
    reviewed = read_reviewed_run(own)
    first, second = [clip for clip in reviewed.clips.values() if clip.word == TARGET][:2]
    content = (tmp_path / "corpus" / first.path).read_bytes()
    (tmp_path / "corpus" / second.path).write_bytes(content)
    columns = {name: list(values) for name, values in _manifest(own).items()}
    columns["sha256"][columns["path"].index(second.path)] = first.sha256
    write_table(own / "manifest.parquet", columns)
    with served(own, tmp_path / "verdicts.sqlite") as desk:
        assert desk.queue()["n_in_all"] == sum(clip.word == TARGET for clip in reviewed.clips.values()) - 1


def _manifest(run: Path) -> dict[str, list[object]]:
    from pipeline.artefacts import read_table

    return read_table(run / "manifest.parquet")


def test_a_part_of_a_sound_can_be_asked_for(desk: Served) -> None:
    whole = desk.ask("clips/0/audio")
    assert (whole.headers["Content-Type"], whole.body[:4]) == ("audio/wav", b"RIFF")
    part = desk.ask("clips/0/audio", Range="bytes=100-199")
    assert (part.status, part.body) == (206, whole.body[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(whole.body)}"
    assert desk.ask("clips/0/audio", Range=f"bytes={len(whole.body)}-").status == 416


def test_a_clip_has_a_waveform_and_a_spectrogram(desk: Served) -> None:
    told = desk.ask("api/clips/0").told
    assert max(high for _, high in told["peaks"]) == 1.0 or min(low for low, _ in told["peaks"]) == -1.0
    assert desk.ask("clips/0/spectrogram").body.startswith(b"\x89PNG")


def test_a_run_without_shares_has_no_heat_map(desk: Served) -> None:
    assert share_map(desk.review.desk.run, "0") is None
    assert desk.ask("api/clips/0").told["has_heat_map"] is False
    assert desk.ask("clips/0/heat_map").status == 404


def test_shares_of_a_run_become_a_heat_map(run: Path, tmp_path: Path) -> None:
    import numpy as np

    from pipeline.artefacts import write_arrays

    own = copy_review_run(run, tmp_path)
    clip = read_reviewed_run(own).clips["0"]
    shares = np.arange(12.0).reshape(1, 4, 3)
    write_arrays(own / "evaluation" / "shares.npz", {"path": np.array([clip.path]), "shares": shares})
    reviewed = read_reviewed_run(own)
    assert np.array_equal(share_map(reviewed, "0"), shares[0])
    assert share_map(reviewed, "1") is None
    with served(own, tmp_path / "verdicts.sqlite") as desk:
        assert desk.ask("clips/0/heat_map").body.startswith(b"\x89PNG")


def test_a_clip_that_has_changed_can_be_neither_heard_nor_judged(run: Path, tmp_path: Path) -> None:
    own = copy_review_run(run, tmp_path)
    clip = read_reviewed_run(own).clips["0"]
    (tmp_path / "corpus" / clip.path).write_bytes(
        (tmp_path / "corpus" / read_reviewed_run(own).clips["1"].path).read_bytes()
    )
    with served(own, tmp_path / "verdicts.sqlite") as desk:
        assert "has changed since the run" in desk.ask("api/clips/0").told["problem"]
        assert desk.judge("0", "normal").status == 409
        assert committed(desk.store_path) == []


def test_a_corpus_that_is_not_at_hand_is_told_in_one_sentence(run: Path, tmp_path: Path) -> None:
    own = copy_review_run(run, tmp_path)
    (tmp_path / "corpus").rename(tmp_path / "elsewhere")
    with served(own, tmp_path / "verdicts.sqlite") as desk:
        assert desk.ask("api/run").told["problem"].startswith("The corpus of this run is not on this machine")
        assert desk.judge("0", "normal").status == 409


def test_a_path_that_leads_out_of_the_corpus_is_not_opened(run: Path, tmp_path: Path) -> None:
    own = copy_review_run(run, tmp_path)
    columns = _manifest(own)
    scores = read_scores(own)
    before = columns["path"][0]
    (tmp_path / "corpus" / str(before)).rename(tmp_path / "outside.wav")
    columns["path"][0] = "../outside.wav"
    scores["path"][scores["path"].index(before)] = "../outside.wav"
    write_table(own / "manifest.parquet", columns)
    write_table(own / "scores.parquet", scores)
    with served(own, tmp_path / "verdicts.sqlite") as desk:
        assert "leads out of the corpus" in desk.ask("api/clips/0").told["problem"]


def read_scores(run: Path) -> dict[str, list[object]]:
    from pipeline.artefacts import read_table

    return read_table(run / "scores.parquet")


def test_the_review_page_has_the_colours_of_the_report() -> None:
    ours, theirs = ((ROOT / "pipeline" / name / "page.css").read_text("utf-8") for name in ("review", "html"))
    colours = [line.strip() for line in ours.splitlines() if line.strip().startswith("--")]
    assert len(colours) > 20
    assert not [line for line in colours if line not in theirs]


# How it begins and ends.


def test_a_run_without_scores_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="has no scores to review; run `make evaluate` first"):
        bind_review(tmp_path, tmp_path / "verdicts.sqlite")


def test_a_run_without_a_report_can_be_reviewed(run: Path, tmp_path: Path) -> None:
    own = copy_review_run(run, tmp_path)
    (own / "report" / "index.html").unlink()
    with served(own, tmp_path / "verdicts.sqlite") as desk:
        assert desk.ask("api/run").told["has_report"] is False
        assert desk.ask("report/").status == 404


def test_a_taken_port_is_an_error_in_words(run: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PipelineError, match="cannot be used"):
            bind_review(run, tmp_path / "verdicts.sqlite", port=taken.getsockname()[1])


def test_an_interrupt_ends_the_server_without_a_traceback(run: Path, tmp_path: Path) -> None:
    arguments = ["-m", "pipeline", "review", f"--run={run}", "--no-browser", "--verdicts=verdicts.sqlite"]
    with subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert re.search(r"http://127\.0\.0\.1:\d+/[\w-]{30,}/", line)
        process.send_signal(signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=120)
        finally:
            process.kill()
    assert process.returncode == 0
    assert "Traceback" not in errors
    assert errors.endswith("Review ended.\n")


def test_the_review_loads_no_tensorflow(run: Path, tmp_path: Path) -> None:
    code = (
        "import pathlib, sys; from pipeline.review.server import bind_review\n"
        f"review = bind_review(pathlib.Path({str(run)!r}), pathlib.Path('verdicts.sqlite'))\n"
        "review.desk.clip('0'); review.close()\n"
        "print(sorted({'tensorflow', 'tf_keras', 'librosa', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
        timeout=300,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
