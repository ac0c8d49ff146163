"""What does the page of a machine say of each fault that was planted?

Recordings of the corpus of machines, rendered here: normal ones to learn from, and large faults among the
test clips. What is true of a fault comes from the models of the machines, never from the page.
"""

import csv
import html
import re
from pathlib import Path

from pipeline.corpora.machines.plans import Recording, recordings_of
from pipeline.corpora.machines.rendering import render
from tests.command import call

__all__ = ["FAULTS", "MachinePage", "number"]

N_TRAIN, N_VALIDATION, N_TEST = 26, 8, 4
FAULTS = {
    "fan": ("bearing", "imbalance", "clogged", "rubbing"),
    "slider": ("missing_stroke", "dry_rail", "rattle"),
    "pump": ("cavitation", "leak", "contaminated", "bearing"),
    "valve": ("leaking", "slow_closing", "double_click", "missing_click"),
}


class MachinePage:
    """The page of one machine's run, and the recordings that it is about."""

    def __init__(self, machine: str, folder: Path) -> None:
        plan = [one for one in recordings_of(machine) if one.domain == "source"]
        normal = [one for one in plan if not one.state.fault][: N_TRAIN + N_VALIDATION + N_TEST]
        self.faulty: dict[str, Recording] = {}
        for one in plan:
            if one.state.fault in FAULTS[machine] and one.state.severity == 1.0:
                self.faulty.setdefault(one.state.fault, one)
        render(folder / "rendered", [*normal, *self.faulty.values()], n_workers=1)
        splits = [("train", N_TRAIN), ("validation", N_VALIDATION), ("test", N_TEST)]
        rows = []
        names = [split for split, n in splits for _ in range(n)] + ["test"] * len(self.faulty)
        for split, one in zip(names, [*normal, *self.faulty.values()], strict=True):
            word = f"{machine}_{one.state.fault}" if one.state.fault else machine
            aim = folder / "corpus" / word / Path(one.path).name
            aim.parent.mkdir(parents=True, exist_ok=True)
            (folder / "rendered" / one.path).rename(aim)
            rows.append((f"{word}/{aim.name}", split))
        with (folder / "splits.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("file", "split"), *rows])
        ended = call(
            "evaluate",
            f"--corpus={folder / 'corpus'}",
            f"--target={machine}",
            "--preset=sounds",
            f"--splits={folder / 'splits.csv'}",
            "--set=evaluation.n_bootstrap=100",
            "--set=evaluation.sound_baselines=false",
            f"--run={folder / 'run'}",
        )
        assert ended.status == 0, ended.err
        self.html = (folder / "run" / "report" / "index.html").read_text("utf-8")

    def card(self, fault: str) -> str:
        """The card of a fault's recording in the list of the strangest clips of other classes."""
        found = self.html[self.html.index('<section id="strangest-others"') :]
        name = Path(self.faulty[fault].path).name
        cards = [card for card in re.split(r"(?=<article )", found) if f"/{name}</bdi>" in card]
        assert cards, f"no card of {name}"
        return cards[0]

    def reason(self, fault: str) -> tuple[str, str]:
        """The reason of a fault's recording, and the sentence after it, as its card shows them."""
        pattern = r'<p class="reason"><b><bdi>(.*?)</bdi></b> <span class="evidence"><bdi>(.*?)</bdi>'
        match = re.search(pattern, self.card(fault))
        assert match is not None, self.card(fault)[:2_000]
        return html.unescape(match[1]), html.unescape(match[2])


def number(pattern: str, text: str) -> float:
    """The first number that a pattern finds in a sentence."""
    match = re.search(pattern, text)
    assert match is not None, text
    return float(match[1].replace(",", ""))
