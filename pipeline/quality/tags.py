"""What is wrong with a recording, and by which number?

A tag stands for one fault; a clip may have several. Tags are decided from numbers that were taken where
the audio was read, so that a changed threshold reads nothing again. Levels are in decibel, times in
seconds. What is said about other clips (duplicates) stands in ``pipeline.quality.duplicates``.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.quality.measures import ClipMeasures
from pipeline.settings import QualitySettings

__all__ = ["TAGS", "TAG_SEPARATOR", "Finding", "find_faults", "joined"]

TAG_SEPARATOR = "; "
TAGS = (
    "silence",
    "near_silence",
    "clipping",
    "dc_offset",
    "dropout",
    "truncated_start",
    "truncated_end",
    "edge_start",
    "edge_end",
    "too_short",
    "too_long",
    "copied_channels",
    "opposite_channels",
    "dead_channel",
    "cut_off",
    "size_unstated",
    "exact_duplicate",
    "near_duplicate",
    "duplicate_across_splits",
    "duplicate_across_words",
)


@dataclass(frozen=True)
class Finding:
    """One tag of one clip.

    Attributes:
        tag: one of ``TAGS``.
        value: the number behind it.
        threshold: what it was compared with.
        detail: both in a sentence.
    """

    tag: str
    value: float
    threshold: float
    detail: str


def joined(findings: Iterable[Finding]) -> str:
    """Return the tags as one text, each once, in the order given."""
    return TAG_SEPARATOR.join(dict.fromkeys(finding.tag for finding in findings))


def find_faults(
    measures: ClipMeasures, usual_seconds: float, thresholds: QualitySettings
) -> tuple[Finding, ...]:
    """Return what is wrong with one recording, by its own numbers.

    Args:
        measures: of the recording.
        usual_seconds: the median duration of the target's training clips.
        thresholds: from which number on a tag is given.
    """
    # Below the noise of any microphone, everything else would be said about its last bits.
    if measures.loud_decibel < thresholds.silence_decibel:
        detail = f"the loudest 30 ms reach {measures.loud_decibel:.0f} dB of full scale"
        silence = Finding("silence", measures.loud_decibel, thresholds.silence_decibel, detail)
        return (silence, *_duration(measures, usual_seconds, thresholds), *_file(measures))
    return (
        *_levels(measures, thresholds),
        *_edges(measures, thresholds),
        *_duration(measures, usual_seconds, thresholds),
        *_channels(measures, thresholds),
        *_file(measures),
    )


def _levels(measures: ClipMeasures, thresholds: QualitySettings) -> Iterable[Finding]:
    if measures.loud_decibel < thresholds.near_silence_decibel:
        yield Finding(
            "near_silence",
            measures.loud_decibel,
            thresholds.near_silence_decibel,
            f"the loudest 30 ms reach {measures.loud_decibel:.0f} dB of full scale",
        )
    if measures.clipped_share >= thresholds.clipped_share:
        yield Finding(
            "clipping",
            measures.clipped_share,
            thresholds.clipped_share,
            f"{measures.clipped_share:.2%} of the samples stand in flat tops at the peak",
        )
    if measures.dc_share >= thresholds.dc_share:
        yield Finding(
            "dc_offset",
            measures.dc_share,
            thresholds.dc_share,
            f"a constant {measures.dc_offset:+.4f} of full scale is {measures.dc_share:.0%} of the level",
        )
    if measures.dropout_seconds >= thresholds.dropout_seconds:
        yield Finding(
            "dropout",
            measures.dropout_seconds,
            thresholds.dropout_seconds,
            f"{1000 * measures.dropout_seconds:.0f} ms inside the sound hold one and the same value",
        )


def _edges(measures: ClipMeasures, thresholds: QualitySettings) -> Iterable[Finding]:
    # Steady noise is as loud at the ends as anywhere, and no word is cut in it.
    if measures.contrast_decibel < thresholds.edge_contrast_decibel:
        return
    for side, drop, gap, part in (
        ("start", measures.start_drop_decibel, measures.start_gap_seconds, "first"),
        ("end", measures.end_drop_decibel, measures.end_gap_seconds, "last"),
    ):
        detail = f"the {part} 20 ms are {max(drop, 0.0):.0f} dB below the loudest 30 ms"
        if drop < thresholds.truncated_decibel:
            yield Finding(f"truncated_{side}", drop, thresholds.truncated_decibel, detail)
        elif drop < thresholds.edge_decibel and gap == 0.0:
            yield Finding(f"edge_{side}", drop, thresholds.edge_decibel, detail)


def _duration(measures: ClipMeasures, usual_seconds: float, thresholds: QualitySettings) -> Iterable[Finding]:
    shortest, longest = (
        share * usual_seconds for share in (thresholds.shortest_share, thresholds.longest_share)
    )
    seconds = measures.duration_seconds
    detail = f"{seconds:.2f} s long, and the target's clips {usual_seconds:.2f} s as a median"
    if seconds < shortest:
        yield Finding("too_short", seconds, shortest, detail)
    if seconds > longest:
        yield Finding("too_long", seconds, longest, detail)


def _channels(measures: ClipMeasures, thresholds: QualitySettings) -> Iterable[Finding]:
    highest, lowest = measures.highest_correlation, measures.lowest_correlation
    if highest >= thresholds.copied_correlation:
        yield Finding(
            "copied_channels",
            highest,
            thresholds.copied_correlation,
            f"two channels correlate by {highest:.4f}: one is a copy of the other",
        )
    if lowest <= thresholds.opposite_correlation:
        yield Finding(
            "opposite_channels",
            lowest,
            thresholds.opposite_correlation,
            f"two channels correlate by {lowest:.2f}: they cancel each other when mixed",
        )
    if measures.dead_channels >= thresholds.dead_channels:
        yield Finding(
            "dead_channel",
            measures.dead_channels,
            thresholds.dead_channels,
            f"{measures.dead_channels:.0f} of the channels hold no sound beside those that do",
        )


def _file(measures: ClipMeasures) -> Iterable[Finding]:
    lost = measures.lost_share
    if lost > 0:
        yield Finding("cut_off", lost, 0.0, f"{lost:.1%} of the sound that the file states is not in it")
    if measures.size_unstated:
        yield Finding("size_unstated", 1.0, 0.0, "the file does not state its size truly: all of it was read")
