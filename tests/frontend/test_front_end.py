"""Does each preset of the front end compute what it is named after?

Conventions: clips are float32 [n_clips, 16000] at 16 kHz; a full-scale sine is 0 dB.
"""

import numpy as np
import pytest

from pipeline.errors import ConfigurationError
from pipeline.frontend.bands import log_bank, mel_bank, mel_centres
from pipeline.frontend.front_end import FrontEnd
from pipeline.settings.features import FeatureSettings

KINDS = ("legacy", "fft", "stft", "waveform", "logmel", "aligned", "frames", "statistics")
SHAPES = {
    "legacy": (257,),
    "fft": (257,),
    "stft": (98, 257),
    "waveform": (16_000,),
    "logmel": (98, 40),
    "aligned": (48, 40),
    "frames": (98, 41),
    "statistics": (1_608,),
}


def front_end(kind: str, **changes: object) -> FrontEnd:
    return FrontEnd(FeatureSettings(**{"kind": kind, "recording_rate": 16_000, **changes}))


def sine(hertz: float, amplitude: float = 1.0) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * hertz * np.arange(16_000) / 16_000)).astype(np.float32)


@pytest.fixture
def noise() -> np.ndarray:
    return (0.1 * np.random.default_rng(0).standard_normal((128, 16_000))).astype(np.float32)


@pytest.mark.parametrize("kind", KINDS)
def test_features_have_the_stated_shape_and_type(kind: str, noise: np.ndarray) -> None:
    features = front_end(kind)(noise[:2])
    assert front_end(kind).shape == SHAPES[kind]
    assert features.shape == (2, *SHAPES[kind])
    assert features.dtype == np.float32


@pytest.mark.parametrize("kind", KINDS)
def test_silence_gives_finite_features(kind: str) -> None:
    assert np.isfinite(front_end(kind)(np.zeros((1, 16_000), np.float32))).all()


@pytest.mark.parametrize("kind", KINDS)
def test_full_scale_noise_gives_finite_features(kind: str) -> None:
    clips = np.sign(np.random.default_rng(0).standard_normal((1, 16_000))).astype(np.float32)
    assert np.isfinite(front_end(kind)(clips)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_features_do_not_depend_on_the_batch(kind: str, noise: np.ndarray) -> None:
    extractor = front_end(kind)
    together = extractor(noise)
    alone = np.concatenate([extractor(noise[i : i + 1]) for i in (0, 63, 127)])
    np.testing.assert_array_equal(alone, together[[0, 63, 127]])


@pytest.mark.parametrize("kind", KINDS)
def test_no_clip_and_no_setting_is_changed_by_computing(kind: str, noise: np.ndarray) -> None:
    before = noise.copy()
    extractor = front_end(kind)
    first = extractor(noise[:4])
    np.testing.assert_array_equal(extractor(noise[:4]), first)
    np.testing.assert_array_equal(noise, before)


def test_fft_sees_the_whole_second(noise: np.ndarray) -> None:
    changed = noise[:1].copy()
    changed[0, 10_000] += 0.5
    extractor = front_end("fft")
    assert not np.array_equal(extractor(changed), extractor(noise[:1]))


def test_linear_fft_levels_are_the_magnitudes_whose_decibel_are_the_default(noise: np.ndarray) -> None:
    linear = front_end("fft", magnitude="linear")(noise[:2])
    # Both are float32: seven digits of a number near -60.
    np.testing.assert_allclose(20 * np.log10(linear), front_end("fft")(noise[:2]), atol=1e-4)


def test_twice_the_sound_is_twice_the_linear_magnitude(noise: np.ndarray) -> None:
    extractor = front_end("fft", magnitude="linear")
    # A factor of two is exact in binary, and every step is linear in the clip or its square.
    np.testing.assert_array_equal(extractor(2 * noise[:1]), 2 * extractor(noise[:1]))


def test_linear_magnitudes_of_silence_are_zero() -> None:
    assert not front_end("fft", magnitude="linear")(np.zeros((1, 16_000), np.float32)).any()


def test_legacy_is_blind_to_all_but_the_first_512_samples(noise: np.ndarray) -> None:
    changed = noise[:1].copy()
    changed[0, 10_000] += 0.5
    changed[0, 512] += 0.5
    extractor = front_end("legacy")
    np.testing.assert_array_equal(extractor(changed), extractor(noise[:1]))


def test_legacy_equals_the_published_formula(noise: np.ndarray) -> None:
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(16_000) / 16_000)
    expected = np.abs(np.fft.rfft((noise[0] * window)[:512]))
    # Magnitudes are about 0.01 here; float32 carries seven digits of the largest term.
    np.testing.assert_allclose(front_end("legacy")(noise[:1])[0], expected, atol=1e-7)


@pytest.mark.parametrize("hertz", [62.5, 440.0, 1_000.0, 4_321.0, 7_500.0])
def test_a_sine_peaks_in_its_fft_band(hertz: float) -> None:
    centres = np.geomspace(50, 8_000, 259)[1:-1]
    nearest = int(np.abs(np.log(centres / hertz)).argmin())
    peak = int(front_end("fft")(sine(hertz)[None])[0].argmax())
    # Two neighbouring bands may share a sine that falls between them.
    assert abs(peak - nearest) <= 1


