"""Does a strange clip get the reason that it is strange for?

Plants four faults under the target's name: test clips of other words; and the target's own test clips
halved, made a bad recording (noise, or clipping, in turns), or sent through another channel (a high-pass,
a steep tilt, or a low-pass, in turns). Scores them with a run's model, explains them beside the run's own
clips, and prints how often each reason is given: of all planted clips, and of those that are flagged at
``evaluation.alpha``. A further row takes the nearest word out of the corpus before its clips are explained.

    python -m benchmarks.explanation.reasons --run RUN [--out runs/bench]

The thresholds and weights were chosen while looking at the target happy; other targets are the test.
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import scipy.signal
import soundfile

from pipeline.audio import read_clip, to_window
from pipeline.detection.trained import read_model
from pipeline.explanation.reasons import (
    BAD_RECORDING,
    NO_REASON,
    ODD_CHANNEL,
    OTHER_WORD,
    PART_MISSING,
    explain,
)
from pipeline.features.batches import extract
from pipeline.features.records import Source
from pipeline.files.artefacts import read_json, write_json
from pipeline.files.tables import read_table
from pipeline.quality.record import QualityRecord, read_quality, usual_duration
from pipeline.quality.tags import find_faults
from pipeline.runs.channels import EachChannel
from pipeline.runs.clip_table import ClipTable, read_clip_table
from pipeline.settings.presets import read_settings

__all__ = ["main"]

RATE = 16_000
REASONS = (BAD_RECORDING, OTHER_WORD, ODD_CHANNEL, PART_MISSING, NO_REASON)
Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def main(arguments: Sequence[str] | None = None) -> None:
    """Plant, explain and count; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("runs/bench"), help="folder of reasons.json")
    chosen = parser.parse_args(arguments)
    settings = read_settings(chosen.run / "config.toml")
    root = Path(read_json(chosen.run / "provenance.json")["corpus"]["root"])
    table, record = read_clip_table(chosen.run), read_quality(chosen.run)
    own = table.rows(settings.target, "test")
    model = read_model(chosen.run)
    scored = read_table(chosen.run / "scores.parquet")
    names = ["p_value", "flagged", *(name for name in scored if name.startswith("term_"))]
    columns = {name: np.array(scored[name]) for name in names}
    kinds = {"nothing planted": own}
    with tempfile.TemporaryDirectory() as folder:
        for kind, changes in _CHANGES.items():
            sources = _write(Path(folder) / kind, [root / table.path[row] for row in own], changes)
            first = len(table.path)
            features = [table.features]
            for batch in extract(sources, settings.features.model_copy(update={"n_workers": 1})):
                seconds = np.array([fact.measures.recorded_seconds for fact in batch.facts])
                figures = model.score(
                    EachChannel.of_clips(batch.features), seconds, settings.evaluation.alpha
                )
                columns = {name: np.concatenate([values, figures[name]]) for name, values in columns.items()}
                features.append(batch.features)
                of_batch = QualityRecord.of(
                    [fact.sound_sha256 for fact in batch.facts],
                    [fact.measures for fact in batch.facts],
                    batch.sketches,
                )
                record = record.joined(np.arange(len(record.sketches)), of_batch)
            table = replace(_with_copies(table, own), features=np.concatenate(features))
            kinds[kind] = np.arange(first, len(table.path))
    usable = np.flatnonzero(table.usable)
    others = np.flatnonzero(table.usable & (table.word != settings.target) & (table.split == "test"))
    kinds[OTHER_WORD] = others
    usual_seconds = usual_duration(chosen.run, settings.target)
    findings = [find_faults(measures, usual_seconds, settings.quality) for measures in record.clips(usable)]
    reasons = np.full(len(table.path), "", dtype=object)
    told = explain(table, usable, columns, record, findings, settings)
    reasons[usable] = told["reason"]
    flagged = np.zeros(len(table.path), bool)
    flagged[usable] = columns["flagged"]
    counts = {kind: _count(reasons[rows], flagged[rows]) for kind, rows in kinds.items()}
    absent = _largest_other_word(table, settings.target)
    kept = (table.word[usable] != absent) | (table.split[usable] != "train")
    without = explain(
        table,
        usable[kept],
        {name: values[kept] for name, values in columns.items()},
        record,
        [found for found, is_kept in zip(findings, kept, strict=True) if is_kept],
        settings,
    )
    reasons[usable[kept]] = without["reason"]
    unheard = others[table.word[others] == absent]
    counts[f"{OTHER_WORD} ({absent}), of which the corpus has no training clip"] = _count(
        reasons[unheard], flagged[unheard]
    )
    _print_table(counts)
    write_json(chosen.out / "reasons.json", {"target": settings.target, "counts": counts})


