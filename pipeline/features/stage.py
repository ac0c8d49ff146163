"""The features stage: what does each clip of a corpus look like to a model?

Writes five files into a folder, row i of each for clip i of the corpus: ``features.npy``, float32 [n_clips,
*shape], zeros where a clip was set aside, to be mapped and not loaded; ``sketches.npy``, uint8, see
``pipeline.quality.sketch``; ``quality.parquet`` with the columns path, sound_sha256 and those of
``ClipMeasures``; ``notes.json``, sentences about all clips; ``manifest.parquet`` with the columns path, word,
speaker, split, sha256, sample_rate (Hz), n_samples, status (``ok`` or ``set_aside``), reason and recording,
and section, domain, condition and attributes where the corpus tells them.
Memory does not grow with the features.
"""

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.corpora import Clip, Corpus, section_columns
from pipeline.errors import PipelineError
from pipeline.features.batches import SKETCH_SHAPE, extract_into, feature_shape
from pipeline.features.channels import ChannelFile
from pipeline.features.corpus_notes import corpus_notes
from pipeline.features.records import SET_ASIDE, ClipFacts, Source
from pipeline.features.unfinished import UnfinishedFeatures
from pipeline.files import write_table
from pipeline.quality import MEASURES
from pipeline.runs import write_notes
from pipeline.settings import FeatureSettings
from pipeline.terminal import Progress, say

__all__ = [
    "FEATURES_NAME",
    "MANIFEST_NAME",
    "QUALITY_NAME",
    "SKETCHES_NAME",
    "FeatureSummary",
    "compute_features",
]

FEATURES_NAME = "features.npy"
MANIFEST_NAME = "manifest.parquet"
QUALITY_NAME = "quality.parquet"
SKETCHES_NAME = "sketches.npy"


@dataclass(frozen=True, kw_only=True)
class FeatureSummary:
    """What became of the clips.

    Attributes:
        n_clips: rows in either file.
        n_ok: clips with features.
        n_set_aside: clips without; they take part in nothing.
        reasons: how many clips were set aside for each reason, most frequent first; numbers that
            differ from clip to clip stand as ``N``.
        notes: sentences about the clips taken together.
    """

    n_clips: int
    n_ok: int
    n_set_aside: int
    reasons: dict[str, int]
    notes: list[str]


def compute_features(
    corpus: Corpus,
    settings: FeatureSettings,
    folder: Path,
    *,
    notes: Sequence[str] = (),
    kept: Path | None = None,
) -> FeatureSummary:
    """Compute the features of every clip of a corpus and write them into ``folder``.

    The files appear under their names only when they are whole.

    Args:
        corpus: the clips; one with a ``defect`` is set aside without being opened.
        settings: what to compute.
        folder: is made where it does not exist.
        notes: what was noticed before; it comes first among the notes.
        kept: where rows are kept until all are there; what an earlier call with the same clips and settings
            left there is not computed again. None takes a folder that ends with this call.

    Raises:
        ConfigurationError: settings that do not fit each other.
        PipelineError: no clip can be used, the disk is full, or the folder cannot be written to.
    """
    if not corpus.clips:
        raise PipelineError(f"the corpus {corpus.name} has no clips; give a folder with one folder a word")
    shape = feature_shape(settings)
    sources = [Source(corpus.root / clip.path, clip.defect) for clip in corpus.clips]
    facts: list[ClipFacts] = []
    with ExitStack() as opened:
        if kept is None:
            folder.mkdir(parents=True, exist_ok=True)
            kept = Path(opened.enter_context(TemporaryDirectory(dir=folder)))
        rows = UnfinishedFeatures(kept, len(sources), shape, SKETCH_SHAPE)
        opened.callback(rows.close)
        channels = opened.enter_context(ChannelFile(folder, shape))
        if rows.n_in_place:
            say(f"features: {rows.n_in_place} of {len(sources)} clips were kept from a call that did not end")
        with Progress("features", len(sources), "clips") as progress:
            for batch in extract_into(rows, sources, settings):
                channels.add(len(facts), batch)
                facts += [replace(fact, channel_features=None) for fact in batch]
                n_set_aside = sum(fact.status == SET_ASIDE for fact in facts)
                progress.advance(len(batch), f"{n_set_aside} set aside" if n_set_aside else "")
        words = [clip.word for clip in corpus.clips]
        summary = _summarise(facts, [*notes, *corpus_notes(words, facts, settings)])
        if summary.n_ok == 0:
            rows.discard()
            raise PipelineError(
                f"none of the {summary.n_clips} clips of {corpus.name} can be used; "
                f"the first, {corpus.clips[0].path}, was set aside for this reason: {facts[0].reason}"
            )
        rows.finish(folder / FEATURES_NAME, folder / SKETCHES_NAME)
        channels.write()
    write_notes(folder, summary.notes)
    write_table(folder / QUALITY_NAME, _quality(corpus.clips, facts))
    write_table(folder / MANIFEST_NAME, _manifest(corpus.clips, facts))
    return summary


def _summarise(facts: list[ClipFacts], notes: list[str]) -> FeatureSummary:
    reasons = Counter(re.sub(r"\b\d[\d,.]*", "N", fact.reason) for fact in facts if fact.status == SET_ASIDE)
    n_set_aside = sum(reasons.values())
    return FeatureSummary(
        n_clips=len(facts),
        n_ok=len(facts) - n_set_aside,
        n_set_aside=n_set_aside,
        reasons=dict(reasons.most_common()),
        notes=notes,
    )


def _manifest(clips: tuple[Clip, ...], facts: list[ClipFacts]) -> dict[str, list[str] | list[int]]:
    return {
        "path": [clip.path for clip in clips],
        "word": [clip.word for clip in clips],
        "speaker": [clip.speaker for clip in clips],
        "split": [clip.split for clip in clips],
        "sha256": [fact.sha256 for fact in facts],
        "sample_rate": [fact.sample_rate for fact in facts],
        "n_samples": [fact.n_samples for fact in facts],
        "status": [fact.status for fact in facts],
        "reason": [fact.reason for fact in facts],
        "recording": [clip.recording for clip in clips],
        **section_columns(clips),
    }


def _quality(clips: tuple[Clip, ...], facts: list[ClipFacts]) -> dict[str, list[str] | list[float]]:
    columns = zip(*(fact.measures.numbers() for fact in facts), strict=True)
    return {
        "path": [clip.path for clip in clips],
        "sound_sha256": [fact.sound_sha256 for fact in facts],
        **{name: list(column) for name, column in zip(MEASURES, columns, strict=True)},
    }
