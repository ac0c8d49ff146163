"""How do Google's Speech Commands come to this machine?

Downloaded once with pooch into the cache folder, resumed where a download broke off, checked
against the published SHA-256, unpacked by ``pipeline.corpora.storage.archive``. The archive stays beside the
folder, so that a damaged folder is unpacked again without a network.

Source: P. Warden, Speech Commands: A Dataset for Limited-Vocabulary Speech Recognition, 2018,
arXiv:1804.03209. Licence of the clips: CC BY 4.0.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.corpora.folder import Corpus, open_folder
from pipeline.corpora.storage import CACHE_VARIABLE, DownloadError, cache_folder, download, keep_whole, unpack
from pipeline.errors import PipelineError

__all__ = ["ARCHIVES", "open_speech_commands"]

BASE_URL = "http://download.tensorflow.org/data"
ARCHIVES = {
    "speech_commands_v0.01": "743935421bb51cccdb6bdd152e04c5c70274e935c82119ad7faeec31780d811d",
    "speech_commands_v0.02": "af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58",
}


def open_speech_commands(name: str, *, splits: str = "", name_pattern: str = "") -> Corpus:
    """Open Speech Commands, downloading it where it does not stand whole (1.4 or 2.3 GB, once).

    Args:
        name: ``speech_commands_v0.01`` (30 words) or ``speech_commands_v0.02`` (35 words).
        splits: as for ``open_corpus``; the corpus has its own lists, which prevail.
        name_pattern: as for ``open_corpus``.

    Raises:
        PipelineError: it cannot be downloaded or is not what was published; says what to do instead.
    """
    root = cache_folder() / name
    warnings = []
    if damage := keep_whole(root, lambda folder: unpack(_fetch(name, root.parent), folder)):
        warnings.append(f"the stored {name} {damage}, so it was unpacked again")
    corpus = open_folder(root, name=name, splits=splits, name_pattern=name_pattern)
    return replace(corpus, name=name, warnings=(*warnings, *corpus.warnings))


def _fetch(name: str, folder: Path) -> Path:
    """Return the archive, checked; downloads it where it is absent or not what was published."""
    import pooch

    file_name = f"{name}.tar.gz"
    url = f"{BASE_URL}/{file_name}"

    def resume(url: str, place: Any, _: Any) -> None:
        # pooch names a fresh temporary file each time; the arriving part needs a lasting name.
        download(url, folder / file_name, f"downloading {name}")
        (folder / file_name).replace(place)

    pooch.get_logger().setLevel("WARNING")  # it announces each download; the bar does that here
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return Path(
            pooch.retrieve(url, f"sha256:{ARCHIVES[name]}", fname=file_name, path=folder, downloader=resume)
        )
    except DownloadError as error:
        raise PipelineError(
            f"{name} cannot be downloaded from {url} ({error}); run again with a network, "
            "which goes on from what has arrived, or use CORPUS=embedded, or the path of a folder of words"
        ) from error
    except ValueError as error:
        raise PipelineError(
            f"what arrived from {url} has not the SHA-256 {ARCHIVES[name]} and was deleted; run again, "
            "or use CORPUS=embedded"
        ) from error
    except OSError as error:
        raise PipelineError(
            f"cannot write {folder / file_name} ({error.strerror or error}); free some space, "
            f"or name another folder in {CACHE_VARIABLE}"
        ) from error
