"""Who may speak to the review, and what can a request name?"""

from pathlib import Path

import pytest

from pipeline.review.server import bind_review
from tests.review.review_run import Served, committed, copy_review_run, served

# Who may speak to it.


def test_the_page_is_served_at_its_address(served_run: Served) -> None:
    answer = served_run.ask("")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert b"What do you hear?" in answer.body


def test_only_this_machine_can_connect(served_run: Served) -> None:
    assert served_run.review.socket.getsockname()[0] == "127.0.0.1"


def test_two_reviews_never_share_a_token(review_run: Path, tmp_path: Path) -> None:
    addresses = set()
    for _ in range(2):
        review = bind_review(review_run, tmp_path / "verdicts.sqlite")
        review.close()
        addresses.add(review.address.split("/", 3)[3])
    assert len(addresses) == 2
    assert all(len(address) > 30 for address in addresses)


@pytest.mark.parametrize("path", ["/", "/api/run", "/page.js", "/x/api/run", "/%C3%A9/", "//api/run"])
def test_nothing_is_found_without_the_token(served_run: Served, path: str) -> None:
    assert served_run.ask_anything(path).status == 404


def test_a_part_of_the_token_is_not_enough(served_run: Served) -> None:
    assert served_run.ask_anything(f"{served_run.token[:-4]}/api/run").status == 404


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1", "127.0.0.1:1", "localhost", "[::1]:80"])
def test_another_host_is_refused(served_run: Served, host: str) -> None:
    answer = served_run.ask("api/run", Host=host)
    assert answer.status == 421
    assert b"happy" not in answer.body


def test_a_request_without_a_host_is_refused(served_run: Served) -> None:
    assert served_run.ask("api/run", Host="").status in (400, 421)


@pytest.mark.parametrize("origin", ["http://example.org", "null", "https://127.0.0.1", "http://127.0.0.1:1"])
def test_another_origin_can_neither_read_nor_write(served_run: Served, origin: str) -> None:
    assert served_run.ask("api/run", Origin=origin).status == 403
    verdict = {"clip": "0", "kind": "normal", "reviewer": "Anna"}
    assert served_run.post("api/verdicts", verdict, Origin=origin).status == 403
    assert committed(served_run.store_path) == []


def test_writing_without_an_origin_is_refused(served_run: Served) -> None:
    verdict = {"clip": "0", "kind": "normal", "reviewer": "Anna"}
    assert served_run.post("api/verdicts", verdict, Origin="").status == 403
    assert committed(served_run.store_path) == []


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_request_that_another_site_caused_is_refused(served_run: Served, site: str) -> None:
    assert served_run.ask("clips/0/audio", Sec_Fetch_Site=site).status == 403


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
def test_every_answer_confines_the_page(served_run: Served, path: str, status: int) -> None:
    answer = served_run.ask(path)
    assert answer.status == status
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_a_report_cannot_speak_to_the_review(served_run: Served) -> None:
    policy = served_run.ask("report/").headers["Content-Security-Policy"]
    assert "connect-src 'none'" in policy
    assert "form-action 'none'" in policy


def test_the_policy_of_the_page_lets_nothing_else_run(served_run: Served) -> None:
    policy = served_run.ask("").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_a_refusal_confines_the_page_too(served_run: Served) -> None:
    for answer in (
        served_run.ask("", Host="example.org"),
        served_run.ask("", Origin="null"),
        served_run.ask_anything("/"),
    ):
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


# What a request can name.


@pytest.mark.parametrize(
    "clip", ["-1", "99999", "1e0", "0x0", "+1", "00", "..", "%2e%2e", "%D9%A3", "9" * 5_000, "0%00", "happy"]
)
def test_an_unknown_clip_is_not_found(served_run: Served, clip: str) -> None:
    assert served_run.ask(f"api/clips/{clip}").status == 404
    assert served_run.ask(f"clips/{clip}/audio").status == 404


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
def test_no_path_is_taken_from_a_request(served_run: Served, path: str) -> None:
    assert served_run.ask(path).status == 404


def test_a_link_among_the_files_of_the_report_is_not_followed(review_run: Path, tmp_path: Path) -> None:
    own = copy_review_run(review_run, tmp_path)
    (own / "report" / "secret.html").symlink_to(own / "config.toml")
    with served(own, tmp_path / "verdicts.sqlite") as served_run:
        assert served_run.ask("report/secret.html").status == 404
        assert served_run.ask("report/index.html").body == (own / "report" / "index.html").read_bytes()


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
def test_a_body_that_is_no_verdict_is_refused(served_run: Served, body: bytes, status: int) -> None:
    assert served_run.post("api/verdicts", body).status == status


def test_a_form_cannot_write(served_run: Served) -> None:
    body = {"clip": "0", "kind": "normal", "reviewer": "Anna"}
    assert served_run.post("api/verdicts", body, Content_Type="text/plain").status == 415


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
    served_run: Served, changed: dict[str, object], status: int
) -> None:
    # Clip 0 is filed under "cat".
    answer = served_run.post("api/verdicts", {"clip": "0", "kind": "normal", "reviewer": "Anna"} | changed)
    assert answer.status == status
    assert answer.told["error"]
    assert committed(served_run.store_path) == []


def test_a_report_that_was_changed_or_put_there_by_hand_is_not_shown(
    review_run: Path, tmp_path: Path
) -> None:
    own = copy_review_run(review_run, tmp_path)
    (own / "report" / "more.html").write_text("<!DOCTYPE html>", "utf-8")
    with (own / "report" / "index.html").open("a", encoding="utf-8") as page:
        page.write("<script>owned = 1</script>")
    with served(own, tmp_path / "verdicts.sqlite") as served_run:
        assert served_run.ask("report/more.html").status == 404
        answer = served_run.ask("report/index.html")
        assert answer.status == 409
        assert "has changed since the report was made" in answer.told["error"]


def test_verdicts_on_a_disk_that_cannot_be_written_to_are_shown_and_none_is_taken(
    review_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "verdicts.sqlite"
    asked = {"clip": "0", "kind": "noise", "reviewer": "Anna", "uid": "1" * 32}
    with served(review_run, store) as served_run:
        assert served_run.post("api/verdicts", asked).status == 200
    monkeypatch.setattr("pipeline.verdicts.database._may_write", lambda path: False)
    with served(review_run, store) as served_run:
        told = {clip["id"]: clip["verdict"] for clip in served_run.queue()["clips"]}
        assert "noise" in str(told.get("0") or served_run.ask("verdicts.csv").body)
        answer = served_run.post("api/verdicts", asked | {"uid": "2" * 32})
        assert answer.status == 500
        assert "can be read and not written to; copy it to another place" in answer.told["error"]
