"""How do batches of clips become features?

See ``pipeline.frontend.kinds`` for what the features are, and the package for conventions.
"""

import numpy as np
from threadpoolctl import ThreadpoolController

from pipeline.errors import ConfigurationError, UnusableClip, nearest
from pipeline.frontend.kinds import KINDS, WHOLE_RECORDINGS, recording_features
from pipeline.settings import FeatureSettings

__all__ = ["FrontEnd", "check_kind"]


class FrontEnd:
    """Features of a batch of clips.

    An instance reuses its buffers: give each thread its own.

    Args:
        settings: the kind and its numbers.

    Raises:
        ConfigurationError: an unknown kind, or numbers that do not fit each other.

    Attributes:
        n_samples: samples that a clip must have.
        shape: shape of one clip's features.
        hears_recordings: whether the kind hears a recording from end to end; see ``of_recording``.
    """

    def __init__(self, settings: FeatureSettings) -> None:
        check_kind(settings)
        self.settings = settings
        self.n_samples = round(settings.sample_rate * settings.duration_seconds)
        self.hears_recordings = settings.kind in WHOLE_RECORDINGS
        self._threads = ThreadpoolController()
        self._features, self.shape = KINDS[settings.kind](settings, self.n_samples)

    def __call__(self, clips: np.ndarray) -> np.ndarray:
        """Return features float32 [n_clips, *shape] of clips float32 [n_clips, n_samples].

        Raises:
            ValueError: clips of another shape.
        """
        clips = np.ascontiguousarray(clips, np.float32)
        if clips.ndim != 2 or clips.shape[1] != self.n_samples:
            raise ValueError(f"expected clips of shape (n_clips, {self.n_samples}), got {clips.shape}")
        features = np.empty((len(clips), *self.shape), np.float32)
        # Two threads for products this small wait for each other far longer than they compute, and
        # every core already has a process of its own.
        with self._threads.limit(limits=1, user_api="blas"):
            for clip, row in zip(clips, features, strict=True):
                row[...] = self._features(clip)
        return features

    def of_recording(self, samples: np.ndarray, sample_rate: int) -> np.ndarray:
        """Return the features of a whole recording, float32 [*shape], where the kind hears recordings.

        Args:
            samples: float32 [n_samples], of any length.
            sample_rate: Hz.

        Raises:
            UnusableClip: recorded at a lower rate than the features are of.
            ValueError: a kind that hears one window.
        """
        if not self.hears_recordings:
            raise ValueError(f"features of kind {self.settings.kind!r} are of windows, not of recordings")
        rate = self.settings.recording_rate
        if sample_rate < rate:
            # Bands above the recording's own would hold nothing, and tell recorders apart.
            raise UnusableClip(
                f"recorded at {sample_rate:,} Hz, below features.recording_rate={rate}; "
                "set that to the lowest rate of the recordings"
            )
        with self._threads.limit(limits=1, user_api="blas"):
            return recording_features(samples, sample_rate, self.settings)


def check_kind(settings: FeatureSettings) -> None:
    """Refuse a kind that there is not, and numbers of another kind than the chosen one.

    Raises:
        ConfigurationError: with the known kinds.
    """
    if settings.kind not in KINDS:
        raise ConfigurationError(
            f"features.kind={settings.kind!r} is unknown{nearest(settings.kind, KINDS)}; "
            f"use one of {', '.join(KINDS)}"
        )
    if settings.kind != "fft" and settings.magnitude == "linear":
        raise ConfigurationError(
            "features.magnitude='linear' is a choice of features.kind='fft', and the kind is "
            f"{settings.kind!r}; leave it out or set the kind"
        )
