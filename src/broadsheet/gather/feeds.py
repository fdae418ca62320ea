"""RSS, Atom and their relatives to items. Read by feedparser, which knows all of their dialects. Pure."""

import re
from calendar import timegm
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from xml.sax import SAXException

import feedparser

from broadsheet.gather.items import Feed, Item, NoFeedError
from broadsheet.gather.reports import best_image, link, place_of, provider_of, published_at
from broadsheet.gather.texts import from_html, name_text, plain, title_from, title_text
from broadsheet.limits import ADDRESS, FEED_ITEMS, NAME
from broadsheet.model import Image, Record
from broadsheet.read.fields import pixels
from broadsheet.text import is_language

_MOST_CATEGORIES = 50
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)$", re.IGNORECASE)
_VIDEO_ID = re.compile(r"[\w-]{11}", re.ASCII).fullmatch
_EMBED = '<iframe src="https://www.youtube.com/embed/{}"></iframe>'
_WEB_PAGE = re.compile(rb"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_LINK = re.compile(rb"<link\b[^<>]{0,1000}>", re.IGNORECASE)
_FEED_TYPE = re.compile(rb"application/(?:rss|atom|feed)\+(?:xml|json)", re.IGNORECASE)
_REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,9}));")
_HREF = re.compile(rb"""href\s*=\s*["']?([^"'\s<>]{1,1000})""", re.IGNORECASE)

# Names of zones that many feeds have against their standards: feedparser takes them for UTC. Some, as IST, mean more.
_ZONES = {1: "BST CET WEST", 2: "CEST EET SAST", 3: "EEST MSK", 9: "JST KST", 10: "AEST", 11: "AEDT", 12: "NZST"}
_AHEAD = {name: timedelta(hours=hours) for hours, names in _ZONES.items() for name in names.split()}
_NAMED_ZONE = re.compile(r":\d\d\s+([A-Za-z]{3,4})$", re.ASCII).search


def parse_feed(data: bytes, url: str, content_type: str) -> Feed:
    """Return the feed in `data`, which stands at `url`, empty for a file. Raises `NoFeedError`."""
    try:
        return _feed(data, place_of(url), content_type)
    except NoFeedError:
        raise
    except Exception as error:
        # It is made for what is broken in known ways: whoever finds another one must not stop all other feeds.
        raise NoFeedError(f"it can not be taken apart: {type(error).__name__}: {str(error)[:200]}") from error


