"""Which numbers do the features depend on?

Lengths of frames and steps are in samples at ``sample_rate``, unless a name carries another unit.
"""

from typing import Literal

from pydantic import Field

from pipeline.settings.section import Section

__all__ = ["PRETRAINED_KINDS", "FeatureSettings"]

# Features that a network makes which was trained on other clips than the corpus's.
PRETRAINED_KINDS = ("aligned_vectors",)


class FeatureSettings(Section):
    """What is computed from one second of sound."""

    kind: str = Field(
        "aligned",
        description="legacy, fft, stft, waveform, logmel, aligned, aligned_vectors, frames or statistics; "
        "legacy is the published 32 ms defect, on purpose",
    )
    sample_rate: int = Field(16_000, ge=8_000, le=48_000, description="Hz; every clip is resampled to it")
    duration_seconds: float = Field(
        1.0, gt=0.1, le=10, description="shorter clips are padded, longer ones cut"
    )
    channels: Literal["largest", "mean", "mix", "near"] = Field(
        "mix",
        description="largest: living channels are scored each, the strangest counts; mean: the mean of their "
        "scores; mix: their mean is heard, as detectors of words learn mono clips, their usual recordings; "
        "near, statistics alone: that of the microphone at the machine, without what a far one hears",
    )
    near_channel: int = Field(
        1, ge=1, le=32, description="near: number of the channel whose microphone stands at the machine"
    )
    far_channel: int = Field(
        2, ge=1, le=32, description="near: number of the channel that hears the room beside the machine"
    )
    far_decibel: float = Field(
        0.0,
        ge=-60,
        le=60,
        description="near: added to the far channel, so that the room is as loud there as in the near one; 0 "
        "where noise_recordings measure it",
    )
    noise_recordings: str = Field(
        "",
        description="statistics: folder of recordings of the room without the machine; each recording is "
        "learned once more with one of them laid over it",
    )
    noise_sha256: str = Field("", description="of the recordings in noise_recordings; the program sets it")
    recording_rate: int = Field(
        0,
        ge=0,
        le=48_000,
        description="statistics: Hz that recordings are brought to; 0 for the lowest rate of those that are "
        "learned from, 16,000 at most",
    )
    longest_seconds: float = Field(
        600.0, gt=0.1, le=3_600, description="statistics: what comes later in a recording is not heard"
    )
    n_bands: int = Field(257, ge=8, description="fft: log-spaced bands over the whole window")
    band_fmin_hertz: float = Field(50.0, gt=0, description="fft: lower edge of the lowest band")
    magnitude: Literal["log", "linear"] = Field(
        "log", description="fft: levels in decibel; linear magnitudes, as published, call quiet clips likely"
    )
    frame_length: int = Field(480, ge=64, description="stft: samples a frame, 30 ms")
    frame_step: int = Field(160, ge=16, description="samples between frames, 10 ms")
    n_fft: int = Field(512, ge=64, description="stft, logmel, aligned: length of the transform")
    mel_frame_length: int = Field(400, ge=64, description="logmel, aligned: samples a frame, 25 ms")
    n_mels: int = Field(40, ge=8, description="logmel, aligned: mel bands")
    fmin_hertz: float = Field(20.0, ge=0, description="lowest edge of the lowest mel band")
    fmax_hertz: float = Field(7_600.0, gt=0, description="highest edge of the highest mel band")
    n_frames: int = Field(48, ge=8, description="aligned: frames after stretching the loud part")
    smoothing_seconds: float = Field(
        0.13,
        ge=0,
        description="aligned: moving mean of levels over time; finer detail is the voice, not the word",
    )
    smoothing_bands: int = Field(
        3, ge=1, description="aligned: moving mean over mel bands, against differing voices"
    )
    loud_threshold: float = Field(
        0.3,
        gt=0,
        lt=1,
        description="aligned: share of the way from a clip's noise to its peak where loud begins",
    )
    loud_noise_quantile: float = Field(
        0.1, ge=0, le=1, description="aligned: of frame loudness; taken as noise"
    )
    loud_smoothing_seconds: float = Field(
        0.05, ge=0, description="aligned: moving mean of loudness, a few frames"
    )
    loud_gap_seconds: float = Field(
        0.18, ge=0, description="aligned: quieter gaps inside a word are bridged, as in a long stop"
    )
    loud_least_seconds: float = Field(0.16, gt=0, description="aligned: a shorter loud part is widened")
    floor_decibel: float = Field(
        -80.0, lt=0, description="power below full scale where logarithms are floored"
    )
    vector_windows: int = Field(
        3,
        ge=1,
        le=5,
        description="aligned_vectors: windows of 0.76 s around a word's middle; five rank no better",
    )
    vector_step: int = Field(
        16,
        ge=8,
        le=32,
        multiple_of=8,
        description="aligned_vectors: frames of 10 ms between them; the network has a vector each 8",
    )
    vector_peak: float = Field(
        0.5,
        gt=0,
        le=1,
        description="aligned_vectors: full scale; the loud part's peak, whatever it was recorded at",
    )
    vector_noise_decibel: float = Field(
        -60.0,
        le=-20,
        description="aligned_vectors: full scale; noise under the clip: the network knows no zeros",
    )
    vector_copies: int = Field(
        1,
        ge=0,
        description="aligned_vectors: changed copies of a clip, for the background; each costs as much again",
    )
    n_workers: int = Field(0, ge=0, description="processes; 0 means one for each core")
    batch_size: int = Field(128, ge=1, description="clips a process handles at once; bounds memory")
