"""Is the name of a corpus or a run a URL, what is it called in short, and does it carry a secret?

A corpus's name is written to config.toml, to records and to messages. A user name, a password or a signed
query in it would be written there too, so such a URL is refused, and the refusal does not repeat it.
"""

import re

from pipeline.errors import ConfigurationError

__all__ = ["is_url", "protocol_of", "refuse_secrets", "short_name"]

# RFC 3986, section 3.1; at least two letters, for one is a drive of Windows.
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://([^/?#]*)([^?#]*)(.*)", re.DOTALL)


def is_url(name: str) -> bool:
    """Return whether a name is the URL of a store, and no path."""
    return _URL.fullmatch(name) is not None


def protocol_of(url: str) -> str:
    """Return what stands before ``://``, in small letters."""
    return url.partition("://")[0].lower()


def short_name(url: str) -> str:
    """Return what a URL's mirror and runs are called: ``bucket-words`` of ``s3://bucket/data/words``.

    Args:
        url: without a secret; letters that folders cannot have become ``_``.
    """
    parts = _URL.fullmatch(url)
    authority, path = (parts[2], parts[3]) if parts else ("", url)
    folders = [part for part in path.split("/") if part]
    words = [word for word in (authority, *folders[-1:]) if word]
    return "".join(c if c.isalnum() or c in "-_.+" else "_" for c in "-".join(words)) or "corpus"


def refuse_secrets(name: str) -> None:
    """Refuse a URL with a user, a password, a query or a fragment; any other name passes.

    Raises:
        ConfigurationError: the URL may carry a secret; the sentence names its protocol alone.
    """
    if (parts := _URL.fullmatch(name)) is None:
        return
    protocol, authority, _, rest = parts.groups()
    if "@" in authority or rest:
        what = "a user or a password" if "@" in authority else "a query or a fragment"
        raise ConfigurationError(
            f"the {protocol}:// URL holds {what}, which would be recorded with the run; "
            "give the URL without it, and credentials by the environment"
        )
