"""JSON Feed, 1.0 and 1.1, to items. Pure."""

from typing import Any

import msgspec
from msgspec import Raw, Struct

from broadsheet.gather.items import Feed, Item, NoFeedError
from broadsheet.gather.reports import best_image, link, place_of, provider_of, published_at
from broadsheet.gather.texts import from_html, name_text, plain, title_from, title_text
from broadsheet.limits import ADDRESS, FEED_ITEMS, LIST, NAME
from broadsheet.model import Image, Record
from broadsheet.read.fields import parse_time
from broadsheet.text import is_language


class _Item(Struct, gc=False):
    """An item as it is spelled; what is not needed is not looked at."""

    id: str | int | float | None = None
    url: str | None = None
    external_url: str | None = None
    title: str | None = None
    summary: str | None = None
    content_html: str | None = None
    content_text: str | None = None
    image: str | None = None
    banner_image: str | None = None
    date_published: str | None = None
    date_modified: str | None = None
    tags: list[str] | None = None
    language: str | None = None


class _Feed(Struct, gc=False):
    version: str = ""
    title: str | None = None
    home_page_url: str | None = None
    language: str | None = None
    items: list[Raw] = []


_decode_item = msgspec.json.Decoder(_Item).decode


def parse_json_feed(data: bytes, url: str) -> Feed:
    """Return the JSON Feed in `data`, which stands at `url`, empty for a file. Raises `NoFeedError`."""
    try:
        feed = msgspec.json.decode(data, type=_Feed)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise NoFeedError(f"it is no JSON Feed: {str(error)[:200]}") from None
    home = link(feed.home_page_url or "") or place_of(url)
    title = name_text(feed.title or "")
    raws = feed.items[: FEED_ITEMS.most]
    items = [item for raw in raws if (item := _item(raw, title, home))]
    language = (feed.language or "").strip()
    return Feed(title, tuple(items), len(raws) - len(items), language if is_language(language) else "")


def _item(raw: Raw, feed_title: str, home: str) -> Item | None:
    try:
        item = _decode_item(raw)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None
    guid = "" if item.id is None else str(item.id)
    # What an item is about is what a digest links to.
    url = next((url for text in (item.external_url, item.url, guid) if (url := link(text or ""))), "")
    texts: tuple[Any, ...] = (
        plain((item.summary or "").strip()),
        from_html(item.content_html or ""),
        plain((item.content_text or "")[:20_000].strip()),
    )
    text = next(filter(None, texts), "")
    title = title_text(item.title or "") or title_from(text)
    if not title or not url:
        return None
    language = item.language or ""
    record = Record(
        file="",
        slug="",
        title=title,
        published_at=published_at(parse_time(item.date_published or ""), parse_time(item.date_modified or "")),
        excerpt="" if text == title else text,
        web_url=url,
        locale=language if is_language(language) else None,
        provider=provider_of(url, ("", ""), feed_title, home),
        images=best_image(Image(address) for text in (item.image, item.banner_image) if (address := link(text or ""))),
    )
    tags = tuple(plain(tag) for tag in (item.tags or ())[: LIST.most] if len(tag) <= NAME.most)
    return Item(record, guid[: ADDRESS.most], tuple(filter(None, tags)))
