"""What crawlers read: `sitemap.xml`, split where it is too long, and `robots.txt`."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from html import escape
from typing import Any

from broadsheet.config import Settings
from broadsheet.model import Page, Site, Story
from broadsheet.render.text import iso_time

KINDS = ("sitemap", "sitemap_part", "robots")
FILES = ("sitemap.xml", "robots.txt")
_MOST_URLS = 50_000
_MOST_BYTES = 50 * 1024 * 1024
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
_NO_PAGES = {"redirect", "not_found", "search", "imports"}


class Sitemap:
    """Plans and renders what crawlers read; without a `base_url` there are no addresses, so there is no sitemap."""

    def __init__(self, site: Site, settings: Settings, pages: Iterable[Page]) -> None:
        """List the HTML pages among `pages`."""
        self._site = site
        self._root = settings.canonical_root if settings.base_url else ""
        self._base = settings.absolute_root
        self._parts: list[list[str]] = []
        if self._root:
            self._fill(page for page in pages if page.path.endswith(".html") and page.kind not in _NO_PAGES)

    def _fill(self, pages: Iterable[Page]) -> None:
        part: list[str] = []
        size = 0
        self._parts = [part]
        for page in pages:
            entry = _entry("url", self._root + page.url, self._changed(page))
            size += len(entry.encode())
            if len(part) == _MOST_URLS or size > _MOST_BYTES - 1000:
                part = []
                self._parts.append(part)
                size = len(entry.encode())
            part.append(entry)

    def pages(self) -> Iterator[Page]:
        """Yield the files."""
        yield Page("robots", "robots.txt", "robots.txt", origin="robots.txt")
        if self._parts:
            yield Page("sitemap", "sitemap.xml", "sitemap.xml", origin="sitemap.xml")
        if len(self._parts) > 1:
            for number in range(1, len(self._parts) + 1):
                name = f"sitemap-{number}.xml"
                yield Page("sitemap_part", name, name, str(number), origin=name)

    def render(self, page: Page) -> bytes:
        """Return the bytes of a page that `pages` planned."""
        if page.kind == "robots":
            where = f"\nSitemap: {self._base}sitemap.xml\n" if self._parts else ""
            return f"User-agent: *\nAllow: /\n{where}".encode()
        if page.kind == "sitemap" and len(self._parts) > 1:
            names = [f"{self._base}sitemap-{number}.xml" for number in range(1, len(self._parts) + 1)]
            return _document("sitemapindex", [_entry("sitemap", name, None) for name in names])
        return _document("urlset", self._parts[int(page.subject or 1) - 1])

    def made_of(self, page: Page) -> Iterator[Any]:
        """Yield what a page that `pages` planned is made of: all that there is, and little is left to do then."""
        yield self.render(page)

    def _changed(self, page: Page) -> datetime | None:
        """Return when what a page shows was last told; never when it was built."""
        stories: Iterable[Story] = ()
        if page.kind == "story":
            stories = (self._site.story(page.subject),)
        elif page.kind == "topic":
            stories = self._site.newest_by_topic[page.subject]
        elif page.kind in {"home", "latest", "topics", "sources", "archive"}:
            stories = self._site.stories[:100]
        if page.bucket or not stories:
            return None
        return max(story.updated_at for story in stories)


def _entry(name: str, url: str, changed: datetime | None) -> str:
    lastmod = f"<lastmod>{iso_time(changed)}</lastmod>" if changed else ""
    return f"<{name}><loc>{escape(url, quote=False)}</loc>{lastmod}</{name}>\n"


def _document(root: str, entries: list[str]) -> bytes:
    return f'{_HEAD}<{root} xmlns="{_NAMESPACE}">\n{"".join(entries)}</{root}>\n'.encode()
