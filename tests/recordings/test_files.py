"""Does scoring files give what the run gave its clips, whatever the company they are scored in?"""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.reliability import file_names
from pipeline.corpora import open_corpus
from pipeline.files import read_sealed_toml, tables, write_sealed_toml
from tests.command import Ended, call, flip_a_bit
from tests.conftest import FinishedRun
from tests.quality.faulty_clips import FAULTS, clean_clip
from tests.tiny_corpus import FORMANTS, spoken, write_clip

KEYS = ["path", "log_prob", "score", "nats_above_usual", "p_value", "flagged", "tags"]


def lines_of(ended: Ended) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ended.out.splitlines()]


def score(run: FinishedRun, *paths: Path) -> Ended:
    return call("score", f"--run={run.path}", *paths)


@pytest.fixture(scope="module")
def scored(finished_run: FinishedRun) -> dict[str, dict[str, Any]]:
    """Every clip of the corpus, scored from its file."""
    ended = score(finished_run, finished_run.corpus)
    assert ended.status == 0, ended.err
    return {str(Path(line["path"]).relative_to(finished_run.corpus)): line for line in lines_of(ended)}


@pytest.fixture(scope="module")
def recorded(finished_run: FinishedRun) -> dict[str, dict[str, Any]]:
    """Every clip's row of scores.parquet."""
    columns = tables.read_table(finished_run.path / "scores.parquet")
    rows = zip(*columns.values(), strict=True)
    return {row[0]: dict(zip(columns, row, strict=True)) for row in rows}


def test_a_line_has_the_promised_keys(scored: dict[str, dict[str, Any]]) -> None:
    assert all(list(line) == KEYS for line in scored.values())


def test_every_audio_file_of_a_folder_is_scored(
    scored: dict[str, dict[str, Any]], recorded: dict[str, dict[str, Any]]
) -> None:
    assert set(scored) == set(recorded)


@pytest.mark.parametrize("key", KEYS[1:-1])
def test_a_clip_gets_the_score_of_its_run_to_the_bit(
    key: str, scored: dict[str, dict[str, Any]], recorded: dict[str, dict[str, Any]]
) -> None:
    assert {path: line[key] for path, line in scored.items()} == {
        path: row[key] for path, row in recorded.items()
    }


def test_a_score_does_not_depend_on_the_order(
    finished_run: FinishedRun, scored: dict[str, dict[str, Any]]
) -> None:
    paths = [finished_run.corpus / path for path in scored]
    shuffled = [paths[i] for i in np.random.default_rng(0).permutation(len(paths))]
    lines = lines_of(score(finished_run, *shuffled))
    assert [line["path"] for line in lines] == [str(path) for path in shuffled]
    assert {line["path"]: line for line in lines} == {line["path"]: line for line in scored.values()}


def test_a_score_does_not_depend_on_the_company(
    finished_run: FinishedRun, scored: dict[str, dict[str, Any]]
) -> None:
    path = next(iter(scored))
    (alone,) = lines_of(score(finished_run, finished_run.corpus / path))
    assert alone == scored[path]