def _with_copies(table: ClipTable, rows: np.ndarray) -> ClipTable:
    """Return the table with these rows again at its end, but for the features."""
    names = ("path", "word", "speaker", "split", "status", "reason")
    return replace(
        table,
        **{name: np.concatenate([getattr(table, name), getattr(table, name)[rows]]) for name in names},  # type: ignore[arg-type]
    )


def _write(folder: Path, paths: Sequence[Path], changes: Sequence[Change]) -> list[Source]:
    folder.mkdir()
    generator = np.random.default_rng(0)
    sources = []
    for number, path in enumerate(paths):
        sound, _ = to_window(read_clip(path), RATE, 1.0)
        changed = changes[number % len(changes)](sound.astype(np.float64), generator)
        sources.append(Source(folder / f"{number:05}.wav"))
        soundfile.write(sources[-1].path, np.clip(changed, -1, 1), RATE, subtype="PCM_16")
    return sources


def _middle(sound: np.ndarray) -> tuple[int, float]:
    """Return the sample in the middle of the word, and the word's root mean square."""
    power = np.convolve(np.square(sound), np.full(320, 1 / 320), "same")
    along = np.cumsum(power) / max(power.sum(), 1e-12)
    first, last = (int(np.searchsorted(along, share)) for share in (0.02, 0.98))
    return (first + last) // 2, float(np.sqrt(np.mean(np.square(sound[first : last + 1]))))


def _first_half(sound: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    return np.where(np.arange(len(sound)) < _middle(sound)[0], sound, 0.0)


def _last_half(sound: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    return np.where(np.arange(len(sound)) < _middle(sound)[0], 0.0, sound)


def _noisy(sound: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Add white noise at -3 to 6 dB below the word."""
    level = _middle(sound)[1] * 10 ** (-generator.uniform(-3, 6) / 20)
    noisy = sound + level * generator.standard_normal(len(sound))
    return noisy / max(1.0, float(np.abs(noisy).max()))


def _clipped(sound: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Bring the word's level to 0 to 10 dB of full scale."""
    return sound * 10 ** (generator.uniform(0, 10) / 20) / max(_middle(sound)[1], 1e-9)


def _filtered(kind: str, low: float, high: float) -> Change:
    def change(sound: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        cutoff = generator.uniform(low, high)
        filtered = scipy.signal.sosfilt(scipy.signal.butter(4, cutoff, kind, fs=RATE, output="sos"), sound)
        return filtered * min(4.0, 0.5 / max(float(np.abs(filtered).max()), 1e-6))

    return change


def _tilted(sound: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Raise by about 12 dB an octave."""
    tilted = scipy.signal.lfilter(np.convolve([1, -0.95], [1, -0.95]), [1.0], sound)
    return tilted * min(8.0, 0.5 / max(float(np.abs(tilted).max()), 1e-6))


_CHANGES: dict[str, Sequence[Change]] = {
    PART_MISSING: (_first_half, _last_half),
    BAD_RECORDING: (_noisy, _clipped),
    ODD_CHANNEL: (_filtered("highpass", 1_200, 2_000), _tilted, _filtered("lowpass", 900, 1_500)),
}


def _largest_other_word(table: ClipTable, target: str) -> str:
    words, sizes = np.unique(table.word[table.word != target].astype(str), return_counts=True)
    return str(words[sizes.argmax()])


def _count(reasons: np.ndarray, flagged: np.ndarray) -> dict[str, dict[str, int]]:
    return {
        "all": {reason: int(np.sum(reasons == reason)) for reason in REASONS},
        "flagged": {reason: int(np.sum(reasons[flagged] == reason)) for reason in REASONS},
    }


def _print_table(counts: dict[str, dict[str, dict[str, int]]]) -> None:
    print("| planted | clips | " + " | ".join(REASONS) + " |")
    print("| --- " * (len(REASONS) + 2) + "|")
    for kind, sides in counts.items():
        for side, label in (("all", ""), ("flagged", ", flagged")):
            total = sum(sides[side].values())
            shares = [f"{n / total:.0%}" if total else "" for n in sides[side].values()]
            print(f"| {kind}{label} | {total} | " + " | ".join(shares) + " |")


if __name__ == "__main__":
    main()
