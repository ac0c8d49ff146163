"""What does a report look like in which a word, a reason and a tag are hostile?"""

from pathlib import Path

from pipeline.files.tables import read_table, write_table
from pipeline.report.page import write_report
from tests.browser import HOSTILE
from tests.report.report_run import write_run
from tests.report.run_explanations import write_explanations
from tests.simulated_clips import SimulatedClip, simulated_clips, write_sounds


def write_hostile_report(folder: Path) -> Path:
    """Write a run, and return its page, with usual words and one hostile word."""
    clips = simulated_clips(["bird", "cat", "dog", "happy", "yes"], "happy", 60, 14)
    write_sounds(folder / "corpus", clips)
    clips += [SimulatedClip(f"{HOSTILE}{index}.wav", HOSTILE, HOSTILE, "test") for index in range(4)]
    settings = write_run(
        folder,
        clips,
        "happy",
        corpus_root=folder / "corpus",
        shift=30,
        set_aside=[(HOSTILE, HOSTILE, HOSTILE)],
    )
    write_explanations(folder, "happy")
    _make_hostile(folder / "evaluation")
    return write_report(folder, folder / "corpus", settings, folder / "report")


def _make_hostile(folder: Path) -> None:
    """Give one clip of each list a hostile reason, nearest clip and tag."""
    for file, names in (("reasons", ("reason", "evidence", "nearest_path")), ("quality", ("tag", "detail"))):
        columns = read_table(folder / f"{file}.parquet")
        for place, path in enumerate(columns["path"]):
            if place % 5 == 0 or path.startswith("<"):
                for name in names:
                    columns[name][place] = f"=1+1{HOSTILE}"
        write_table(folder / f"{file}.parquet", columns)
