"""How do batches of clips become features?

See ``pipeline.frontend.kinds`` for what the features are, and the package for conventions.
"""

from collections.abc import Sequence

import numpy as np
from threadpoolctl import ThreadpoolController

from pipeline.errors import ConfigurationError, nearest
from pipeline.frontend.kinds import KINDS, OF_ANY_LENGTH
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
        sample_rate: Hz that clips must have.
        n_samples: samples that a clip must have; where any length is taken, those of ``duration_seconds``.
        takes_any_length: whether clips of any length are taken, from end to end.
        shape: shape of one clip's features.
    """

    def __init__(self, settings: FeatureSettings) -> None:
        check_kind(settings)
        self.settings = settings
        self.takes_any_length = settings.kind in OF_ANY_LENGTH
        self.sample_rate = settings.recording_rate if self.takes_any_length else settings.sample_rate
        self.n_samples = round(self.sample_rate * settings.duration_seconds)
        self._threads = ThreadpoolController()
        self._features, self.shape = KINDS[settings.kind](settings, self.n_samples)

    def __call__(
        self, clips: Sequence[np.ndarray] | np.ndarray, full_scales: Sequence[float] | None = None
    ) -> np.ndarray:
        """Return features float32 [n_clips, *shape] of clips float32 [n_samples] each.

        Args:
            clips: mono, at ``sample_rate``.
            full_scales: the amplitude of each that floors of levels are relative to, 0.0 where it is unknown;
                1.0 where none are given.

        Raises:
            ValueError: clips of another length.
        """
        features = np.empty((len(clips), *self.shape), np.float32)
        scales = [1.0] * len(clips) if full_scales is None else full_scales
        # Two threads for products this small wait for each other far longer than they compute, and
        # every core already has a process of its own.
        with self._threads.limit(limits=1, user_api="blas"):
            for clip, full_scale, row in zip(clips, scales, features, strict=True):
                row[...] = self._features(self._checked(clip), full_scale)
        return features

    def _checked(self, clip: np.ndarray) -> np.ndarray:
        if clip.ndim != 1 or not len(clip) or (len(clip) != self.n_samples and not self.takes_any_length):
            expected = "at least one sample" if self.takes_any_length else f"{self.n_samples} samples"
            raise ValueError(f"expected clips of {expected}, got one of shape {clip.shape}")
        return np.ascontiguousarray(clip, np.float32)


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
    if settings.channels == "near" and settings.kind not in OF_ANY_LENGTH:
        raise ConfigurationError(
            "features.channels='near' is a choice of features.kind='statistics', and the kind is "
            f"{settings.kind!r}; take --preset sounds, or another rule for channels"
        )
    if settings.channels == "near" and settings.near_channel == settings.far_channel:
        raise ConfigurationError(
            f"features.near_channel={settings.near_channel} and features.far_channel={settings.far_channel} "
            "are one channel; name two"
        )
