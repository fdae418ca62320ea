"""A page of the JSON API that Broadsheet and its family write, `api/news/…`, to items. Pure.

Its records are taken over as they are, raw texts included: they were records before.
"""

import re
from datetime import datetime

import msgspec
from msgspec import Raw, Struct, structs

from broadsheet.gather.items import Feed, Item, NoFeedError
from broadsheet.limits import ADDRESS, EXCERPT, FEED_ITEMS, LIST, NAME, TITLE
from broadsheet.model import Image, Provider, Record
from broadsheet.read.fields import parse_time, pixels
from broadsheet.render.text import has_clock, youtube_id
from broadsheet.text import clean_url, display_text, folder_name, is_language, url_host

_DATED = re.compile(r"\d{4}-\d\d-\d\d-.").match
_FURTHER_PAGE = re.compile(r"/page/([0-9]{1,6})$")


class _Image(Struct, gc=False):
    url: str | None = None
    width: int | float | None = None
    height: int | float | None = None
    title: str | None = None
    isCached: bool | None = None  # noqa: N815


class _Provider(Struct, gc=False):
    name: str | None = None
    domain: str | None = None
    images: list[_Image] | None = None


class _Item(Struct, gc=False):
    """An item as it is spelled."""

    title: str
    publishedDateTime: str  # noqa: N815
    path: str | None = None
    excerpt: str | None = None
    webUrl: str | None = None  # noqa: N815
    originalUrl: str | None = None  # noqa: N815
    ampWebUrl: str | None = None  # noqa: N815
    cdnAmpWebUrl: str | None = None  # noqa: N815
    featuredContent: str | None = None  # noqa: N815
    type: str | None = None
    heat: int | None = None
    tags: list[str | None] | None = None
    images: list[_Image] | None = None
    updatedDateTime: str | None = None  # noqa: N815
    provider: _Provider | None = None
    locale: str | None = None
    topics: list[str | None] | None = None


class _Page(Struct, gc=False):
    value: list[Raw]
    nextPage: int | None = None  # noqa: N815


_decode_item = msgspec.json.Decoder(_Item).decode


def parse_page(data: bytes) -> Feed:
    """Return the page in `data` as a feed. Raises `NoFeedError`."""
    try:
        page = msgspec.json.decode(data, type=_Page)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise NoFeedError(f"it is no page of a news API: {str(error)[:200]}") from None
    raws = page.value[: FEED_ITEMS.most]
    items = [item for raw in raws if (item := _item(raw))]
    return Feed("", tuple(items), len(raws) - len(items), next=page.nextPage)


def page_path(path: str, number: int) -> str | None:
    """Return where the page `number` of a list stands whose one page is at `path`, or None where `path` is none.

    The first is `…/index.json`, others are `…/page/2/index.json`.
    """
    folder, _, file = path.rpartition("/")
    return f"{_FURTHER_PAGE.sub('', folder)}/page/{number}/{file}" if file in {"", "index.json"} else None


def page_number(path: str) -> int:
    """Return which page of a list stands at `path`."""
    match = _FURTHER_PAGE.search(path.rpartition("/")[0])
    return int(match[1]) if match else 1


def _item(raw: Raw) -> Item | None:
    try:
        item = _decode_item(raw)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None
    moment = parse_time(item.publishedDateTime)
    title, excerpt = item.title, item.excerpt or ""
    if moment is None or not display_text(title) or len(title) > TITLE.most or len(excerpt) > EXCERPT.most:
        return None
    is_video, player = item.type == "video", item.featuredContent or ""
    has_player = bool(youtube_id(player))
    record = Record(
        file="",
        slug="",
        title=title,
        published_at=moment,
        excerpt=excerpt,
        # What stands there for a video is its page at the other site.
        web_url=None if is_video else _link(item.webUrl),
        original_url=None if is_video else _link(item.originalUrl),
        amp_url=_link(item.ampWebUrl),
        cdn_amp_url=_link(item.cdnAmpWebUrl),
        # Lists call what has a player a video, whatever it is called there.
        type="video" if is_video or has_player else "article",
        featured_content=player if has_player else None,
        heat=item.heat if item.heat is not None and item.heat >= 0 else None,
        updated_at=_updated(item.updatedDateTime, moment),
        locale=item.locale if item.locale and is_language(item.locale) else None,
        tags=_names(item.tags),
        provider=_provider(item.provider),
        topics=_names(item.topics),
        images=_images(item.images),
    )
    if not (record.report_url or record.featured_content):
        return None
    if record.type == "video" and record.report_url and not record.provider.domain:
        # A video without an address would be of the host of its player.
        provider = structs.replace(record.provider, domain=url_host(clean_url(record.report_url) or ""))
        record = structs.replace(record, provider=provider)
    return Item(record, name=_name(item.path or ""), is_record=True)


def _updated(text: str | None, published: datetime) -> datetime | None:
    """Return when an item was changed, unless that is before it was published: then one of the two is a mistake."""
    moment = parse_time(text) if text else None
    if moment is None:
        return None
    # A day alone is all of it.
    is_before = moment < published and (has_clock(moment) or moment.date() < published.date())
    return None if is_before else moment


def _name(path: str) -> str:
    """Return the stem of the file that an item was made of, if it is one such as records have."""
    stem = path.rpartition("/")[2].removesuffix(".md")
    return stem if _DATED(stem) and folder_name(stem) == stem else ""


def _provider(raw: _Provider | None) -> Provider:
    if raw is None:
        return Provider()
    name, domain = ((text or "") if len(text or "") <= NAME.most else "" for text in (raw.name, raw.domain))
    return Provider(name, domain, _images(raw.images) or None)


def _images(raw: list[_Image] | None) -> tuple[Image, ...]:
    return tuple(
        Image(image.url, pixels(image.width), pixels(image.height), image.title, is_cached=image.isCached)
        for image in (raw or ())[: LIST.most]
        if image.url and _link(image.url)
    )


def _names(raw: list[str | None] | None) -> tuple[str, ...]:
    return tuple(name for name in (raw or ())[: LIST.most] if name and len(name) <= NAME.most)


def _link(url: str | None) -> str | None:
    """Return an address as it is written, if it is one."""
    return url if url and len(url) <= ADDRESS.most and clean_url(url) is not None else None
