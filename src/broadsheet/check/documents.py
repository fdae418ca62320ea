"""The addresses in what a site publishes besides pages: feeds, the sitemap, the JSON API. Pure."""

from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import msgspec

from broadsheet.check.markup import markup_of

_XML_ATTRIBUTES = ("href", "src", "url", "xmlUrl", "htmlUrl")
_XML_TEXTS = {"uri", "logo", "icon", "loc"}
_JSON_TEXTS = {"image", "banner_image", "icon", "favicon"}
_JSON_LISTS = {"months"}


def xml_links(content: bytes) -> Iterator[str]:
    """Yield the addresses of a feed, a list of feeds or a sitemap."""
    for element in ElementTree.fromstring(content).iter():
        for name in _XML_ATTRIBUTES:
            if address := element.get(name):
                yield address
        text = element.text or ""
        if element.tag.rpartition("}")[2] in _XML_TEXTS:
            yield text.strip()
        elif element.get("type") == "html":
            yield from _html_links(text)


def json_links(content: bytes) -> Iterator[str]:
    """Yield the addresses of a JSON feed or of a file of the JSON API."""
    waiting: list[Any] = [msgspec.json.decode(content)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
            continue
        if not isinstance(value, dict):
            continue
        for name, inner in value.items():
            if isinstance(inner, str):
                yield from _json_text(name, inner)
            elif name in _JSON_LISTS and isinstance(inner, list):
                yield from (text for text in inner if isinstance(text, str))
            else:
                waiting.append(inner)


def _json_text(name: str, text: str) -> Iterator[str]:
    if name[-3:].lower() == "url" or name in _JSON_TEXTS:
        yield text
    elif name == "content_html":
        yield from _html_links(text)


def _html_links(html: str) -> Iterator[str]:
    # It stands in no page: what starts with a `#` leads nowhere in particular.
    return (address for address in markup_of(html).links if not address.startswith("#"))


READERS: dict[str, Callable[[bytes], Iterator[str]]] = {".xml": xml_links, ".opml": xml_links, ".json": json_links}
