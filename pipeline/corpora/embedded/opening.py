"""The corpus that needs no download: is it rendered already, whole and unchanged?

Spoken words of espeak-ng in the layout of Speech Commands: ``word/SPEAKER_nohash_N.wav`` (16 kHz,
mono, PCM 16, 16,000 samples), ``validation_list.txt``, ``testing_list.txt``. Kept in the cache
folder as ``embedded-VERSION`` under the watch of ``pipeline.corpora.storage.cache``, and rendered again
where a file is missing, changed or too many. The digest of the whole is compared with the published
one; a machine whose arithmetic rounds differently says so and goes on. espeak-ng is a GPL-3 program
and an optional dependency, called in a process of its own.
"""

from dataclasses import replace
from pathlib import Path

from pipeline.corpora.folder import Corpus, open_folder
from pipeline.corpora.storage import cache_folder, keep_whole, stored_digest

__all__ = ["PUBLISHED_DIGEST", "VERSION", "open_embedded"]

VERSION = 1
PUBLISHED_DIGEST = "fc0c35276cd8da6eaaf5b1674855681526e6d480ddd154fd827987eeab70f272"


def open_embedded(*, splits: str = "", name_pattern: str = "") -> Corpus:
    """Open the embedded corpus, rendering it where it does not stand whole (about a minute, once).

    Args:
        splits: as for ``open_corpus``; the corpus has its own lists, which prevail.
        name_pattern: as for ``open_corpus``.

    Raises:
        PipelineError: espeakng-loader is not installed, or the cache cannot be written to.
    """
    root = cache_folder() / f"embedded-{VERSION}"
    warnings = []
    if damage := keep_whole(root, _render):
        warnings.append(f"the stored embedded corpus {damage}, so it was rendered again")
    digest = stored_digest(root)
    if digest != PUBLISHED_DIGEST:
        warnings.append(
            f"this machine renders the embedded corpus with the digest {digest[:12]} in place of "
            f"{PUBLISHED_DIGEST[:12]}, so figures may differ a little from the published ones"
        )
    corpus = open_folder(root, name="embedded", splits=splits, name_pattern=name_pattern)
    return replace(corpus, warnings=(*warnings, *corpus.warnings))


def _render(folder: Path) -> dict[str, str]:
    # Imported here: SciPy's filters cost a second, and most runs find the corpus standing.
    from pipeline.corpora.embedded import rendering, speakers

    return rendering.render(folder, range(speakers.N_SPEAKERS))
