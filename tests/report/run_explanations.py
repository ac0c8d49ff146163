"""What does an evaluation leave beside the scores of a run, made up in no time?"""

from pathlib import Path

import numpy as np

from pipeline.files.artefacts import write_arrays
from pipeline.files.tables import read_table, write_table

REASONS = ("bad recording", "other word", "odd speaker or channel", "part missing")


def write_explanations(run_path: Path, target: str, *, seed: int = 0) -> None:
    """Write heat maps, reasons and quality tags of every clip of a run, as an evaluation leaves them."""
    rng = np.random.default_rng(seed)
    columns = read_table(run_path / "scores.parquet")
    path, score = columns["path"], np.array(columns["score"])
    n = len(path)
    attributions = rng.normal(0, 2, (n, 12, 8)).astype(np.float32)
    attributions[:, 3:5, 6:] += 40  # high bands, a quarter of the clip from its start
    write_arrays(
        run_path / "evaluation" / "attributions.npz",
        {
            "path": np.array(path),
            "attributions": attributions,
            "remainder": (score - attributions.sum((1, 2), dtype=np.float64)).astype(np.float32),
        },
    )
    usual = [
        clip
        for clip, word, split in zip(path, columns["word"], columns["split"], strict=True)
        if word == target and split == "train"
    ]
    write_table(
        run_path / "evaluation" / "reasons.parquet",
        {
            "path": path,
            "reason": [REASONS[place % len(REASONS)] for place in range(n)],
            "evidence": [f"its end lies {place} ms before the end of the file" for place in range(n)],
            "nearest_path": [usual[place % 2] for place in range(n)],
            "nearest_distance": rng.gamma(3, 2, n),
        },
    )
    tagged = range(0, n, 3)
    write_table(
        run_path / "evaluation" / "quality.parquet",
        {
            "path": [path[place] for place in tagged],
            "tag": ["clipping" if place % 2 else "near_silence" for place in tagged],
            "value": [0.25 for _ in tagged],
            "threshold": [0.1 for _ in tagged],
            "detail": ["from 0.2 s on" for _ in tagged],
        },
    )
