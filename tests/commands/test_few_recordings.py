"""Does a folder of thirty recordings of one machine, or of five, give a report that means something?"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from pipeline.files.tables import read_table
from pipeline.verdicts.store import VerdictStore
from tests.command import Ended, call
from tests.commands.test_sounds import QUICK, RATE, hum

N = 30


@dataclass(frozen=True)
class Few:
    """A run of few recordings and its corpus."""

    corpus: Path
    run: Path
    ended: Ended

    def call(self, verb: str, *more: str) -> Ended:
        return call(verb, *options(self.corpus, self.run), *more)

    @property
    def scores(self) -> dict[str, np.ndarray]:
        return {name: np.array(values) for name, values in read_table(self.run / "scores.parquet").items()}

    @property
    def metrics(self) -> dict[str, Any]:
        return dict(json.loads((self.run / "metrics.json").read_text("utf-8")))


def options(corpus: Path, run: Path) -> tuple[str, ...]:
    rate = f"--set=features.recording_rate={RATE}"
    return (
        f"--corpus={corpus}",
        "--target=running",
        f"--run={run}",
        *QUICK,
        rate,
        "--set=evaluation.sound_baselines=false",
    )


def write(root: Path, n: int, n_faulty: int = 0, seconds: float = 2.0) -> Path:
    """Write recordings of a running machine, alone with one of another pitch, or beside a faulty one."""
    generator = np.random.default_rng(0)
    for name, hertz, count in (("running", 120.0, n), ("faulty", 170.0, n_faulty)):
        for number in range(count):
            (root / name).mkdir(parents=True, exist_ok=True)
            sound = hum(seconds, 200.0 if not n_faulty and number == 0 else hertz, generator)
            soundfile.write(root / name / f"take{number // 2}_{number}.wav", sound, RATE, subtype="FLOAT")
    return root


def made(folder: Path, n: int, n_faulty: int, *more: str) -> Few:
    corpus = write(folder / "corpus", n, n_faulty)
    ended = call("evaluate", *options(corpus, folder / "run"), *more)
    assert ended.status == 0, ended.err
    return Few(corpus, folder / "run", ended)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Few:
    """Thirty recordings and nothing else."""
    return made(tmp_path_factory.mktemp("alone"), N, 0)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Few:
    """Thirty recordings and ten of a faulty machine."""
    return made(tmp_path_factory.mktemp("two"), N, 10)


def test_each_clip_is_in_a_fold_and_has_a_rank_for_a_p_value(alone: Few) -> None:
    scores = alone.scores
    assert set(scores["split"]) == {f"fold_{k}" for k in range(N)}
    assert sorted(scores["p_value"]) == pytest.approx([k / N for k in range(1, N + 1)])
    assert scores["path"][scores["flagged"]].tolist() == ["running/take0_0.wav"]


def test_the_figures_say_what_was_cross_fitted(alone: Few) -> None:
    metrics = alone.metrics
    assert metrics["protocol"] == "one-class, cross-fitted"
    assert [metrics[name] for name in ("n_train", "n_validation", "n_test_target")] == [N, 0, N]
    assert metrics["cross_fitting"] == {
        "n_clips": N, "n_recordings": N, "n_speakers": N, "n_folds": N, "flag_rate_bound": 0.1
    }  # fmt: skip
    assert metrics["words"] == {} and metrics["macro_auroc"] is None
    assert metrics["calibration"]["floor"] == pytest.approx(1 / (N + 1))


def test_the_first_screen_tells_folds_and_promise_and_names_the_strange_clip(alone: Few) -> None:
    page = (alone.run / "report" / "index.html").read_text("utf-8")
    head = page[: page.index("<nav")]
    assert f"cross-fitted over {N} recordings in {N} folds" in head
    assert "flagged by mistake 10 times in a hundred at most" in head
    assert "take0_0.wav" in head
    assert "more than the target&#39;s own clips was used" not in page


def test_the_printed_table_speaks_of_cross_fitted_clips(alone: Few) -> None:
    first = alone.ended.out.splitlines()[1].split()
    assert first[0] == "running/take0_0.wav" and first[2] == "0.0333"
    assert f"the {N} cross-fitted clips of running lie from" in alone.ended.out


def test_a_second_call_makes_nothing_again_and_the_run_is_whole(alone: Few) -> None:
    again = alone.call("evaluate")
    assert again.out == alone.ended.out
    assert again.err.count("skipped, nothing that it depends on has changed") == 4
    assert call("verify", f"--run={alone.run}").status == 0


def test_bare_files_are_scored_by_the_model_of_all_clips(two: Few) -> None:
    ended = call("score", f"--run={two.run}", two.corpus / "faulty", two.corpus / "running" / "take3_7.wav")
    lines = [json.loads(line) for line in ended.out.splitlines()]
    assert [line["p_value"] for line in lines[:10]] == pytest.approx([1 / (N + 1)] * 10)
    assert all(line["flagged"] for line in lines[:10]) and not lines[10]["flagged"]


def test_another_class_is_test_and_judged_by_all_folds(two: Few) -> None:
    scores = two.scores
    faulty = scores["word"] == "faulty"
    assert set(scores["split"][faulty]) == {"test"}
    assert scores["p_value"][faulty] == pytest.approx(1 / (N + 1))
    assert two.metrics["words"]["faulty"]["auroc"] > 0.95
    assert two.metrics["baselines"]["gaussian"]["words"].keys() == {"faulty"}
    terms = [values for name, values in scores.items() if name.startswith("term_")]
    assert np.sum(terms, axis=0) == pytest.approx(scores["score"])


def test_recordings_cut_into_clips_stay_together_and_count_once(tmp_path: Path) -> None:
    few = made(tmp_path, N, 0, r"--name-pattern=(?P<recording>take\d+)_")
    manifest = read_table(few.run / "manifest.parquet")
    assert len(set(zip(manifest["recording"], manifest["split"], strict=True))) == N // 2
    assert few.metrics["cross_fitting"]["n_recordings"] == N // 2
    assert few.metrics["calibration"]["floor"] == pytest.approx(1 / (N // 2 + 1))
    assert "decisions: alpha=0.05 needs at least 19 recordings to calibrate, got 15" in few.ended.out


def test_an_audit_of_few_recordings_ranks_them_among_themselves(alone: Few, tmp_path: Path) -> None:
    run = shutil.copytree(alone.run, tmp_path / "run")
    ended = call("audit", *options(alone.corpus, run))
    assert ended.status == 0, ended.err
    assert "not below 0.0333" in ended.out
    listed = read_table(run / "audit" / "audit.parquet")
    assert listed["path"][0] == "running/take0_0.wav"
    assert min(listed["p_value"]) == pytest.approx(1 / N)


def test_two_cross_fitted_runs_compare(two: Few, tmp_path: Path) -> None:
    other = tmp_path / "other"
    seeded = call("evaluate", *options(two.corpus, other), "--seed=1")
    assert seeded.status == 0, seeded.err
    ended = call("compare", two.run, other, "--out", tmp_path / "page.html")
    assert ended.status == 0, ended.err


def test_a_clip_that_was_judged_bad_is_scored_and_not_learned_from(alone: Few, tmp_path: Path) -> None:
    manifest = read_table(alone.run / "manifest.parquet")
    strange = manifest["path"].index("running/take0_0.wav")
    store = VerdictStore(tmp_path / "verdicts.sqlite", create=True)
    store.add(sha256=manifest["sha256"][strange], reviewer="ann", kind="anomaly")
    store.close()
    run = shutil.copytree(alone.run, tmp_path / "run")
    ended = call("evaluate", *options(alone.corpus, run), f"--verdicts={tmp_path / 'verdicts.sqlite'}")
    assert ended.status == 0, ended.err
    metrics = json.loads((run / "metrics.json").read_text("utf-8"))
    assert (metrics["n_train"], metrics["n_test_target"]) == (N - 1, N)
    scores = read_table(run / "scores.parquet")
    # It is compared with all 29 that calibrate, and they with the other 28.
    assert sorted(scores["p_value"])[0] == pytest.approx(1 / N)


def test_corpus_prints_folds_and_recordings(alone: Few) -> None:
    pattern = r"--name-pattern=(?P<recording>take\d+)_"
    ended = call("corpus", f"--corpus={alone.corpus}", "--target=running", "--preset=sounds", pattern)
    lines = ended.out.splitlines()
    assert "clips in folds" in lines[0] and lines[0].endswith("recordings  speakers")
    assert lines[1].split() == ["running", "0", "0", "0", str(N), str(N // 2), str(N // 2)]


def splits_of(corpus: Path, folder: Path, *more: str) -> set[str]:
    ended = call("features", *options(corpus, folder / "run"), *more)
    assert ended.status == 0, ended.err
    return set(read_table(folder / "run" / "manifest.parquet")["split"])


def test_zero_turns_it_off(alone: Few, tmp_path: Path) -> None:
    more = "--set=training.cross_fit_below=0"
    assert splits_of(alone.corpus, tmp_path, more) == {"train", "validation", "test"}


def test_words_are_not_cross_fitted(alone: Few, tmp_path: Path) -> None:
    ended = call(
        "features", f"--corpus={alone.corpus}", "--target=running", "--preset=fft",
        "--set=training.cross_fit_below=50", f"--run={tmp_path / 'run'}",
    )  # fmt: skip
    assert ended.status == 2
    assert "training.cross_fit_below=50 is for model.kind='sounds'" in ended.error


@pytest.mark.parametrize(
    ("n", "seconds", "told"),
    [(2, 3.0, "2 recordings with 6.0 s"), (6, 0.5, "6 recordings with 3.0 s")],
)
def test_too_little_sound_ends_with_both_numbers_and_loses_nothing(
    n: int, seconds: float, told: str, tmp_path: Path
) -> None:
    corpus = write(tmp_path / "corpus", n, seconds=seconds)
    ended = call("evaluate", *options(corpus, tmp_path / "run"))
    assert ended.status == 1
    needs = "and at least 5 recordings with 5.0 s"
    assert f"'running' has {told} of usable sound, {needs}" in ended.error
    assert (tmp_path / "run" / "manifest.parquet").is_file()
    assert not (tmp_path / "run" / "model").exists()


def test_splits_of_its_own_are_kept_and_need_five_recordings_to_learn_from(tmp_path: Path) -> None:
    corpus = write(tmp_path / "corpus", 12)
    paths = sorted(path.relative_to(corpus).as_posix() for path in corpus.glob("running/*.wav"))
    splits = ["train"] * 4 + ["validation"] * 4 + ["test"] * 4
    rows = [f"{path},{split}\n" for path, split in zip(paths, splits, strict=True)]
    (tmp_path / "splits.csv").write_text("file,split\n" + "".join(rows))
    given = f"--splits={tmp_path / 'splits.csv'}"
    ended = call("evaluate", *options(corpus, tmp_path / "run"), given)
    assert "has 4 recordings with 8.0 s of usable sound in the train split, and at least 5" in ended.error
    folded = call("evaluate", *options(corpus, tmp_path / "run"), given, "--set=training.keep_splits=false")
    assert folded.status == 0, folded.err


def test_five_recordings_are_enough_to_rank(tmp_path: Path) -> None:
    few = made(tmp_path, 5, 0)
    assert "decisions: alpha=0.05 needs at least 19 recordings to calibrate, got 5" in few.ended.out
    assert "can be ranked but not flagged" in (few.run / "report" / "index.html").read_text("utf-8")
