"""Goes through a site as a reader does, from its front page, and tells what is missing. For the tests of targets."""

import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree import ElementTree

# What a site serves at a moment: the content of the file at a path without a `/` in front, None where there is none.
Served = Callable[[str], bytes | None]

_FRONT = "index.html"
# What programs ask for without a link to it.
_KNOWN_BY_NAME = ("404.html", "sitemap.xml", "feed.xml", "feed.json", "feeds.opml", "latest/index.html")
_NOWHERE = "https://nowhere.invalid"
_IN_STYLES = re.compile(r"""(?:url\(\s*|@import\s+)["']?([^"'()\s;]+)""")


def missing(served: Served, base: str = "/") -> list[str]:
    """Return, in order, each file that the site links to and does not serve, with the first page that links to it.

    `base` is the site's base path, or its whole base address; with that, absolute links to it are followed too.
    Without a front page that is all that is told.
    """
    if served(_FRONT) is None:
        return [_FRONT]
    base = urljoin(f"{_NOWHERE}/", base)
    to_read = [_FRONT, *(path for path in _KNOWN_BY_NAME if served(path) is not None)]
    seen, wanting = set(to_read), []
    while to_read:
        page = to_read.pop()
        content = served(_file_at(served, page))
        # What has gone since it was found is no page that anybody reads.
        for address in () if content is None else addresses(page, content):
            path = _inner(urljoin(base + page, address), base)
            if path is None or path in seen:
                continue
            seen.add(path)
            if served(_file_at(served, path)) is None:
                wanting.append(f"{path} (linked from {page})")
            else:
                to_read.append(path)
    return sorted(wanting)


def reachable(served: Served, base: str = "/") -> set[str]:
    """Return the paths of all files that a reader of the front page gets to."""
    asked = set()

    def watched(path: str) -> bytes | None:
        content = served(path)
        if content is not None:
            asked.add(path)
        return content

    missing(watched, base)
    return asked


def _inner(address: str, base: str) -> str | None:
    """Return the path within the site that an absolute `address` leads to, None when it leads elsewhere."""
    parts, home = urlsplit(address), urlsplit(base)
    if (parts.scheme, parts.netloc) != (home.scheme, home.netloc):
        return None
    # Whoever links to the host of the site, but not below it, is mistaken in the base path: a missing file.
    inside = parts.path.startswith(home.path)
    return unquote(parts.path[len(home.path) :]) if inside else f"..{parts.path}"


def _file_at(served: Served, path: str) -> str:
    """Return the file that hosts answer with for `path`."""
    if not path or path.endswith("/"):
        return f"{path}index.html"
    return path if served(path) is not None else f"{path}/index.html"


# A site is gone through again and again, and most of its pages are those of the time before.
@lru_cache(maxsize=10_000)
def addresses(path: str, content: bytes) -> tuple[str, ...]:
    """Return what a file of a site links to, or is made of."""
    return tuple(_found_addresses(path, content))


def _found_addresses(path: str, content: bytes) -> Iterator[str]:
    name = path.rpartition("/")[2]
    if not name or "." not in name or name.endswith(".html"):
        links = _Links()
        links.feed(content.decode())
        yield from links.addresses
    elif name.endswith(".css"):
        yield from _IN_STYLES.findall(content.decode())
    elif name.endswith((".xml", ".opml")):
        for element in ElementTree.fromstring(content).iter():
            yield from (value for key, value in element.attrib.items() if key in {"href", "src", "htmlUrl", "xmlUrl"})
            if element.tag.rpartition("}")[2] in {"loc", "link"} and element.text:
                yield element.text.strip()
    elif name == "feed.json":
        yield from _in_json(json.loads(content))


def _in_json(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str) and (key == "image" or key.endswith("url")):
                yield inner
            else:
                yield from _in_json(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _in_json(inner)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if not value:
                continue
            if name in {"href", "src", "poster"}:
                self.addresses.append(value)
            elif name in {"srcset", "imagesrcset"}:
                self.addresses += [candidate.split()[0] for candidate in value.split(",") if candidate.strip()]
            elif tag == "meta" and name == "content" and value.startswith("0; url="):
                self.addresses.append(value.removeprefix("0; url="))
