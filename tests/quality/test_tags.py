"""Does each tag come on its fault, and on nothing that is clean?"""

import io

import numpy as np
import pytest

from pipeline.audio.decoding import decode
from pipeline.quality.measures import ClipMeasures, measure
from pipeline.quality.tags import TAGS, Finding, find_faults, joined
from pipeline.settings.quality import QualitySettings
from tests.quality.faulty_clips import FAULTS, clean_clip
from tests.tiny_corpus import FORMANTS

THRESHOLDS = QualitySettings()
USUAL_SECONDS = 1.0
# What a fault brings with it by its nature: a clip that is cut short enough is short too, and so on.
COMPANIONS = {
    "truncated_end": {"too_short"},
    "truncated_start": {"too_short"},
    "edge_end": set(),
    "too_short": {"truncated_start", "truncated_end", "edge_start", "edge_end"},
}


def measured(sound: np.ndarray, rate: int = 16_000, subtype: str = "PCM_16") -> ClipMeasures:
    import soundfile

    content = io.BytesIO()
    soundfile.write(content, sound, rate, format="WAV", subtype=subtype)
    return measure(decode(content.getvalue()))


def tags_of(sound: np.ndarray, rate: int = 16_000) -> list[str]:
    return [finding.tag for finding in find_faults(measured(sound, rate), USUAL_SECONDS, THRESHOLDS)]


@pytest.mark.parametrize("word", FORMANTS)
@pytest.mark.parametrize("seed", range(8))
def test_a_clean_clip_has_no_tag(word: str, seed: int) -> None:
    assert tags_of(clean_clip(seed, word)) == []


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("tag", "number"), [(tag, n) for tag in FAULTS for n in range(len(FAULTS[tag]))])
def test_a_fault_gets_its_tag_and_no_other(tag: str, number: int, seed: int) -> None:
    found = tags_of(FAULTS[tag][number](clean_clip(seed)))
    assert tag in found
    assert set(found) <= {tag} | COMPANIONS.get(tag, set())


def test_every_tag_is_planted_here_or_is_about_other_clips() -> None:
    assert set(TAGS) - set(FAULTS) == {tag for tag in TAGS if "duplicate" in tag} | {
        "cut_off",
        "size_unstated",
    }


@pytest.mark.parametrize("gain", [0.02, 0.1, 1.5])
def test_a_clean_clip_has_no_tag_at_any_usual_level(gain: float) -> None:
    assert tags_of(gain * clean_clip()) == []


def test_the_number_of_a_finding_is_beyond_its_threshold() -> None:
    for makers in FAULTS.values():
        for maker in makers:
            for finding in find_faults(measured(maker(clean_clip())), USUAL_SECONDS, THRESHOLDS):
                above = finding.tag in (
                    "clipping",
                    "dc_offset",
                    "dropout",
                    "too_long",
                    "copied_channels",
                    "dead_channel",
                )
                assert (finding.value >= finding.threshold) if above else (finding.value <= finding.threshold)
                assert any(character.isdigit() for character in finding.detail)


def test_steady_noise_is_not_taken_for_cut_speech() -> None:
    assert tags_of(0.1 * np.random.default_rng(0).standard_normal(16_000)) == []


def test_padding_is_no_dropout() -> None:
    sound = clean_clip()
    assert "dropout" not in tags_of(np.concatenate([np.zeros((2_000, 1)), sound, np.zeros((2_000, 1))]))


def test_a_gate_that_closes_in_pauses_is_no_dropout() -> None:
    loud = np.flatnonzero(np.abs(clean_clip()[:, 0]) > 0.05)
    word = clean_clip()[loud[0] : loud[-1]]
    fade = np.sin(0.5 * np.pi * np.linspace(0, 1, 480))[:, None] ** 2
    word[:480] *= fade
    word[-480:] *= fade[::-1]
    assert "dropout" not in tags_of(np.concatenate([word, np.zeros((800, 1)), word]))


def test_two_different_channels_have_no_tag() -> None:
    assert tags_of(np.concatenate([clean_clip(0), clean_clip(1)], axis=1)) == []


def test_a_silent_channel_is_neither_copied_nor_opposite() -> None:
    assert tags_of(np.concatenate([clean_clip(), np.zeros((16_000, 1))], axis=1)) == ["dead_channel"]


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
def test_a_loud_low_tone_is_not_clipped_at_any_rate(rate: int) -> None:
    tone = 0.9 * np.sin(2 * np.pi * 60 * np.arange(rate) / rate)
    assert "clipping" not in tags_of(tone, rate)


def test_numbers_do_not_depend_on_the_container() -> None:
    sound = clean_clip()
    rounded = np.round(sound * 32_768) / 32_768
    assert measured(rounded) == measured(rounded, subtype="FLOAT")


@pytest.mark.parametrize("n", [1, 2, 3, 160, 500])
def test_the_shortest_sounds_have_numbers(n: int) -> None:
    numbers = measured(0.1 * np.ones((n, 1)))
    assert np.isfinite(numbers.numbers()).all()
    assert numbers.duration_seconds == n / 16_000


def test_a_changed_threshold_changes_the_tag_without_new_numbers() -> None:
    numbers = measured(0.02 * clean_clip())
    strict = QualitySettings(near_silence_decibel=0.0)
    assert find_faults(numbers, USUAL_SECONDS, THRESHOLDS) == ()
    assert [finding.tag for finding in find_faults(numbers, USUAL_SECONDS, strict)] == ["near_silence"]


def test_tags_are_joined_each_once_in_order() -> None:
    findings = [Finding(tag, 1.0, 0.0, "") for tag in ("clipping", "dropout", "clipping")]
    assert joined(findings) == "clipping; dropout"
