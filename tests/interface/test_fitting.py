"""Does a fit take folders and waveforms as it says, and refuse the rest in one sentence?"""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from pipeline import Detector, PipelineError, fit
from tests.command import run_python

RATE = 1_000
SETTINGS: dict[str, Any] = {"features.n_workers": 1, "training": {"cross_fit_folds": 3}}


def hums(n: int, seed: int = 0) -> list[np.ndarray]:
    """A second or two of a tone in noise: float32 [n_samples] each."""
    generator = np.random.default_rng(seed)
    time = np.arange(2 * RATE) / RATE
    sounds = np.sin(2 * np.pi * 100 * time) + generator.standard_normal((n, len(time)))
    return [(0.05 * sound[: generator.integers(RATE, 2 * RATE)]).astype(np.float32) for sound in sounds]


@pytest.fixture(scope="module")
def detector() -> Detector:
    """A detector of 20 waveforms; never changed by a test."""
    return fit(hums(20), preset="sounds", sample_rate=RATE, **SETTINGS)


def test_waveforms_have_the_fit_of_their_files(detector: Detector, tmp_path: Path) -> None:
    (tmp_path / "hums" / "clips").mkdir(parents=True)
    for number, sound in enumerate(hums(20)):
        path = tmp_path / "hums" / "clips" / f"{number:06d}.wav"
        soundfile.write(path, sound, RATE, subtype="FLOAT")
    of_files = fit(tmp_path / "hums", preset="sounds", run=tmp_path / "run", **SETTINGS)
    assert of_files.target == "clips"
    fresh = hums(4, seed=1)
    assert of_files.score_samples(fresh, RATE).tolist() == detector.score_samples(fresh, RATE).tolist()


def test_the_same_waveforms_are_the_same_run(tmp_path: Path) -> None:
    for _ in range(2):
        again = fit(hums(20), preset="sounds", sample_rate=RATE, run=tmp_path / "run", **SETTINGS)
    assert [note.split(",")[0] for note in again.notes if "skipped" in note] == [
        "features: skipped",
        "train: skipped",
    ]


def test_a_run_of_waveforms_goes_with_its_detector() -> None:
    detector = fit(hums(12), preset="sounds", sample_rate=RATE, **SETTINGS)
    folder = detector.run_path
    assert (folder / "config.toml").is_file()
    del detector
    assert not folder.exists()


def test_waveforms_of_a_group_are_of_one_speaker(tmp_path: Path) -> None:
    import pyarrow.parquet

    run = tmp_path / "run"
    groups = [number % 4 for number in range(20)]
    fit(hums(20), preset="sounds", sample_rate=RATE, groups=groups, run=run, **SETTINGS)
    manifest = pyarrow.parquet.read_table(run / "manifest.parquet").to_pydict()
    number_of = [int(Path(path).stem.split("_")[-1]) for path in manifest["path"]]
    speaker_of = dict(zip(number_of, manifest["speaker"], strict=True))
    assert len(set(speaker_of.values())) == 4
    assert all(speaker_of[number] == speaker_of[number % 4] for number in range(20))


def test_several_channels_come_first(detector: Detector) -> None:
    sounds = [np.stack([sound, 0.5 * sound[::-1]]) for sound in hums(20)]
    of_two = fit(sounds, preset="sounds", sample_rate=RATE, **SETTINGS)
    assert np.isfinite(of_two.score(sounds[0], RATE).score)
    assert of_two.score(sounds[0], RATE).channel in (1, 2)


