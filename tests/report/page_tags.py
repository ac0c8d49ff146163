"""Which tags does a page have, as a browser would read them?"""

from html.parser import HTMLParser

__all__ = ["tags_of"]


class _Collector(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def tags_of(page: str) -> list[tuple[str, dict[str, str | None]]]:
    """Return each start tag of a page with its attributes, in order."""
    collector = _Collector()
    collector.feed(page)
    return collector.tags
