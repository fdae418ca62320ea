"""The JSON API's news lists, byte for byte as the family of sites has them (RECORDS section 7).

They keep raw strings, null topics and duplicates; what is hidden is hidden there too.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from json import dumps
from typing import Any

from broadsheet.config import Settings
from broadsheet.model import Image, Page, Record, Site
from broadsheet.render.pages import json_page, origin_of
from broadsheet.render.text import iso_time, url_path
from broadsheet.text import path_key

Json = dict[str, Any]
KINDS = ("api_news", "api_item")


class NewsApi:
    """Plans and renders `api/news/`."""

    def __init__(self, site: Site, settings: Settings) -> None:
        """Serve the records that are `published`: the source's own list."""
        self._site = site
        self._settings = settings
        self._api = settings.api
        self._lists = {"": [item for file, item in site.records.items() if item.is_published_at(site.heats[file])]}
        for topic in site.topics.values():
            if topic.has_api:
                self._lists[topic.id] = [item for item in self._lists[""] if topic.id in site.topics_of[item.file]]

        self._taken = {path_key(name) for name in (*self._lists, "page")}

    def pages(self) -> Iterator[Page]:
        """Yield the pages of every list; the first one also stands at the list's own address."""
        for topic, records in self._lists.items():
            folder = ("api", "news", topic) if topic else ("api", "news")
            yield json_page("api_news", folder, topic, "1")
            for number in range(1, max(1, -(-len(records) // self._size(topic))) + 1):
                yield json_page("api_news", (*folder, "page", str(number)), topic, str(number))
        if self._api.source_url == "self":
            for record in self._lists[""]:
                origin = origin_of(self._site, record)
                yield json_page("api_item", ("api", "news", record.slug), record.file, origin=origin)

    def render(self, page: Page) -> bytes:
        """Return the bytes of a page that `pages` planned."""
        if page.kind == "api_item":
            return dumps(
                self._item(self._site.records[page.subject]), ensure_ascii=False, separators=(",", ":")
            ).encode("utf-8", "replace")
        size, number = self._size(page.subject), int(page.bucket)
        records = self._lists[page.subject]
        shown = records[(number - 1) * size : number * size]
        following = number + 1 if number * size < len(records) else None
        value = {"page": number, "value": [self._item(record) for record in shown], "nextPage": following}
        return _encoded(value, indent=2)

    def made_of(self, page: Page) -> Iterator[Any]:
        """Yield what a page that `pages` planned is made of."""
        yield sorted(self._lists)
        if page.kind == "api_item":
            yield self._site.records[page.subject]
            return
        size, number = self._size(page.subject), int(page.bucket)
        records = self._lists[page.subject]
        yield page.bucket, number * size < len(records)
        yield from records[(number - 1) * size : number * size]

    def _size(self, topic: str) -> int:
        return self._api.topic_page_size if topic else self._api.page_size

    def _item(self, record: Record) -> Json:
        provider = record.provider
        return {
            "path": "/".join(part for part in (self._site.folder, record.file) if part),
            "title": record.title,
            "excerpt": record.excerpt,
            "sourceUrl": self._source_url(record),
            "webUrl": record.web_url or self._missing_web_url(record),
            "originalUrl": record.original_url,
            "featuredContent": record.featured_content,
            "highlight": None,
            "heat": self._site.heats[record.file],
            "tags": list(record.tags) or None,
            "images": _images(record.images),
            "content": self._api.content,
            "type": record.type,
            "ampWebUrl": record.amp_url,
            "cdnAmpWebUrl": record.cdn_amp_url,
            "publishedDateTime": self._time(record.published_at),
            "updatedDateTime": self._time(record.updated_at) if record.updated_at else None,
            "provider": {
                "name": provider.name,
                "domain": provider.domain,
                "images": _images(provider.images or ()),
                "publishers": None,
                "authors": None,
            },
            "locale": record.locale or self._api.locale,
            "categories": [record.category],
            "topics": list(record.topics),
        }

    def _source_url(self, record: Record) -> str | None:
        # A list that has the item's address keeps it.
        if self._api.source_url != "self" or path_key(record.slug) in self._taken:
            return None
        return f"{self._settings.absolute_root}{url_path('api', 'news', record.slug)}index.json"

    def _missing_web_url(self, record: Record) -> str | None:
        if self._api.missing_web_url != "page":
            return None
        root = self._settings.canonical_root or self._settings.base_path
        return root + url_path("news", record.slug)

    def _time(self, moment: datetime) -> str:
        if self._api.time_zone == "UTC":
            return iso_time(moment)
        return moment.astimezone(self._api.zone).isoformat()


def _encoded(value: Json, **style: Any) -> bytes:
    # A lone surrogate can be written in an escape, but not in UTF-8.
    return dumps(value, ensure_ascii=False, **style).encode("utf-8", "replace")


def _images(images: Sequence[Image]) -> list[Json] | None:
    return [
        {
            "url": image.url,
            "width": image.width or None,
            "height": image.height or None,
            "title": image.title,
            "attribution": None,
            "isCached": bool(image.is_cached),
        }
        for image in images
    ] or None