def test_a_second_seed_is_in_the_settings() -> None:
    assert fit(hums(12), preset="sounds", sample_rate=RATE, seed=3, **SETTINGS).settings.seed == 3


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"preset": "sound"}, r"preset 'sound' is unknown; did you mean 'sounds'\?"),
        ({"training": {"max_epoch": 3}}, r"'training.max_epoch' is unknown; did you mean"),
        ({"training.max_epochs": object()}, r"training.max_epochs=<object .* it is of object"),
        ({"sample_rate": None}, r"waveforms have no sample rate of their own"),
        ({"groups": [1, 2]}, r"2 groups were given for 3 waveforms"),
        ({"target": "../up"}, r"target='../up' must be the name of a folder"),
        ({}, r"3 recordings .* at least 5 recordings"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_one_sentence(given: dict[str, Any], told: str) -> None:
    options = {"preset": "sounds", "sample_rate": RATE, **SETTINGS, **given}
    with pytest.raises(PipelineError, match=told) as error:
        fit(hums(3), **options)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, r"holds 4 classes, and one is learned; name it with target=: one, three, two, zero"),
        ({"target": "nine"}, r"has no word 'nine' among its 4"),
        ({"target": "one", "sample_rate": RATE}, r"files have sample rates and groups of their own"),
    ],
)
def test_what_cannot_be_fitted_of_a_folder_is_refused(
    given: dict[str, Any], told: str, tiny_corpus: Path, tmp_path: Path
) -> None:
    with pytest.raises(PipelineError, match=told):
        fit(tiny_corpus, run=tmp_path / "run", **given)


def test_what_the_system_refuses_is_a_sentence(tiny_corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PipelineError, match="file"):
        fit(tiny_corpus, target="zero", preset="fft", run=tmp_path / "file" / "run")


def test_a_fit_leaves_the_caller_its_threads_and_environment() -> None:
    from threadpoolctl import threadpool_info

    before = [dict(os.environ), [pool["num_threads"] for pool in threadpool_info()]]
    fit(hums(12), preset="sounds", sample_rate=RATE, **SETTINGS)
    after = [dict(os.environ), [pool["num_threads"] for pool in threadpool_info()]]
    assert after[0].get("OPENBLAS_NUM_THREADS") == before[0].get("OPENBLAS_NUM_THREADS")
    assert after[1][: len(before[1])] == before[1]


def test_a_script_without_a_guard_may_use_several_processes(tiny_corpus: Path, tmp_path: Path) -> None:
    """Workers that ran the script again would each begin a fit of their own, and die of it."""
    script = tmp_path / "script.py"
    script.write_text(
        "from pipeline import fit\n"
        f"detector = fit({str(tiny_corpus)!r}, target='zero', preset='fft', run='run',\n"
        "    features={'n_workers': 2, 'batch_size': 20, 'n_bands': 32},\n"
        "    model={'n_layers': 1, 'hidden_units': [16]},\n"
        "    training={'max_epochs': 1, 'monitored_words': []})\n"
        "print(detector.n_clips)\n"
    )
    done = run_python(script, cwd=tmp_path)
    assert (done.out, done.status) == ("36\n", 0), done.err
    assert done.err == ""


def test_importing_the_package_imports_nothing_heavy(tmp_path: Path) -> None:
    script = (
        "import sys, pipeline\n"
        "from pipeline import PipelineError\n"
        "heavy = ('numpy', 'tensorflow', 'sklearn', 'pyarrow', 'scipy', 'pydantic')\n"
        "print([name for name in heavy if name in sys.modules], pipeline.__version__)\n"
        "from pipeline import fit, load_run\n"
        "print([name for name in ('tensorflow', 'sklearn') if name in sys.modules])\n"
    )
    done = run_python("-c", script, cwd=tmp_path)
    assert (done.out, done.err) == ("[] 0.1.0\n[]\n", "")


def test_tensorflow_with_other_threads_is_refused_in_a_sentence(tmp_path: Path) -> None:
    script = (
        "import sys, numpy as np, tensorflow as tf\n"
        "from pipeline import PipelineError, fit\n"
        "tf.constant(1.0)\n"
        "sounds = np.random.default_rng(0).normal(0, 0.1, (12, 1_000))\n"
        "for _ in range(2):\n"
        "    try: fit(sounds, sample_rate=1_000, preset='sounds', features={'n_workers': 1})\n"
        "    except PipelineError as error: print(error)\n"
    )
    done = run_python("-c", script, cwd=tmp_path)
    lines = done.out.splitlines()
    assert len(lines) == 2, done.err
    assert all(line.startswith("TensorFlow was used in this process before") for line in lines)


def test_both_packages_say_that_they_are_typed() -> None:
    import models
    import pipeline

    for package in (models, pipeline):
        assert (Path(str(package.__file__)).parent / "py.typed").is_file()
