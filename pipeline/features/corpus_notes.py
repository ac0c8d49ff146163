"""What should a user know about the clips of a corpus, taken together?

Each note is one sentence with the counts, what is done about it, and what to do: clips that do not fit the
features, several rates, empty bands, silence. Nothing is said about a corpus that fits.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from pipeline.features.columns import ClipColumns
from pipeline.settings import FeatureSettings

__all__ = ["corpus_notes"]

LONG_WINDOWS = 2.0  # a median of more windows than that: most of each clip would go unheard
WORD_SECONDS = 1.5  # clips as long as a word
N_WORDS = 10  # so many classes of them are a vocabulary rather than machines
SHORT_SECONDS = 0.032  # one frame of analysis
TOLD_SHARE = 0.1  # of the clips; fewer are told by each clip's own note alone


def corpus_notes(words: Sequence[str], found: ClipColumns, settings: FeatureSettings) -> list[str]:
    """Return the sentences.

    Args:
        words: the class of each clip [N].
        found: of each clip [N].
        settings: of the features.
    """
    usable = found.is_ok
    if not usable.any():
        return []
    seconds = found.n_samples[usable] / found.sample_rate[usable]
    n_words = len({word for word, is_ok in zip(words, usable.tolist(), strict=True) if is_ok})
    is_any_length = settings.kind == "statistics"
    lengths = _lengths_of_recordings if is_any_length else _lengths_of_windows
    return [
        *lengths(seconds, n_words, settings),
        *_rates(found, settings.recording_rate if is_any_length else settings.sample_rate),
        *_contents(found),
    ]


def _lengths_of_windows(seconds: np.ndarray, n_words: int, settings: FeatureSettings) -> Iterator[str]:
    heard, middle = settings.duration_seconds, float(np.median(seconds))
    # Rates seldom divide a second: a millisecond more is no longer clip.
    n_longer = int(np.sum(seconds > heard + 1e-3))
    if middle > LONG_WINDOWS * heard:
        yield (
            f"{n_longer} of {len(seconds)} clips are longer than the {heard:g} s of each that are heard "
            f"(median {middle:.1f} s): the preset 'sounds' hears recordings from end to end"
        )
    elif n_longer:
        yield (
            f"{n_longer} of {len(seconds)} clips are longer than features.duration_seconds={heard:g} (up to "
            f"{seconds.max():.1f} s): of each, its loudest {heard:g} s are heard"
        )


def _lengths_of_recordings(seconds: np.ndarray, n_words: int, settings: FeatureSettings) -> Iterator[str]:
    n, middle, longest = len(seconds), float(np.median(seconds)), settings.longest_seconds
    if middle <= WORD_SECONDS and n_words >= N_WORDS:
        yield (
            f"{n} clips of {n_words} classes have a median length of {middle:.1f} s: where they are spoken "
            "words, the preset 'default' tells them apart better"
        )
    elif seconds.max() > LONG_WINDOWS * seconds.min():
        yield (
            f"the lengths of {n} recordings differ, from {seconds.min():.2f} to {seconds.max():.2f} s "
            f"(median {middle:.1f} s): each is scored on all of it, and a short one says less"
        )
    n_short, n_long = int(np.sum(seconds < SHORT_SECONDS)), int(np.sum(seconds > longest))
    if n_short:
        yield (
            f"{n_short} of {n} recordings are shorter than one frame of {SHORT_SECONDS:g} s: they are "
            "followed by silence, and their scores mean little"
        )
    if n_long:
        yield (
            f"{n_long} of {n} recordings are longer than features.longest_seconds={longest:g}: their first "
            f"{longest:g} s are scored; cut them into parts to score all"
        )


def _rates(found: ClipColumns, heard: int) -> Iterator[str]:
    n = int(found.is_ok.sum())
    rates = Counter(found.sample_rate[found.is_ok].tolist())
    if len(rates) > 1:
        counts = ", ".join(f"{of_rate} at {rate:,} Hz" for rate, of_rate in sorted(rates.items()))
        yield f"the rates of {n} clips differ, {counts}: all are brought to {heard:,} Hz"
    edges = found.empty_above_hertz[found.is_ok]
    edges = edges[(edges > 0) & (edges < heard / 2)]
    if len(edges) >= TOLD_SHARE * n:
        yield (
            f"{len(edges)} of {n} clips hold nothing above a frequency of {edges.min():,g} to "
            f"{edges.max():,g} Hz, as after upsampling, and are heard up to {heard / 2:,g} Hz: an empty band "
            "is a sign of the recorder, not of the sound"
        )


def _contents(found: ClipColumns) -> Iterator[str]:
    usable = found.is_ok
    n = int(usable.sum())
    n_silent = int(np.sum(found.sound_sha256[usable] == b""))
    if n_silent >= TOLD_SHARE * n:
        yield (
            f"{n_silent} of {n} clips are digital silence, and are learned from and scored like any other: "
            "take them out of the corpus, or find out what silenced them"
        )
    n_mixed = int(np.sum(found.n_channels[usable] > 1))
    if n_mixed:
        most, n_each = int(found.n_channels[usable].max()), int(np.sum(found.n_each[usable] > 0))
        told = f", and in {n_each} of them each is scored for itself" if n_each else " and averaged"
        yield f"{n_mixed} of {n} clips have several channels, up to {most}: those that sound are heard{told}"
