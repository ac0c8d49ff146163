"""A small folder in the layout of DCASE's task 2, whose sounds are those of the computed machines."""

import wave
from dataclasses import replace
from pathlib import Path

from pipeline.corpora.machines.plans import recordings_of, samples_of
from pipeline.corpora.machines.signals import SAMPLE_RATE

__all__ = ["write_dcase"]

SECONDS = 1
# Of each machine in section 00: for training so many of source and target, and one in so many to be tested.
N_TRAIN = {"source": 60, "target": 12}
STEP = {"normal": 4, "anomaly": 4}


def write_dcase(root: Path, *machines: str) -> Path:
    """Write a folder a machine, each with a list of attributes; about a second of work a machine."""
    for machine in machines:
        rows = []
        seen: dict[tuple[str, str, str], int] = {}
        for recording in recordings_of(machine):
            _, part, name = recording.path.split("/")
            condition = "anomaly" if recording.state.fault else "normal"
            kind = part, recording.domain, condition
            number = seen[kind] = seen.get(kind, -1) + 1
            if part == "train" and number >= N_TRAIN[recording.domain]:
                continue
            if part == "test" and number % STEP[condition]:
                continue
            speed = recording.state.speed
            name = f"section_00_{recording.domain}_{part}_{condition}_{number:04d}_spd_{speed}.wav"
            path = root / machine / part / name
            path.parent.mkdir(parents=True, exist_ok=True)
            short = replace(recording, state=replace(recording.state, n_samples=SECONDS * SAMPLE_RATE))
            with wave.open(str(path), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(SAMPLE_RATE)
                file.writeframes(samples_of(short).tobytes())
            rows.append(f"{machine}/{part}/{name},spd,{speed},load,{recording.state.load}")
        lines = "\n".join(["file_name,d1p,d1v,d2p,d2v", *rows])
        (root / machine / "attributes_00.csv").write_text(f"{lines}\n", "utf-8")
    return root
