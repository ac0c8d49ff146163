"""Which numbers of a detector are refused, whatever its kind?"""

from collections.abc import Sequence

from pipeline.errors import ConfigurationError, nearest

__all__ = ["check_distortions"]


def check_distortions(names: Sequence[str]) -> None:
    """Refuse a kind of distorted copies that there is not; TensorFlow must be imported already.

    Raises:
        ConfigurationError: with the known kinds.
    """
    from models.augmentation import DISTORTIONS

    unknown = next((name for name in names if name not in DISTORTIONS), None)
    if unknown is not None:
        raise ConfigurationError(
            f"model.distortions names {unknown!r}, which is unknown{nearest(unknown, DISTORTIONS)}; "
            f"use some of {', '.join(DISTORTIONS)}"
        )