def _feed(data: bytes, place: str, content_type: str) -> Feed:
    headers = {"content-location": place} | ({"content-type": content_type} if content_type else {})
    # Never a text: that would be taken for an address, or for the name of a file.
    file = BytesIO(_REFERENCE.sub(_without_surrogates, data))
    found = feedparser.parse(file, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    if not found.get("version") and not found.entries:
        raise _no_feed(data)
    about = found.feed
    title = name_text(_text(about, "title"))
    home = link(_text(about, "link")) or place
    entries = found.entries[: FEED_ITEMS.most]
    items = [item for entry in entries if (item := _usable(entry, title, home))]
    language = _text(about, "language").replace("_", "-")
    # Of the other kinds, most are of a type that a host gives, and of encodings that are right all the same.
    broken = isinstance(found.get("bozo_exception"), SAXException)
    return Feed(
        title,
        tuple(items),
        len(entries) - len(items),
        language if is_language(language) else "",
        remark="it is not well-formed; what could be read of it was" if broken else "",
    )


def _without_surrogates(reference: re.Match[bytes]) -> bytes:
    """Return a reference to a character, or nothing for half of one, which no text can hold."""
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    return b"" if 0xD800 <= code <= 0xDFFF else reference[0]


def _no_feed(data: bytes) -> NoFeedError:
    head = data[:100_000]
    if not data.strip():
        return NoFeedError("it is empty")
    if not _WEB_PAGE.search(head):
        return NoFeedError("it is no feed: neither RSS, Atom, JSON Feed, OPML nor a news API")
    for tag in _LINK.finditer(head):
        if _FEED_TYPE.search(tag[0]) and (href := _HREF.search(tag[0])):
            return NoFeedError(
                "it is a web page and no feed", f"the page names a feed: {href[1].decode('utf-8', 'replace')}"
            )
    return NoFeedError("it is a web page and no feed", "look for a link to RSS or Atom on it")


def _usable(entry: Any, feed_title: str, home: str) -> Item | None:
    """Return the item that an entry is, or None for one that is none, or in which no sense can be made of something."""
    try:
        return _item(entry, feed_title, home)
    except Exception:
        # As above: what is odd about one entry must not cost the others.
        return None


def _item(entry: Any, feed_title: str, home: str) -> Item | None:
    """Return the item that an entry is, or None for one without a title and a text, or without an address."""
    text = _excerpt(entry)
    title = title_text(_text(entry, "title")) or title_from(text)
    url = link(_text(entry, "link"), home) or link(_text(entry, "id"))
    video = _text(entry, "yt_videoid")
    is_video = bool(_VIDEO_ID(video))
    if not title or not (url or is_video):
        return None
    record = Record(
        file="",
        slug="",
        title=title,
        published_at=published_at(_time(entry, "published"), _time(entry, "updated")),
        excerpt="" if text == title else text,
        web_url=None if is_video else url,
        type="video" if is_video else "article",
        featured_content=_EMBED.format(video) if is_video else None,
        provider=provider_of(url, _source(entry), feed_title, home),
        images=best_image(_pictures(entry)),
    )
    terms = (plain(_text(tag, "term")) for tag in entry.get("tags", [])[:_MOST_CATEGORIES])
    return Item(record, _text(entry, "id")[: ADDRESS.most], tuple(term for term in terms if 0 < len(term) <= NAME.most))


def _source(entry: Any) -> tuple[str, str]:
    source = entry.get("source") or {}
    if not isinstance(source, Mapping):
        return "", ""
    return name_text(_text(source, "title")), _text(source, "href") or _text(source, "link")


def _excerpt(entry: Any) -> str:
    """Return the text of an entry: its summary, else the beginning of its content."""
    contents = entry.get("content") or []
    texts = [_text(entry, "summary"), *(_text(content, "value") for content in contents[:2])]
    return next((text for raw in texts if raw and (text := from_html(raw))), "")


def _pictures(entry: Any) -> Iterator[Image]:
    for part in (*entry.get("media_content", [])[:20], *entry.get("media_thumbnail", [])[:20]):
        kind = _text(part, "medium") or _text(part, "type").partition("/")[0]
        if kind in {"", "image"} and (url := link(_text(part, "url"))) and (kind or _is_thumbnail(part, entry, url)):
            yield Image(url, _pixels(part, "width"), _pixels(part, "height"))
    for part in entry.get("enclosures", [])[:20]:
        if _text(part, "type").startswith("image/") and (url := link(_text(part, "href"))):
            yield Image(url)
    image = entry.get("image")
    if isinstance(image, Mapping) and (url := link(_text(image, "href"))):
        yield Image(url)


def _is_thumbnail(part: Any, entry: Any, url: str) -> bool:
    return part in entry.get("media_thumbnail", []) or bool(_PICTURE.search(url.partition("?")[0]))


def _pixels(part: Any, name: str) -> int:
    text = _text(part, name)
    return pixels(int(text)) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


def _time(entry: Any, name: str) -> datetime | None:
    # Asked for what is not there, feedparser gives something else instead.
    parsed = entry[f"{name}_parsed"] if f"{name}_parsed" in entry.keys() else None  # noqa: SIM118
    if not parsed:
        return None
    zone = _NAMED_ZONE(_text(entry, name))
    ahead = _AHEAD.get(zone[1].upper(), timedelta()) if zone else timedelta()
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=timegm(parsed)) - ahead
    except (ValueError, OverflowError, TypeError):
        return None


def _text(part: Any, name: str) -> str:
    value = part.get(name)
    return value.strip() if isinstance(value, str) else ""
