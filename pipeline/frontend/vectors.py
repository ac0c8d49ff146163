"""How does a clip become vectors of a pretrained network?

The loud part is brought to the middle of as much sound as the windows take, and to one peak, with
everything that stands around it in the clip; the rest, and all of digital silence, is faint noise, which
the network knows from its training and zeros it does not. The windows lie around the middle, some frames
apart. Behind their vectors stand those of changed copies of the same clip, see
``pipeline.embeddings.changed``: a detector that is fitted to the clip needs them, one that scores it does
not.
Conventions: clips are float32 [n_samples] at 16 kHz, full scale 1.0; vectors are float32, one window after
another.
"""

import numpy as np

from pipeline.embeddings import (
    FRAME_STEP,
    N_WINDOW_FRAMES,
    SAMPLE_RATE,
    VECTOR_SIZE,
    VECTOR_STEP,
    SpeechNetwork,
    changed_frames,
    check_weights,
    n_samples_of,
)
from pipeline.errors import ConfigurationError
from pipeline.settings import FeatureSettings

__all__ = ["ClipVectors", "scoring_settings", "vectors_of"]

NOISE_SEED = 0  # the same noise beside every clip


class ClipVectors:
    """Vectors of clips of one length.

    Args:
        settings: the numbers named ``vector_*``, and those of the loud part's frames.

    Raises:
        ConfigurationError: another rate than the network's.
        PipelineError: the extra is not installed, or its files are damaged.
    """

    def __init__(self, settings: FeatureSettings) -> None:
        if settings.sample_rate != SAMPLE_RATE:
            raise ConfigurationError(
                f"features.kind='aligned_vectors' needs features.sample_rate={SAMPLE_RATE}, the rate of its "
                f"network, got {settings.sample_rate}; files of any rate are resampled to it"
            )
        check_weights()
        self.settings = settings
        self.n_frames = N_WINDOW_FRAMES + (settings.vector_windows - 1) * settings.vector_step
        self.n_samples = n_samples_of(self.n_frames)
        self.size = settings.vector_windows * VECTOR_SIZE
        self._network: SpeechNetwork | None = None
        generator = np.random.default_rng(NOISE_SEED)
        scale = np.float32(10 ** (settings.vector_noise_decibel / 20))
        self._noise = scale * generator.standard_normal(self.n_samples, dtype=np.float32)

    def __call__(self, clip: np.ndarray, loud: tuple[int, int]) -> np.ndarray:
        """Return the vectors of a clip and of its changed copies: [(1 + vector_copies) * size].

        Args:
            clip: [n_samples].
            loud: its loud part, in frames of ``settings.frame_step``.
        """
        # Made when it is asked for: the process that only shares out the files needs none.
        network = self._network = self._network or SpeechNetwork(self.n_frames)
        step = self.settings.frame_step
        start = loud[0] * step
        stop = min((loud[1] - 1) * step + self.settings.mel_frame_length, len(clip))
        sound, first = self._centred(clip, start, stop)
        frames = network.mel_frames(sound)
        part = ((start - first) // FRAME_STEP, (stop - first) // FRAME_STEP)
        every = self.settings.vector_step // VECTOR_STEP
        versions = [frames, *changed_frames(frames, part, self.settings.vector_copies)]
        return np.concatenate([network.vectors(version)[::every].ravel() for version in versions])

    def _centred(self, clip: np.ndarray, start: int, stop: int) -> tuple[np.ndarray, int]:
        """Return the sound that the windows take, and the sample of the clip that it begins at."""
        first = (start + stop) // 2 - self.n_samples // 2
        peak = float(np.abs(clip[start:stop]).max())
        sound = self._noise.copy()
        if peak > 0:
            low, high = max(first, 0), min(first + self.n_samples, len(clip))
            sound[low - first : high - first] += np.float32(self.settings.vector_peak / peak) * clip[low:high]
        return sound, first


def scoring_settings(settings: FeatureSettings) -> FeatureSettings:
    """Return the settings of what a fitted detector scores: nothing behind it that only a fit needs."""
    return settings.model_copy(update={"vector_copies": 0, "noise_recordings": "", "noise_sha256": ""})


def vectors_of(features: np.ndarray, settings: FeatureSettings) -> np.ndarray | None:
    """Return the clips' own vectors at length one, float32 [N, D]; ``None`` for a kind that has none.

    Args:
        features: of a store, [N, ...]; mapped ones are read as far as they are vectors.
        settings: that they were made with.
    """
    if settings.kind != "aligned_vectors":
        return None
    first = settings.n_frames * settings.n_mels
    vectors = np.asarray(features[:, first : first + settings.vector_windows * VECTOR_SIZE], np.float32)
    # Clips that were set aside are zeros, and stay so.
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-6))
