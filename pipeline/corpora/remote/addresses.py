"""Does the name of a corpus, where it is a URL, carry a secret?

A corpus's name is written to config.toml, to records and to messages. A user name, a password or a signed
query in it would be written there too, so such a URL is refused, and the refusal does not repeat it.
"""

import re

from pipeline.errors import ConfigurationError

__all__ = ["refuse_secrets"]

# RFC 3986, section 3.1; at least two letters, for one is a drive of Windows.
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://([^/?#]*)([^?#]*)(.*)", re.DOTALL)


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
            f"the corpus's {protocol}:// URL holds {what}, which would be recorded with the run; "
            "give the URL without it, and credentials by the environment"
        )
