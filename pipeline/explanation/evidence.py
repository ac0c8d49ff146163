"""How strongly does each possible reason speak for a clip being strange?

Every piece of evidence is a number that rises with the strangeness it stands for. Its *strength* puts it
on the scale of the target's own training clips: 0 is their median, 1 is the value that 95 % of them stay
below. So strengths of different evidence compare. Nothing here enters a score or a p-value, and the
other words' clips, which no model of protocol one-class was fitted to, may be looked at.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.explanation.nearest import (
    FIRST,
    LAST,
    WHOLE,
    Nearest,
    align_sketches,
    colour,
    nearest_of,
)
from pipeline.explanation.references import (
    MAX_TARGET_CLIPS,
    evenly_taken,
    known_clips,
    nearest_word,
    on_sphere,
    scale_of,
)
from pipeline.files import gathered, numbered
from pipeline.quality import Finding, QualityRecord, band_edges
from pipeline.runs import ClipTable

__all__ = ["BAD_TAGS", "CUT_TAGS", "Evidence", "gather", "strength"]

# Variance in dB squared added to each band, so that bands with little of their own do not decide.
COLOUR_RIDGE = 1.0
UPPER_HERTZ = 2_000.0  # of the sounds of speech, vowels lie mostly below
# Three times as far out as 95 %: beyond it, a spread that is small by chance would outweigh every word.
MOST_COLOUR = 3.0
SPEAKER_MIN_CLIPS = 2
# A tag speaks as strongly as a number twice as far out as 95 % of the target's clips, and more beyond.
TAG_STRENGTH, SILENCE_STRENGTH = 2.0, 8.0
BAD_TAGS = ("silence", "near_silence", "clipping", "dc_offset", "dropout", "opposite_channels")
CUT_TAGS = ("truncated_start", "truncated_end", "too_short")


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Numbers of each clip that is asked about [N]; distances and levels in dB, times in seconds.

    Attributes:
        target: neighbours among the target's training clips; ``reference`` counts ``references``.
        references: rows of the target's training clips that were compared with.
        compared: neighbours among the same clips by which the target is set against other words: ``target``,
            or by vectors of a pretrained network, where distances are chords (0 the same, 1.41 unrelated).
        nearest_decibel: distance of the sketches to the nearest of ``compared``.
        other_word: the other word that is nearest, ``""`` where none has enough clips.
        other_distance: to its nearest clips, as in ``compared``.
        by_vectors: whether these are chords.
        part_distance: to the nearest halves of the target's clips.
        colour_distance: of the band levels to those of the target's training clips, in deviations.
        content_distance: to the nearest of the target's training clips, both with their colours evened out.
        upper_decibel: level above 2 kHz over that below, against the target's mean.
        speaker_p_value: median p-value of the speaker's other clips under the target's name, or NaN.
        n_speaker: how many these are.
        strengths: of ``other``, ``content``, ``part``, ``colour``, ``flat`` (little contrast), ``tags`` and
            ``cut``.
    """

    target: Nearest
    references: np.ndarray
    compared: Nearest
    nearest_decibel: np.ndarray
    by_vectors: bool
    other_word: np.ndarray
    other_distance: np.ndarray
    part_distance: np.ndarray
    colour_distance: np.ndarray
    content_distance: np.ndarray
    upper_decibel: np.ndarray
    speaker_p_value: np.ndarray
    n_speaker: np.ndarray
    strengths: dict[str, np.ndarray]


def strength(values: np.ndarray, ordinary: np.ndarray) -> np.ndarray:
    """Return values on the scale of the target's own: 0 their median, 1 their 95 % quantile."""
    finite = ordinary[np.isfinite(ordinary)]
    if not len(finite):
        return np.zeros(len(values))
    median, high = np.quantile(finite, [0.5, 0.95])
    scaled: np.ndarray = (values - median) / max(float(high - median), 1e-6)
    return np.where(np.isfinite(values), scaled, 0.0)


