"""Does the review show a run's clips in the right order, and only those that it can vouch for?"""

import io
import re
import shutil
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

from pipeline.files import sha256_file
from pipeline.files.artefacts import write_arrays
from pipeline.files.tables import read_table, write_table
from pipeline.html.document import page_asset
from pipeline.report.page import STYLE
from pipeline.review.media import MediaCache
from pipeline.review.reviewed_run import ReviewClip, ReviewedRun, attribution_map, read_reviewed_run
from pipeline.runs.folder import RunFolder
from tests.review.review_run import TARGET, Served, committed, copy_review_run, served


def test_the_strangest_clip_of_the_target_comes_first(served_run: Served) -> None:
    clips = served_run.queue()["clips"]
    assert {clip["word"] for clip in clips} == {TARGET}
    scores = [clip["score"] for clip in clips]
    assert scores == sorted(scores, reverse=True)


def test_other_words_that_pass_for_the_target_come_first_in_their_list(served_run: Served) -> None:
    clips = served_run.queue("look-alikes")["clips"]
    assert TARGET not in {clip["word"] for clip in clips}
    scores = [clip["score"] for clip in clips]
    assert scores == sorted(scores)


def test_flagged_clips_are_those_that_the_run_flags(served_run: Served) -> None:
    flagged = [clip["id"] for clip in served_run.queue()["clips"] if clip["flagged"]]
    assert [clip["id"] for clip in served_run.queue("flagged")["clips"]] == flagged


def test_disagreements_are_listed_with_what_everyone_said(served_run: Served) -> None:
    served_run.judge("0", "normal")
    served_run.judge("0", "noise", "Ben")
    served_run.judge("1", "normal")
    served_run.judge("1", "normal", "Ben")
    (clip,) = served_run.queue("disagreements", "Cem")["clips"]
    assert clip["id"] == "0"
    assert {other["kind"] for other in clip["others"]} == {"normal", "noise"}


def test_the_list_of_an_audit_is_in_its_order(review_run: Path, tmp_path: Path) -> None:
    own = copy_review_run(review_run, tmp_path)
    paths = sorted(clip.path for clip in read_reviewed_run(own).clips.values() if clip.word == TARGET)[:3]
    (own / "audit").mkdir()
    texts = ("word", "tags", "reason", "evidence", "nearest_path")
    rest = {name: [""] * 4 for name in texts} | {"score": [0.0] * 4, "p_value": [1.0] * 4}
    write_table(own / "audit" / "audit.parquet", {"path": [*paths, "gone.wav"], "rank": [2, 3, 1, 4]} | rest)
    with served(own, tmp_path / "verdicts.sqlite") as served_run:
        told = [
            served_run.ask(f"api/clips/{clip['id']}").told["path"]
            for clip in served_run.queue("audit")["clips"]
        ]
    assert told == [paths[2], paths[0], paths[1]]


def test_the_list_of_a_sweep_is_offered_in_its_order_with_clips_of_every_class(
    review_run: Path, tmp_path: Path
) -> None:
    own = copy_review_run(review_run, tmp_path)
    clips = read_reviewed_run(own).clips.values()
    other = next(clip.path for clip in clips if clip.word != TARGET)
    paths = [other, next(clip.path for clip in clips if clip.word == TARGET)]
    (own / "sweep").mkdir()
    heard = {
        "reason": ["sounds like another class", "fits its class", ""],
        "probable_class": ["dog", TARGET, "?"],
    }
    figures = {"score": [7.25, -3.0, 0.0], "p_value": [None, 0.5, 0.5], "expected_precision": [0.9, 0.7, 0.1]}
    listed = {"path": [*paths, "gone.wav"], "rank": [2, 1, 3], "tags": ["", "clipped", ""]}
    write_table(own / "sweep" / "sweep.parquet", listed | heard | figures)
    with served(own, tmp_path / "verdicts.sqlite") as served_run:
        assert "sweep" in [queue["name"] for queue in served_run.ask("api/run").told["queues"]]
        told = [
            served_run.ask(f"api/clips/{clip['id']}").told["path"]
            for clip in served_run.queue("sweep")["clips"]
        ]
        usual, wrong = served_run.queue("sweep")["clips"]
        why = served_run.ask(f"api/clips/{wrong['id']}?list=sweep").told["why"]
    assert told == paths[::-1]
    # The figures are the sweep's own, not those of the run.
    assert (wrong["score"], wrong["p_value"], wrong["likely"]) == (7.25, None, "dog")
    assert (usual["score"], usual["tag_names"]) == (-3.0, ["clipped"])
    assert why["reason"] == "sounds like dog"
    assert "90 % are expected" in why["evidence"].replace("\N{NO-BREAK SPACE}", " ")


