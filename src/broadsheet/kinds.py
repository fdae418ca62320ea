"""Of what kind a file of the output is, by its path: in this order files come, and in the reverse one they go."""

from enum import IntEnum

from broadsheet.model import INDEX_FOLDER

_PAGE_ENDINGS = (".html", ".json", ".xml", ".txt", ".eml", ".opml")
_ENTRIES = frozenset(
    "latest/index.html editions/index.html 404.html sitemap.xml robots.txt feeds.opml _headers".split()
)
_FEEDS = ("feed.xml", "feed.json")


class Kind(IntEnum):
    """A kind of file: what pages need, pages, what leads readers to them, and the front page that most of them open."""

    ASSET = 0
    PAGE = 1
    ENTRY = 2
    FRONT = 3


def kind_of(path: str) -> Kind:
    """Return of what kind a file is, by its path."""
    if path == "index.html":
        return Kind.FRONT
    if path in _ENTRIES or path.rpartition("/")[2] in _FEEDS:
        return Kind.ENTRY
    if path.startswith(INDEX_FOLDER):
        # This one says which of the others belong together.
        return Kind.PAGE if path == f"{INDEX_FOLDER}pagefind-entry.json" else Kind.ASSET
    return Kind.PAGE if path.endswith(_PAGE_ENDINGS) else Kind.ASSET
