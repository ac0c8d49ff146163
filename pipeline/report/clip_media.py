"""Where on the page does the sound of each clip stand, so that none stands there twice?

A listed clip's sound stands in its card. A clip of the target that cards are compared with, and that is
not listed itself, gets a place of its own; cards name the place, however many they are.
"""

from collections.abc import Mapping
from pathlib import Path

from pipeline.frontend import OF_ANY_LENGTH
from pipeline.html import Media, embed_clip, embed_recording
from pipeline.runs import Run
from pipeline.settings import Settings

__all__ = ["PageMedia"]


class PageMedia:
    """The sounds of a page.

    Args:
        run: the run.
        root: the corpus folder, or ``None`` where it is unknown.
        settings: of the run.
        listed: paths of the clips that have a card.
    """

    def __init__(self, run: Run, root: Path | None, settings: Settings, listed: list[str]) -> None:
        self._run, self._root, self._settings = run, root, settings
        self._places = {path: f"sound-{number}" for number, path in enumerate(dict.fromkeys(listed))}
        self._n_listed = len(self._places)
        self._media: dict[str, Media] = {}

    def place(self, path: str) -> str:
        """Return the id of the place of a clip, and make one where it has none."""
        return self._places.setdefault(path, f"sound-{len(self._places)}")

    def media(self, path: str) -> Media:
        """Return the sound and the picture of a clip, read once."""
        if path not in self._media:
            features, sha256 = self._settings.features, self._run.digests.get(path) or ""
            if features.kind in OF_ANY_LENGTH:
                self._media[path] = embed_recording(
                    self._root,
                    path,
                    sha256=sha256,
                    sample_rate=features.recording_rate,
                    longest_seconds=features.longest_seconds,
                )
            else:
                self._media[path] = embed_clip(
                    self._root,
                    path,
                    sha256=sha256,
                    sample_rate=features.sample_rate,
                    duration_seconds=features.duration_seconds,
                )
        return self._media[path]

    @property
    def places(self) -> Mapping[str, str]:
        """The id of the place of each clip that can be heard on the page, by path."""
        return self._places

    @property
    def beside(self) -> list[tuple[str, str, Media]]:
        """Id, path and media of each clip that has no card."""
        places = list(self._places.items())[self._n_listed :]
        return [(place, path, self.media(path)) for path, place in places]
