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
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from pipeline.corpora import Clip, Corpus, section_columns
from pipeline.errors import PipelineError
from pipeline.features.batches import SKETCH_SHAPE, feature_shape
from pipeline.features.channels import ChannelFile
from pipeline.features.columns import ClipColumns
from pipeline.features.corpus_notes import corpus_notes
from pipeline.features.earlier import EarlierFeatures, clip_states
from pipeline.features.records import OK, SET_ASIDE, ClipFacts, Source
from pipeline.features.unfinished import UnfinishedFeatures
from pipeline.features.writing import extract_into
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
        known: arrays [n_clips, ...] that a later stage needs to take rows of this one, see
            ``pipeline.features.earlier``.
    """

    n_clips: int
    n_ok: int
    n_set_aside: int
    reasons: dict[str, int]
    notes: list[str]
    known: dict[str, np.ndarray] = field(compare=False)


def compute_features(
    corpus: Corpus,
    settings: FeatureSettings,
    folder: Path,
    *,
    notes: Sequence[str] = (),
    kept: Path | None = None,
    earlier: EarlierFeatures | None = None,
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
        earlier: a finished stage whose rows serve again for clips of the same content.

    Raises:
        ConfigurationError: settings that do not fit each other.
        PipelineError: no clip can be used, the disk is full, or the folder cannot be written to.
    """
    if not corpus.clips:
        raise PipelineError(f"the corpus {corpus.name} has no clips; give a folder with one folder a word")
    shape = feature_shape(settings)
    states = clip_states(corpus)
    found = ClipColumns(len(corpus.clips))
    with ExitStack() as opened:
        if kept is None:
            folder.mkdir(parents=True, exist_ok=True)
            kept = Path(opened.enter_context(TemporaryDirectory(dir=folder)))
        rows = UnfinishedFeatures(kept, len(found), shape, SKETCH_SHAPE)
        opened.callback(rows.close)
        channels = opened.enter_context(ChannelFile(folder, shape))

        def put(own: np.ndarray, facts: Sequence[ClipFacts]) -> None:
            found.put(own, facts)
            channels.add(own, facts)

        for own, facts in rows.in_place():
            put(own, facts)
        if n_kept := int(found.is_known.sum()):
            kept_before = f"features: {n_kept} of {len(found)} clips were kept from a call that did not end"
            say(kept_before, n_kept=n_kept, n_clips=len(found))
        if earlier is not None:
            places = earlier.places(corpus, states, settings.n_workers)
            taken = np.flatnonzero((places >= 0) & ~found.is_known)
            earlier.take(places[taken], taken, rows, found, channels)
            n_taken, n_clips = len(taken), len(found)
            kept_before = (
                f"features: {n_taken} of {n_clips} clips are files of before, and keep their features"
            )
            say(kept_before, n_kept=n_taken, n_clips=n_clips)
        wanted = np.flatnonzero(~found.is_known)
        clips = (corpus.clips[row] for row in wanted.tolist())
        sources = (Source(corpus.root / clip.path, clip.defect) for clip in clips)
        with Progress("features", len(wanted), "clips") as progress:
            for own, facts in extract_into(rows, wanted, sources, settings):
                put(own, facts)
                progress.advance(len(own), f"{found.n_set_aside} set aside" if found.n_set_aside else "")
        words = [clip.word for clip in corpus.clips]
        all_notes = [*notes, *corpus_notes(words, found, settings)]
        if not found.is_ok.any():
            rows.discard()
            raise PipelineError(
                f"none of the {len(found)} clips of {corpus.name} can be used; "
                f"the first, {corpus.clips[0].path}, was set aside for this reason: {found.reason[0]}"
            )
        rows.finish(folder / FEATURES_NAME, folder / SKETCHES_NAME)
        channels.write()
    write_notes(folder, all_notes)
    write_table(folder / QUALITY_NAME, _quality(corpus.clips, found))
    write_table(folder / MANIFEST_NAME, _manifest(corpus.clips, found))
    return _summarise(found, all_notes, states)


def _summarise(found: ClipColumns, notes: list[str], states: np.ndarray) -> FeatureSummary:
    set_aside = found.reason[~found.is_ok].tolist()
    reasons = Counter(re.sub(r"\b\d[\d,.]*", "N", reason) for reason in set_aside)
    return FeatureSummary(
        n_clips=len(found),
        n_ok=len(found) - len(set_aside),
        n_set_aside=len(set_aside),
        reasons=dict(reasons.most_common()),
        notes=notes,
        known={
            "state": states,
            "n_channels": found.n_channels,
            "empty_above_hertz": found.empty_above_hertz,
        },
    )


def _manifest(clips: tuple[Clip, ...], found: ClipColumns) -> dict[str, Any]:
    return {
        "path": [clip.path for clip in clips],
        "word": [clip.word for clip in clips],
        "speaker": [clip.speaker for clip in clips],
        "split": [clip.split for clip in clips],
        "sha256": found.texts("sha256"),
        "sample_rate": found.sample_rate,
        "n_samples": found.n_samples,
        "status": np.where(found.is_ok, OK, SET_ASIDE),
        "reason": found.reason,
        "recording": [clip.recording for clip in clips],
        **section_columns(clips),
    }


def _quality(clips: tuple[Clip, ...], found: ClipColumns) -> dict[str, Any]:
    return {
        "path": [clip.path for clip in clips],
        "sound_sha256": found.texts("sound_sha256"),
        **{name: found.measures[:, number] for number, name in enumerate(MEASURES)},
    }
