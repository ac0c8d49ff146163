"""Which clip of a run is a verdict about?

A verdict belongs to what was heard. It is about each clip of the same file, and about each clip of the same
samples: a file whose tags were edited, or that was put into another container without loss, keeps its
verdicts. Silence has no digest of its own, and is told apart by its files.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline.quality import read_quality
from pipeline.verdicts.verdict import Verdict

__all__ = ["JudgedClips", "judged_clips_of"]


@dataclass(frozen=True, kw_only=True)
class JudgedClips:
    """The clips of a run, as verdicts tell them apart.

    Attributes:
        files: SHA-256 of each clip's file; ``""`` where none was read.
        sounds: SHA-256 of each clip's samples and their rate; ``""`` for silence.
    """

    files: Sequence[str]
    sounds: Sequence[str]

    @cached_property
    def names(self) -> list[str]:
        """What verdicts call each clip, see ``Verdict.clip``."""
        return [sound or file for file, sound in zip(self.files, self.sounds, strict=True)]

    def name_of(self, verdict: Verdict) -> str | None:
        """Return what verdicts call the clip that one is about, or ``None`` if the run does not hold it."""
        if verdict.sha256 in self._sound_of_file:
            return self._sound_of_file[verdict.sha256] or verdict.sha256
        return verdict.sound_sha256 if verdict.sound_sha256 in self._sounds else None

    def verdicts_on(self, standing: Iterable[Verdict]) -> tuple[list[Verdict], int]:
        """Return the verdicts on these clips, and how many are on others.

        Of each reviewer there is one on each clip, and one more where they decided between others.
        A verdict that was given before its sound had a digest takes it from the run.
        """
        found: dict[tuple[str, str, str], Verdict] = {}
        n_elsewhere = 0
        for verdict in sorted(standing, key=lambda row: row.made):
            if (name := self.name_of(verdict)) is None:
                n_elsewhere += 1
            else:
                sound = self._sound_of_file.get(verdict.sha256, name)
                # A copy costs more than all else here, and few verdicts need one.
                same = verdict.sound_sha256 == sound
                judged = verdict if same else replace(verdict, sound_sha256=sound)
                found[name, verdict.reviewer, verdict.decides] = judged
        return list(found.values()), n_elsewhere

    @cached_property
    def _sound_of_file(self) -> dict[str, str]:
        return {file: sound for file, sound in zip(self.files, self.sounds, strict=True) if file}

    @cached_property
    def _sounds(self) -> frozenset[str]:
        return frozenset(filter(None, self.sounds))


def judged_clips_of(run_path: Path, manifest: Mapping[str, list[Any]]) -> JudgedClips:
    """Return the clips of a run, one for each row of its manifest.

    Clips of a run whose features were deleted are told apart by their files.

    Args:
        run_path: the run folder.
        manifest: columns of its ``manifest.parquet``.

    Raises:
        ArtefactError: what the features stage measured is damaged.
    """
    files = manifest["sha256"]
    has_features = (run_path / "features").is_dir()
    sounds = read_quality(run_path).digests().tolist() if has_features else [""] * len(files)
    return JudgedClips(files=files, sounds=sounds)