@pytest.mark.parametrize("hertz", [312.5, 1_000.0, 5_000.0])
def test_a_sine_peaks_in_its_legacy_bin(hertz: float) -> None:
    peak = int(front_end("legacy")(sine(hertz)[None])[0].argmax())
    # The first 32 ms of a rising Hann window smear a sine over the bins beside it.
    assert abs(peak - hertz / 31.25) <= 1


@pytest.mark.parametrize("hertz", [312.5, 1_000.0, 5_000.0])
def test_a_sine_peaks_in_its_stft_bin_in_every_frame(hertz: float) -> None:
    features = front_end("stft")(sine(hertz)[None])[0]
    np.testing.assert_array_equal(features.argmax(axis=1), round(hertz / 31.25))


@pytest.mark.parametrize("kind", ["logmel", "aligned"])
@pytest.mark.parametrize("band", [3, 17, 36])
def test_a_sine_peaks_in_its_mel_band_in_every_frame(kind: str, band: int) -> None:
    centre = mel_centres(40, 20.0, 7_600.0)[band + 1]
    features = front_end(kind)(sine(float(centre))[None])[0]
    np.testing.assert_array_equal(features.argmax(axis=1), band)


def test_a_full_scale_sine_is_at_zero_decibel() -> None:
    levels = front_end("stft")(sine(1_000.0)[None])[0]
    # 1 kHz is a bin's centre, and the windows hold whole periods: only float32 is left.
    np.testing.assert_allclose(levels.max(axis=1), 0.0, atol=1e-3)


def test_half_the_amplitude_is_six_decibel_less() -> None:
    extractor = front_end("logmel")
    difference = extractor(sine(1_000.0)[None]).max() - extractor(sine(1_000.0, 0.5)[None]).max()
    assert difference == pytest.approx(20 * np.log10(2), abs=1e-3)


@pytest.mark.parametrize("sample_rate", [8_000, 16_000])
def test_mel_bank_equals_librosa(sample_rate: int) -> None:
    filters = pytest.importorskip("librosa.filters")
    fmax = sample_rate / 2 - 400
    expected = filters.mel(sr=sample_rate, n_fft=512, n_mels=40, fmin=20.0, fmax=fmax, htk=False, norm=None)
    np.testing.assert_allclose(mel_bank(sample_rate, 512, 40, 20.0, fmax), expected.T, atol=1e-6)


def test_logmel_agrees_with_librosa(noise: np.ndarray) -> None:
    librosa = pytest.importorskip("librosa")
    # librosa puts a window of 400 in the middle of 512 samples: 56 zeros first make frames begin alike.
    padded = np.pad(noise[0], (56, 56))
    window = np.hanning(401)[:400]
    power = librosa.feature.melspectrogram(
        y=padded, sr=16_000, n_fft=512, hop_length=160, win_length=400, window="hann", center=False,
        n_mels=40, fmin=20.0, fmax=7_600.0, norm=None,
    )  # fmt: skip
    expected = 10 * np.log10(power * (2 / window.sum()) ** 2).T
    # Both are float32; a band's power is a sum of few terms, so the levels agree to a thousandth.
    np.testing.assert_allclose(front_end("logmel")(noise[:1])[0], expected, atol=1e-3)


@pytest.mark.parametrize(("n_fft", "sample_rate"), [(16_000, 16_000), (4_000, 8_000), (4_800, 48_000)])
def test_no_log_band_is_empty(n_fft: int, sample_rate: int) -> None:
    assert log_bank(sample_rate, n_fft, 257, 50.0).max(axis=0).min() >= 0.5


def test_nothing_between_the_lowest_band_and_half_the_rate_is_lost() -> None:
    weights = log_bank(16_000, 16_000, 257, 50.0).sum(axis=1)
    assert (weights[52:7_900] > 0).all()


def test_other_rates_and_lengths_change_the_shape_and_still_work() -> None:
    extractor = front_end("logmel", sample_rate=8_000, duration_seconds=2.0, fmax_hertz=4_000.0)
    assert np.isfinite(extractor(np.ones((1, 16_000), np.float32))).all()
    assert extractor.shape == (98, 40)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "stft", "frame_length": 600}, "frame_length=600 is above features.n_fft=512"),
        ({"kind": "logmel", "mel_frame_length": 600}, "mel_frame_length=600 is above"),
        ({"kind": "logmel", "fmax_hertz": 9_000.0}, "stay within 8000 Hz"),
        ({"kind": "aligned", "fmin_hertz": 7_600.0}, "must rise"),
        ({"kind": "logmel", "n_mels": 200}, "mel bands hold no bin"),
        ({"kind": "legacy", "n_fft": 20_000}, "above the clip's 16000 samples"),
        ({"kind": "fft", "band_fmin_hertz": 8_000.0}, "must be below 8000 Hz"),
        ({"kind": "logmel", "magnitude": "linear"}, "is a choice of features.kind='fft'"),
        ({"kind": "logml"}, "kind='logml' is unknown; did you mean 'logmel'.*use one of legacy, fft"),
    ],
)
def test_numbers_that_do_not_fit_each_other_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        FrontEnd(FeatureSettings(**changes))


def test_clips_of_another_length_are_refused_with_both_lengths() -> None:
    with pytest.raises(ValueError, match=r"clips of 16000 samples, got one of shape \(8000,\)"):
        front_end("logmel")(np.zeros((2, 8_000), np.float32))