def gather(
    table: ClipTable,
    rows: np.ndarray,
    p_value: np.ndarray,
    record: QualityRecord,
    findings: Sequence[Sequence[Finding]],
    target: str,
    vectors: Callable[[np.ndarray], np.ndarray] | None = None,
    asked: np.ndarray | None = None,
) -> Evidence:
    """Return the evidence about each of ``rows``, or about some.

    Args:
        table: the clips.
        rows: usable clips [N], the target's training clips among them.
        p_value: of each row [N].
        record: what was measured of every clip of the table.
        findings: what is wrong with each row [N].
        target: the word that is normal.
        vectors: gives those of a pretrained network of rows, [K, D], to compare words by.
        asked: places in ``rows`` of the clips that are asked about, in order, those of ``scale_of`` among
            them; all where it is ``None``.
    """
    every_word, split = table.word[rows], table.split[rows]
    known = known_clips(split)
    every_speaker = numbered(table.speaker[rows])
    places = np.arange(len(rows)) if asked is None else asked
    middle, n_speaker = _other_clips_of_speaker(every_speaker, every_word == target, p_value, places)
    scale = np.flatnonzero((every_word == target) & known)
    ordinary = np.searchsorted(places, scale if asked is None else scale_of(table, rows, target))
    compared = evenly_taken(ordinary, MAX_TARGET_CLIPS)
    every, rows, speaker = rows, rows[places], every_speaker[places]
    findings = [findings[place] for place in places.tolist()]

    def aligned_of(chosen: np.ndarray, part: str = WHOLE) -> np.ndarray:
        return align_sketches(gathered(record.sketches, chosen), part)

    aligned = aligned_of(rows)

    def to_target(clips: np.ndarray, references: np.ndarray) -> Nearest:
        return nearest_of(clips, speaker, references, speaker[compared])

    def sounds_of(chosen: np.ndarray) -> np.ndarray:
        if vectors is not None:
            return on_sphere(vectors(every[chosen]))
        return aligned[chosen] if asked is None else aligned_of(every[chosen])

    near = to_target(aligned, aligned[compared])
    sounds = aligned if vectors is None else sounds_of(places)
    alike = near if vectors is None else to_target(sounds, sounds[compared])
    other_word, other = nearest_word(sounds, speaker, every_word, every_speaker, known, target, sounds_of)
    halves = [aligned_of(rows[compared], part) for part in (FIRST, LAST)]
    part = np.min([to_target(aligned, half).distance for half in halves], axis=0)
    colours = colour(aligned)
    evened = aligned - colours[:, None, :]
    content = to_target(evened, evened[compared]).distance
    deviation = _deviation(colours, colours[ordinary])
    loud, contrast = (record.column(name)[rows] for name in ("loud_seconds", "contrast_decibel"))

    def on_scale(values: np.ndarray) -> np.ndarray:
        return strength(values, values[ordinary])

    odd_content = on_scale(content)
    odd_colour = np.maximum(on_scale(deviation), on_scale(_excess(near.distance, content)))
    # The speaker's other clips being strange too speaks for the speaker: a tenth of 0.5 adds a half.
    also = np.where(np.isfinite(middle), 0.5 * np.maximum(0.0, np.log10(0.5 / middle)), 0.0)
    apart = aligned - aligned[compared][alike.reference]
    return Evidence(
        target=near,
        references=rows[compared],
        compared=alike,
        nearest_decibel=np.sqrt(np.mean(np.square(apart), axis=(1, 2))),
        by_vectors=vectors is not None,
        other_word=other_word,
        other_distance=other,
        part_distance=part,
        colour_distance=deviation,
        content_distance=content,
        upper_decibel=_upper(colours) - float(_upper(colours[ordinary]).mean()),
        speaker_p_value=middle,
        n_speaker=n_speaker,
        strengths={
            "other": on_scale(_excess(alike.distance, other)),
            "content": odd_content,
            "part": on_scale(on_scale(-loud) + on_scale(_excess(near.distance, part))),
            # What stays strange once colours are evened out is no matter of the colour.
            "colour": np.minimum(on_scale(odd_colour), MOST_COLOUR) - np.maximum(odd_content, 0.0) + also,
            "flat": on_scale(-contrast),
            "tags": np.array([_tag_strength(found, BAD_TAGS) for found in findings]),
            "cut": np.array([_tag_strength(found, CUT_TAGS) for found in findings]),
        },
    )


def _excess(distance: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return how much further one is than the other; NaN where there is nothing to compare."""
    both = np.isfinite(distance) & np.isfinite(other)
    return np.where(both, np.where(both, distance, 0) - np.where(both, other, 0), np.nan)


def _deviation(colours: np.ndarray, ordinary: np.ndarray) -> np.ndarray:
    """Return the Mahalanobis distance over the root of the number of bands: near 1 for the ordinary ones."""
    covariance = np.cov(ordinary.T, dtype=np.float64) + COLOUR_RIDGE * np.eye(ordinary.shape[1])
    centred = colours - ordinary.mean(axis=0)
    squared = np.einsum("ij,ij->i", centred, np.linalg.solve(covariance, centred.T).T)
    return np.asarray(np.sqrt(np.maximum(squared, 0) / ordinary.shape[1]))


def _upper(colours: np.ndarray) -> np.ndarray:
    """Return the mean level of the bands above 2 kHz over that of those below."""
    above = band_edges()[:-1] >= UPPER_HERTZ
    return np.asarray(colours[:, above].mean(axis=1) - colours[:, ~above].mean(axis=1))


def _other_clips_of_speaker(
    speaker: np.ndarray, is_target: np.ndarray, p_value: np.ndarray, asked: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the median p-value of the speaker's other target clips (NaN below two), and their number.

    Of the clips at the places ``asked``.
    """
    middle, n = np.full(len(asked), np.nan), np.zeros(len(asked), np.intp)
    members: dict[int, list[int]] = {}
    for row in np.flatnonzero(is_target).tolist():
        members.setdefault(int(speaker[row]), []).append(row)
    for number, row in enumerate(asked.tolist()):
        others = [other for other in members.get(int(speaker[row]), ()) if other != row]
        n[number] = len(others)
        if len(others) >= SPEAKER_MIN_CLIPS:
            middle[number] = float(np.median(p_value[others]))
    return middle, n


def _tag_strength(findings: Sequence[Finding], names: Sequence[str]) -> float:
    found = [_finding_strength(finding) for finding in findings if finding.tag in names]
    return max(found, default=0.0)


def _finding_strength(finding: Finding) -> float:
    if finding.tag == "silence":
        return SILENCE_STRENGTH
    # Levels and correlations that go below zero have no ratio to speak of.
    if finding.threshold <= 0 or finding.value <= 0 or finding.tag in CUT_TAGS:
        return TAG_STRENGTH
    return TAG_STRENGTH + max(0.0, float(np.log2(finding.value / finding.threshold)))