def test_exact_copies_stand_in_a_list_once(review_run: Path, tmp_path: Path) -> None:
    own = copy_review_run(review_run, tmp_path)
    reviewed = read_reviewed_run(own)
    first, second = [clip for clip in reviewed.clips.values() if clip.word == TARGET][:2]
    content = (tmp_path / "corpus" / first.path).read_bytes()
    (tmp_path / "corpus" / second.path).write_bytes(content)
    columns = {name: list(values) for name, values in read_table(own / "manifest.parquet").items()}
    columns["sha256"][columns["path"].index(second.path)] = first.sha256
    write_table(own / "manifest.parquet", columns)
    with served(own, tmp_path / "verdicts.sqlite") as served_run:
        assert (
            served_run.queue()["n_in_all"] == sum(clip.word == TARGET for clip in reviewed.clips.values()) - 1
        )


def test_a_part_of_a_sound_can_be_asked_for(served_run: Served) -> None:
    whole = served_run.ask("clips/0/audio")
    assert (whole.headers["Content-Type"], whole.body[:4]) == ("audio/wav", b"RIFF")
    part = served_run.ask("clips/0/audio", Range="bytes=100-199")
    assert (part.status, part.body) == (206, whole.body[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(whole.body)}"
    assert served_run.ask("clips/0/audio", Range=f"bytes={len(whole.body)}-").status == 416


def test_a_clip_has_a_waveform_and_a_spectrogram(served_run: Served) -> None:
    told = served_run.ask("api/clips/0").told
    assert max(high for _, high in told["peaks"]) == 1.0 or min(low for low, _ in told["peaks"]) == -1.0
    assert served_run.ask("clips/0/spectrogram").body.startswith(b"\x89PNG")


def test_a_run_without_shares_has_no_heat_map(served_run: Served) -> None:
    assert attribution_map(served_run.review.session.run, "0") is None
    assert served_run.ask("api/clips/0").told["has_heat_map"] is False
    assert served_run.ask("clips/0/heat_map").status == 404


def test_shares_of_a_run_become_a_heat_map(review_run: Path, tmp_path: Path) -> None:
    own = copy_review_run(review_run, tmp_path)
    clip = read_reviewed_run(own).clips["0"]
    attributions = np.arange(12.0).reshape(1, 4, 3)
    write_arrays(
        own / "evaluation" / "attributions.npz", {"path": np.array([clip.path]), "attributions": attributions}
    )
    reviewed = read_reviewed_run(own)
    assert np.array_equal(attribution_map(reviewed, "0"), attributions[0])
    assert attribution_map(reviewed, "1") is None
    with served(own, tmp_path / "verdicts.sqlite") as served_run:
        assert served_run.ask("clips/0/heat_map").body.startswith(b"\x89PNG")


def test_a_recording_is_heard_from_end_to_end_and_its_map_lies_over_the_first_minute(tmp_path: Path) -> None:
    sound = np.random.default_rng(0).uniform(-0.1, 0.1, 80 * 4_000).astype(np.float32)
    soundfile.write(tmp_path / "long.wav", sound, 4_000)
    clip = ReviewClip(
        id="0",
        path="long.wav",
        word="fan",
        speaker="",
        split="test",
        sha256=sha256_file(tmp_path / "long.wav"),
        sound_sha256="",
        score=1.0,
        nats_above_usual=1.0,
        p_value=0.5,
        flagged=False,
        tags="",
    )
    run = ReviewedRun(
        path=tmp_path,
        target="fan",
        clips={"0": clip},
        words=("fan",),
        root=tmp_path,
        problem="",
        sample_rate=16_000,
        duration_seconds=4.0,
        recording_rate=4_000,
        _attributions={"long.wav": np.ones((160, 48))},
    )
    media = MediaCache(run).of(clip)
    assert (media.problem, media.seconds) == ("", 60.0)
    samples, rate = soundfile.read(io.BytesIO(media.audio()))
    assert (len(samples) / rate, rate) == (60.0, 8_000)
    # 60 of 80 seconds of 160 steps.
    assert Image.open(io.BytesIO(media.heat_map)).size == (120, 48)


def test_a_clip_that_has_changed_can_be_neither_heard_nor_judged(review_run: Path, tmp_path: Path) -> None:
    own = copy_review_run(review_run, tmp_path)
    clip = read_reviewed_run(own).clips["0"]
    (tmp_path / "corpus" / clip.path).write_bytes(
        (tmp_path / "corpus" / read_reviewed_run(own).clips["1"].path).read_bytes()
    )
    with served(own, tmp_path / "verdicts.sqlite") as served_run:
        assert "has changed since the run" in served_run.ask("api/clips/0").told["problem"]
        assert served_run.judge("0", "normal").status == 409
        assert committed(served_run.store_path) == []


def test_a_corpus_that_is_not_at_hand_is_told_in_one_sentence(review_run: Path, tmp_path: Path) -> None:
    own = copy_review_run(review_run, tmp_path)
    (tmp_path / "corpus").rename(tmp_path / "elsewhere")
    with served(own, tmp_path / "verdicts.sqlite") as served_run:
        assert (
            served_run.ask("api/run")
            .told["problem"]
            .startswith("The corpus of this run is not on this machine")
        )
        assert served_run.judge("0", "normal").status == 409


def test_a_path_that_leads_out_of_the_corpus_is_not_opened(review_run: Path, tmp_path: Path) -> None:
    own = copy_review_run(review_run, tmp_path)
    columns = read_table(own / "manifest.parquet")
    scores = read_table(own / "scores.parquet")
    before = columns["path"][0]
    (tmp_path / "corpus" / str(before)).rename(tmp_path / "outside.wav")
    columns["path"][0] = "../outside.wav"
    scores["path"][scores["path"].index(before)] = "../outside.wav"
    write_table(own / "manifest.parquet", columns)
    shutil.rmtree(own / "report")  # it is of the evaluation before
    figures = (own / "metrics.json").read_bytes()
    with RunFolder(own).stage("evaluation", {}) as folder:
        write_table(folder.top / "scores.parquet", scores)
        (folder.top / "metrics.json").write_bytes(figures)
    with served(own, tmp_path / "verdicts.sqlite") as served_run:
        assert "leads out of the corpus" in served_run.ask("api/clips/0").told["problem"]


def test_the_review_page_has_the_colours_of_the_report(served_run: Served) -> None:
    sheets = re.findall(r'<link rel="stylesheet" href="([\w.]+)">', served_run.ask("").body.decode())
    ours = "\n".join(served_run.ask(sheet).body.decode() for sheet in sheets)
    theirs = "\n".join(page_asset("pipeline.report", sheet) for sheet in STYLE)
    colours = [line.strip() for line in ours.splitlines() if line.strip().startswith("--")]
    assert len(colours) > 20
    assert not [line for line in colours if line not in theirs]
