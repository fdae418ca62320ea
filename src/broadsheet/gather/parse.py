"""The bytes of a source to what they are: RSS or Atom, JSON Feed, a page of a news API, OPML. Pure."""

import codecs
import re

import msgspec
from msgspec import Raw, Struct

from broadsheet.gather.feeds import parse_feed
from broadsheet.gather.items import NoFeedError, Parsed
from broadsheet.gather.json_feed import parse_json_feed
from broadsheet.gather.news_api import parse_page
from broadsheet.gather.opml import parse_opml

_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,500}\?>")
_BEFORE_ROOT = rb"\s|<\?[^>]{0,500}>|<!--.{0,2000}?-->|<!doctype[^>\[]{0,500}(?:\[.{0,4000}?\]\s*)?>"
_IS_OPML = re.compile(rb"(?:" + _BEFORE_ROOT + rb")*+<opml\b", re.IGNORECASE | re.DOTALL)


class _Keys(Struct, gc=False):
    """By which JSON is told apart."""

    version: str | int | float | None = None
    items: Raw = Raw()
    value: Raw = Raw()


def parse(data: bytes, url: str = "", content_type: str = "") -> Parsed:
    """Return what `data` is, which stands at `url`, a clean one, or is a file's. Raises `NoFeedError`."""
    data, content_type = _in_utf8(data, content_type)
    start = data.removeprefix(codecs.BOM_UTF8).lstrip()
    if start.startswith((b"{", b"[")):
        return _parse_json(start, url)
    if _IS_OPML.match(start, 0, 10_000):
        return parse_opml(data)
    return parse_feed(data, url, content_type)


def _parse_json(data: bytes, url: str) -> Parsed:
    try:
        keys = msgspec.json.decode(data, type=_Keys)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise NoFeedError(f"it is JSON, but no feed: {str(error)[:200]}") from None
    if bytes(keys.items):
        return parse_json_feed(data, url)
    if bytes(keys.value):
        return parse_page(data)
    raise NoFeedError("it is JSON, but neither a JSON Feed nor a page of a news API")


def _in_utf8(data: bytes, content_type: str) -> tuple[bytes, str]:
    """Return a text that starts with a mark of UTF-16 as UTF-8, and nothing that says otherwise."""
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            text = data[len(mark) :].decode(encoding, "replace")
            return _DECLARATION.sub("", text).encode("utf-8", "replace"), ""
    return data, content_type
