"""What do tests of exchange share?"""

import shutil
from pathlib import Path

import pytest

from pipeline.files.tables import read_table, write_table
from pipeline.runs.folder import RunFolder
from tests.command import QUICK, call
from tests.tiny_corpus import TARGET

# So few clips tell a sweep nothing of how many labels are wrong: its probabilities are simulated.
SUSPICIONS = (0.9, 0.8, 0.7)


@pytest.fixture(scope="session")
def swept_run(tiny_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sweep of the tiny corpus with clips of the target under another name; never changed by a test."""
    root = Path(shutil.copytree(tiny_corpus, tmp_path_factory.mktemp("exchanged") / "words & more"))
    for path in sorted((root / TARGET).iterdir())[:7:3]:
        path.rename(root / "two" / path.name.replace("_nohash_", "_nohash_8"))
    run = root.parent / "run"
    ended = call("sweep", f"--corpus={root}", f"--run={run}", *QUICK, "--set=sweep.least_clips=12")
    assert ended.status == 0, ended.err
    columns = read_table(run / "sweep" / "sweep.parquet")
    columns["probability_wrong"] = [*SUSPICIONS, *columns["probability_wrong"][len(SUSPICIONS) :]]
    with RunFolder(run).stage("sweep", {}) as folder:
        write_table(folder.own / "sweep.parquet", columns)
    return run
