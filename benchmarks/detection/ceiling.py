"""How far is one-class from supervised: what does a classifier make of the same clips?

Trains ``models.baselines.classifier.WordClassifier`` on the train clips of ALL words of a run whose features
are log-mel, stops by their validation clips, and writes the test clips' log-probabilities. A word with fewer
than 20 train clips cannot be learned: all such words share one class, and how many there are is said.
Its figures are no detector's: it has heard the very words that it is tested on.

    python -m benchmarks.detection.ceiling --run RUN --seed 0 --out FOLDER

FOLDER gets ``scores.parquet`` (a row a test clip: path, word, and ``log_prob_CLASS`` in nats each) and
``ceiling.json`` (classes, accuracies, seconds, the words that could not be learned).
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.errors import PipelineError
from pipeline.files.artefacts import write_json
from pipeline.files.tables import write_table
from pipeline.processes.tensorflow_import import import_tensorflow
from pipeline.runs.clip_table import ClipTable, read_clip_table

__all__ = ["MIN_TRAIN_CLIPS", "OTHER_WORDS", "class_of_words", "main"]

MIN_TRAIN_CLIPS = 20
# No word: folders that begin with "_" are none.
OTHER_WORDS = "_other_words"


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, score and write; see the module."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--run", type=Path, required=True, help="a run with features of frames and bands")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    try:
        _write_ceiling(read_clip_table(chosen.run), chosen.seed, chosen.out)
    except PipelineError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_status
    return 0


def class_of_words(table: ClipTable) -> dict[str, str]:
    """Return the class of each word: itself, or ``OTHER_WORDS`` where it has too few train clips.

    Raises:
        PipelineError: fewer than two classes, or features without frames.
    """
    if table.features.ndim != 3:
        raise PipelineError(
            f"the classifier needs features of frames and bands, and these have {table.features.ndim - 1} "
            "axis; give a run of the preset logmel"
        )
    words = sorted(set(table.word[table.usable]))
    classes = {
        word: word if len(table.rows(word, "train")) >= MIN_TRAIN_CLIPS else OTHER_WORDS for word in words
    }
    if len(set(classes.values())) < 2:
        raise PipelineError(
            f"{len(words)} words of {MIN_TRAIN_CLIPS} train clips or more make {len(set(classes.values()))} "
            "class, and at least 2 are needed; add clips"
        )
    return classes


def _write_ceiling(table: ClipTable, seed: int, out: Path) -> None:
    classes = class_of_words(table)
    names = sorted(set(classes.values()))
    index = np.array([names.index(classes[word]) if word in classes else -1 for word in table.word])
    rows = {
        split: np.flatnonzero(table.usable & (table.split == split))
        for split in ("train", "validation", "test")
    }
    empty = [split for split, chosen in rows.items() if not len(chosen)]
    if empty:
        raise PipelineError(f"the corpus has 0 usable {empty[0]} clips; give other splits with --splits")
    import_tensorflow()
    from models.baselines.classifier import ClassifierEpoch, WordClassifier

    def on_epoch(epoch: ClassifierEpoch) -> None:
        print(
            f"ceiling: epoch {epoch.number}, cross-entropy {epoch.training_loss:.3f} nats on train and "
            f"{epoch.validation_loss:.3f} on validation clips, {epoch.validation_accuracy:.1%} right",
            file=sys.stderr,
            flush=True,
        )

    n_frames, n_bands = table.features.shape[1:]
    classifier = WordClassifier((n_frames, n_bands), len(names), seed=seed)
    started = time.perf_counter()
    history = classifier.fit(
        table.take(rows["train"]),
        index[rows["train"]],
        (table.take(rows["validation"]), index[rows["validation"]]),
        on_epoch=on_epoch,
    )
    seconds = time.perf_counter() - started
    log_prob = classifier.log_prob(table.take(rows["test"]))
    is_right = log_prob.argmax(axis=1) == index[rows["test"]]
    is_learned = np.array([classes[word] != OTHER_WORDS for word in table.word[rows["test"]]])
    write_table(
        out / "scores.parquet",
        {
            **{name: list(getattr(table, name)[rows["test"]]) for name in ("path", "word")},
            **{
                f"log_prob_{name}": log_prob[:, i].astype(np.float64).tolist() for i, name in enumerate(names)
            },
        },
    )
    # Written last: a folder without it is not done.
    write_json(
        out / "ceiling.json",
        {
            "classes": names,
            "words_not_learned": sorted(word for word in classes if classes[word] == OTHER_WORDS),
            "accuracy": float(is_right.mean()),
            "accuracy_of_learned_words": float(is_right[is_learned].mean()) if is_learned.any() else None,
            "n_train": len(rows["train"]),
            "n_test": len(rows["test"]),
            "n_epochs": len(history),
            "seconds": seconds,
            "seed": seed,
        },
    )


if __name__ == "__main__":
    sys.exit(main())
