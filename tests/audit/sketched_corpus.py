"""What does a corpus look like of which only sketches are looked at?

Each word is a pattern of levels of its own, each speaker a colour over it; some clips say another word than
the one that they are filed under. No recording has a fault until it is damaged.
"""

import numpy as np

from pipeline.audit.folds import folds_by_speaker
from pipeline.audit.listing import listed_clips
from pipeline.audit.other_words import Similarity, compare_with_other_words
from pipeline.quality.measures import ClipMeasures
from pipeline.quality.record import QualityRecord
from pipeline.quality.sketch import N_BANDS, N_FRAMES
from pipeline.runs.clip_table import ClipTable
from pipeline.settings.presets import resolve_settings

__all__ = ["SketchedCorpus"]

N_SPEAKERS = 30
SOUND = {
    "duration_seconds": 1.0,
    "peak_decibel": -6.0,
    "loud_decibel": -20.0,
    "contrast_decibel": 50.0,
    "start_drop_decibel": 40.0,
    "end_drop_decibel": 40.0,
    "loud_seconds": 0.5,
}


class SketchedCorpus:
    """Clips of words, some under a false name, and what was measured of them."""

    def __init__(self, sizes: dict[str, int], planted: dict[int, str] | None = None) -> None:
        generator = np.random.default_rng(0)
        self.said = np.repeat(np.array(list(sizes), object), list(sizes.values()))
        n = len(self.said)
        patterns = {word: generator.uniform(80, 180, (N_FRAMES, N_BANDS)) for word in [*sizes, "late"]}
        for row, said in (planted or {}).items():
            self.said[row] = said
        speaker = np.arange(n) % N_SPEAKERS
        colour = generator.normal(scale=6, size=(N_SPEAKERS, N_BANDS))
        sounds = np.stack([patterns[word] for word in self.said]) + colour[speaker][:, None]
        sounds += generator.normal(scale=6, size=sounds.shape)
        word = np.repeat(np.array(list(sizes), object), list(sizes.values()))
        self.table = ClipTable(
            path=np.array([f"{word[i]}/{i:03d}.wav" for i in range(n)], object),
            word=word,
            speaker=np.array([f"s{number}" for number in speaker], object),
            split=np.array(["train"] * n, object),
            status=np.array(["ok"] * n, object),
            reason=np.array([""] * n, object),
            features=np.zeros((n, 2), np.float32),
        )
        self.measures = [ClipMeasures(**SOUND)] * n
        self.sketches = np.clip(sounds, 0, 200).astype(np.uint8)
        self.rows = self.table.rows("zero")
        self.folds = folds_by_speaker(self.table.speaker[self.rows], n_folds=3, validation_share=0.2, seed=0)
        self.fold = np.zeros(len(self.rows), int)
        for k, fold in enumerate(self.folds):
            self.fold[fold.held_out] = k + 1

    @property
    def record(self) -> QualityRecord:
        return QualityRecord.of(list(map(str, range(len(self.measures)))), self.measures, self.sketches)

    def likeness(self) -> Similarity:
        found = compare_with_other_words(self.table, self.rows, self.record.sketches, self.fold, "zero")
        assert found is not None
        return found

    def listed(self, *overrides: str, preset: str = "default") -> dict[str, np.ndarray]:
        scored = [
            {
                name: np.zeros(len(fold.held_out)) + (0.5 if name == "p_value" else 0.0)
                for name in ("score", "log_prob", "p_value", "term_timbre")
            }
            for fold in self.folds
        ]
        settings = resolve_settings(preset, ["audit.n_folds=3", *overrides], target="zero")
        columns = listed_clips(scored, self.folds, self.table, self.rows, self.record, settings)
        return {name: np.array(values) for name, values in columns.items()}

    def damage(self, row: int) -> None:
        """Let a clip's recording be clipped."""
        self.measures[row] = self.measures[row]._replace(clipped_share=0.2)
