"""The corpus of machines: is it rendered already, whole and unchanged, and which of its clips are asked for?

Kept in the cache folder as ``machines-VERSION`` under the watch of ``pipeline.corpora.storage.cache``, as the
spoken words are, and rendered again where a file is missing, changed or too many. The digest of the whole is
compared with the published one; a computer whose arithmetic rounds differently says so and goes on.

A target chooses the machine: the clips are those of that machine alone, for a pump is no fault of a fan and
has no place in the fan's ranking.
"""

from pathlib import Path

from pipeline.corpora.folder import Corpus
from pipeline.corpora.machines.names import clips_of, machine_of
from pipeline.corpora.storage import cache_folder, keep_whole, stored_digest

__all__ = ["PUBLISHED_DIGEST", "VERSION", "machine_names", "open_machines"]

VERSION = 1
PUBLISHED_DIGEST = "f614ddc7435a894ac7dbc606fe66309be9c14937f089fc2a2f282df03acd03d2"


def open_machines(*, splits: str = "", name_pattern: str = "", target: str = "") -> Corpus:
    """Open the corpus of machines, rendering it where it does not stand whole (about a minute, once).

    Args:
        splits: as for ``open_corpus``; the names of the recordings tell their splits, which prevail.
        name_pattern: as for ``open_corpus``; the names are read as they are.
        target: a class of the machine that is asked for, as ``fan``; all machines where it is of none.

    Raises:
        PipelineError: the cache cannot be written to.
    """
    root = cache_folder() / f"machines-{VERSION}"
    warnings = []
    if damage := keep_whole(root, _render):
        warnings.append(f"the stored corpus of machines {damage}, so it was rendered again")
    digest = stored_digest(root)
    if digest != PUBLISHED_DIGEST:
        warnings.append(
            f"this computer renders the corpus of machines with the digest {digest[:12]} in place of "
            f"{PUBLISHED_DIGEST[:12]}, so figures may differ a little from the published ones"
        )
    for option, given in (("--splits", splits), ("--name-pattern", name_pattern)):
        if given:
            warnings.append(
                f"{option} {given} was not used, for the names of the machines' recordings tell all"
            )
    clips = clips_of(path.relative_to(root).as_posix() for path in root.glob("*/*/*.wav"))
    # Where no machine is asked for, or one that is not there, whoever asked can be told of all of them.
    chosen = [clip for clip in clips if machine_of(clip.word) == machine_of(target)]
    return Corpus(name="machines", root=root, clips=tuple(chosen or clips), warnings=tuple(warnings))


def machine_names() -> tuple[str, ...]:
    """Return the machines of the corpus, each a target of its own."""
    from pipeline.corpora.machines import plans

    return tuple(plans.KINDS)


def _render(folder: Path) -> dict[str, str]:
    # Imported here: most runs find the corpus standing.
    from pipeline.corpora.machines import plans, rendering

    recordings = [one for machine in plans.KINDS for one in plans.recordings_of(machine)]
    return rendering.render(folder, recordings)