def test_files_scored_a_few_at_a_time_give_the_same_lines_in_the_same_order(
    finished_run: FinishedRun, scored: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.recordings.figures.CLIPS_AT_ONCE", 2)
    monkeypatch.setattr(
        "pipeline.features.batches.cut", lambda files, size: [files[i : i + 1] for i in range(len(files))]
    )
    assert lines_of(score(finished_run, finished_run.corpus)) == list(scored.values())


def test_progress_stays_out_of_standard_output(
    finished_run: FinishedRun, scored: dict[str, dict[str, Any]]
) -> None:
    ended = score(finished_run, finished_run.corpus / next(iter(scored)))
    assert len(ended.out.splitlines()) == 1
    assert "score: 1/1 files" in ended.err


def test_a_file_that_cannot_be_used_is_a_line_with_the_reason(
    finished_run: FinishedRun, tmp_path: Path
) -> None:
    (tmp_path / "junk.wav").write_bytes(b"this is a text")
    write_clip(tmp_path / "clip.wav", spoken("zero", 1, np.random.default_rng(0)))
    ended = score(finished_run, tmp_path)
    fine, junk = lines_of(ended)
    assert ended.status == 3
    assert [fine["tags"], type(fine["log_prob"])] == [[], float]
    assert [junk[key] for key in KEYS[1:5]] == [None] * 4
    assert junk["tags"][0].startswith("unusable: ")
    assert "1 files could not be used" in ended.err


def test_every_file_of_a_folder_is_accounted_for(finished_run: FinishedRun, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    write_clip(tmp_path / "outside.wav", spoken("zero", 1, np.random.default_rng(0)))
    write_clip(folder / "clip.wav", spoken("zero", 1, np.random.default_rng(0)))
    for name in ("._clip.wav", ".DS_Store", "Thumbs.db", "desktop.ini"):
        (folder / name).write_bytes(b"system")
    ended = score(finished_run, folder)
    assert (ended.status, len(lines_of(ended))) == (0, 1)
    assert "1 audio files whose names begin with '.'" in ended.err
    assert "3 files that are no sound were left out" in ended.err
    (folder / "link.wav").symlink_to(tmp_path / "outside.wav")
    ended = score(finished_run, folder)
    assert ended.status == 3
    assert lines_of(ended)[1]["tags"][0].startswith("unusable: outside: a link to a file outside")


def test_a_file_is_found_again_whatever_its_name(finished_run: FinishedRun, tmp_path: Path) -> None:
    paths = file_names.written(tmp_path / "corpus" / "word")
    assert len(file_names.NAMES) == 50
    assert not file_names.lost(paths, score(finished_run, tmp_path).out)
    assert len(open_corpus(str(tmp_path / "corpus")).clips) == len(paths)


def test_sounds_of_any_rate_and_length_are_scored(finished_run: FinishedRun, tmp_path: Path) -> None:
    import soundfile

    sound = spoken("zero", 1, np.random.default_rng(0))
    soundfile.write(tmp_path / "a.flac", np.stack([sound, sound], axis=1), 8_000)
    soundfile.write(tmp_path / "b.wav", sound[:3_000], 48_000, subtype="FLOAT")
    lines = lines_of(score(finished_run, tmp_path))
    assert all(np.isfinite(line["log_prob"]) for line in lines)
    assert ["copied_channels" in line["tags"] for line in lines] == [True, False]
    assert ["too_short" in line["tags"] for line in lines] == [False, True]


def test_a_clip_gets_the_tags_of_its_run(
    scored: dict[str, dict[str, Any]], recorded: dict[str, dict[str, Any]]
) -> None:
    assert {path: "; ".join(line["tags"]) for path, line in scored.items()} == {
        path: row["tags"] for path, row in recorded.items()
    }


@pytest.mark.parametrize("tag", sorted(FAULTS))
def test_a_faulty_file_gets_its_tag(tag: str, finished_run: FinishedRun, tmp_path: Path) -> None:
    import soundfile

    soundfile.write(tmp_path / "clip.wav", FAULTS[tag][0](clean_clip()), 16_000)
    (line,) = lines_of(score(finished_run, tmp_path))
    assert tag in line["tags"]


def test_a_rate_that_cannot_be_kept_is_refused_aloud(own_run: FinishedRun) -> None:
    page = read_sealed_toml(own_run.path / "config.toml")
    page["evaluation"]["alpha"] = 0.01
    write_sealed_toml(own_run.path / "config.toml", page)
    shutil.rmtree(own_run.path / "evaluation")
    ended = score(own_run, next(own_run.corpus.rglob("*.wav")))
    assert (
        "score: alpha=0.01 needs at least 99 calibration clips, got 12: nothing can be flagged" in ended.err
    )
    assert not any(line["flagged"] for line in lines_of(ended))


def test_the_score_is_higher_for_stranger_clips(recorded: dict[str, dict[str, Any]]) -> None:
    means = {
        word: np.mean(
            [row["score"] for row in recorded.values() if (row["word"], row["split"]) == (word, "test")]
        )
        for word in FORMANTS
    }
    assert min(means, key=lambda word: means[word]) == "zero"


@pytest.mark.parametrize("name", ["weights.npz", "calibration.npz", "model.json", "record.json"])
def test_a_damaged_model_scores_nothing(name: str, own_run: FinishedRun) -> None:
    if name == "record.json":
        (own_run.path / "model" / name).write_text("{", "utf-8")
    else:
        flip_a_bit(own_run.path / "model" / name)
    ended = score(own_run, own_run.corpus)
    assert (ended.status, ended.out) == (4, "")
    assert f"model/{name}" in ended.error


@pytest.mark.parametrize("content", ["", "junk", "[evaluation]\nalpha = 2\n"])
def test_a_damaged_configuration_scores_nothing(content: str, own_run: FinishedRun) -> None:
    (own_run.path / "config.toml").write_text(content, "utf-8")
    ended = score(own_run, own_run.corpus)
    assert (ended.status, ended.out) == (4, "")
    assert "config.toml" in ended.error


def test_a_path_that_does_not_exist_is_one_sentence(finished_run: FinishedRun, tmp_path: Path) -> None:
    ended = score(finished_run, tmp_path / "gone.wav")
    assert (ended.status, ended.out) == (1, "")
    assert "gone.wav cannot be scored: No such file or directory" in ended.error


def test_a_folder_without_sounds_is_one_sentence(finished_run: FinishedRun, tmp_path: Path) -> None:
    ended = score(finished_run, tmp_path)
    assert ended.status == 1
    assert "holds 0 audio files" in ended.error


def test_a_run_without_a_model_is_one_sentence(finished_run: FinishedRun, tmp_path: Path) -> None:
    ended = call("score", f"--run={tmp_path / 'nothing'}", finished_run.corpus)
    assert ended.status == 1
    assert "no run stands at" in ended.error
    assert not (tmp_path / "nothing").exists()
