"""Feeds: Atom and JSON Feed of the site, of every topic and of every source, and an OPML list of the topics' feeds."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from html import escape
from typing import Any

import msgspec
from markupsafe import escape as html_escape
from msgspec import Struct

from broadsheet.config import Settings
from broadsheet.model import Coverage, Page, Record, Site, Story
from broadsheet.once import Once
from broadsheet.render.cards import provider_name
from broadsheet.render.text import excerpt_text, iso_time, summary, tag_uri, url_path
from broadsheet.render.timeline import carriers
from broadsheet.text import clean_url, display_name, display_text, source_domain
from broadsheet.words import words_of

KINDS = ("atom", "json_feed", "opml")
_LONGEST_EXCERPT = 2000
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Entry(Struct, frozen=True):
    """One entry of a feed; all texts are plain but `html`, all addresses absolute where the site has one."""

    id: str
    title: str
    url: str
    external_url: str | None
    summary: str
    html: str
    published: datetime
    updated: datetime
    provider: str
    provider_url: str | None
    topics: tuple[tuple[str, str], ...]


class Feed(Struct, frozen=True):
    """A feed: `id` never changes, `home` is the page that it follows, `folder` the URL of the folder of its files.

    `hub` is the WebSub hub that tells of news in it.
    """

    id: str
    title: str
    language: str
    home: str
    folder: str
    entries: tuple[Entry, ...]
    hub: str | None = None

    @property
    def updated(self) -> datetime:
        """The time of the latest change of an entry."""
        return max((entry.updated for entry in self.entries), default=_NEVER)


class Feeds:
    """Plans and renders the feeds of a site."""

    def __init__(self, site: Site, settings: Settings) -> None:
        """Follow what the lists of the site show."""
        self._site = site
        self._settings = settings
        self._root = settings.absolute_root
        self._entries: dict[str, Entry] = {}
        self._atom_entries = Once(atom_entry)
        self._lines = Once(self._line)
        self._words = words_of(settings.language)

    def pages(self) -> Iterator[Page]:
        """Yield the two files of every feed, and the list of the topics' feeds."""
        for folder, subject in self._folders():
            for kind, name in (("atom", "feed.xml"), ("json_feed", "feed.json")):
                path = "/".join((*folder, name))
                yield Page(kind, url_path(*folder) + name, path, subject, folder[0] if folder else "", path)
        if self._settings.feeds.lists:
            yield Page("opml", "feeds.opml", "feeds.opml", origin="feeds.opml")

    def _folders(self) -> Iterator[tuple[tuple[str, ...], str]]:
        yield (), ""
        if not self._settings.feeds.lists:
            return
        for topic in self._site.topics:
            yield ("topics", topic), topic
        for domain in self._site.sources:
            yield ("sources", domain), domain

    def render(self, page: Page) -> bytes:
        """Return the bytes of a page that `pages` planned."""
        if page.kind == "opml":
            return self._opml()
        feed = self._feed(page)
        if page.kind == "json_feed":
            return json_feed(feed, self._settings)
        return atom(feed, self._atom_entries.of(feed.entries))

    def made_of(self, page: Page) -> Iterator[Any]:
        """Yield what a page that `pages` planned is made of."""
        site, size = self._site, self._settings.feeds.size
        if page.kind == "opml":
            yield self._opml()
            return
        yield site.title
        if page.bucket == "topics":
            yield site.topics[page.subject]
            yield from site.newest_by_topic[page.subject][:size]
        elif page.bucket == "sources":
            yield site.sources[page.subject]
            yield from site.sources[page.subject].records[:size]
        else:
            yield from site.newest[:size]

    def _feed(self, page: Page) -> Feed:
        title, size = self._site.title, self._settings.feeds.size
        if page.bucket == "topics":
            topic = self._site.topics[page.subject]
            stories = self._site.newest_by_topic[topic.id][:size]
            return self._made(f"{topic.name} — {title}", ("topics", topic.id), map(self._story, stories))
        if page.bucket == "sources":
            source = self._site.sources[page.subject]
            records = source.records[:size]
            return self._made(f"{source.name} — {title}", ("sources", source.domain), map(self._record, records))
        return self._made(title, (), map(self._story, self._site.newest[:size]))

    def _made(self, title: str, folder: tuple[str, ...], entries: Iterable[Entry]) -> Feed:
        url = url_path(*folder)
        # No slug has a colon: a record named like this does not share its id.
        return Feed(
            tag_uri(self._settings.feeds.authority, "/".join(("feed:", *folder))),
            title,
            self._settings.language,
            self._root + url,
            self._root + url,
            tuple(entries),
            self._settings.hub,
        )

    def _story(self, story: Story) -> Entry:
        key = f"story {story.lead.file}"
        if key not in self._entries:
            entry = self._record(story.lead)
            html = entry.html + self._told(story)
            updated = story.updated_at
            self._entries[key] = msgspec.structs.replace(
                entry, id=tag_uri(self._settings.feeds.authority, story.first), html=html, updated=updated
            )
        return self._entries[key]

    def _record(self, record: Record) -> Entry:
        if record.file not in self._entries:
            link = clean_url(record.report_url)
            text = summary(excerpt_text(record.excerpt), _LONGEST_EXCERPT)
            provider = display_name(record.provider.name)
            where = f'<p><a href="{html_escape(link)}">{html_escape(provider or link)}</a></p>' if link else ""
            domain = source_domain(record.provider.domain, record.report_url)
            self._entries[record.file] = Entry(
                id=tag_uri(self._settings.feeds.authority, record.slug),
                title=display_text(record.title),
                url=self._root + url_path("news", record.slug),
                external_url=link,
                summary=text,
                html=(f"<p>{html_escape(text)}</p>" if text else "") + where,
                published=record.published_at,
                updated=record.told_at,
                provider=provider or self._site.title,
                provider_url=self._root + url_path("sources", domain) if domain in self._site.sources else None,
                topics=tuple((topic, self._site.topics[topic].name) for topic in self._site.topics_of[record.file]),
            )
        return self._entries[record.file]

    def _told(self, story: Story) -> str:
        """Return who else told a story: reports and follow-ups a line each, copies behind what they are copies of."""
        reports = (*story.coverage, *story.follow_ups)
        carried = {of: self._carried(named) for of, named in carriers(story, self._source_name).items()}
        own = f"<p>{carried[id(story.lead)]}</p>" if id(story.lead) in carried else ""
        copies = (f"<p>{carried[id(item)]}</p>" if id(item) in carried else "" for item in reports)
        rows = "".join(f"<li>{line}{behind}</li>" for line, behind in zip(self._lines.of(reports), copies, strict=True))
        return own + (f"<ul>{rows}</ul>" if rows else "")

    def _source_name(self, item: Record | Coverage) -> str:
        return provider_name(item, source_domain(item.provider.domain, item.report_url), self._site)

    def _carried(self, named: Iterable[tuple[str, Record | Coverage]]) -> str:
        links = [_linked(name, self._address(item)) for name, item in named]
        return self._words.gettext("Also carried by %(names)s") % {"names": self._words.listed(links)}

    def _line(self, item: Record | Coverage) -> str:
        provider = display_name(item.provider.name)
        linked = _linked(display_text(item.title), self._address(item))
        return f"{linked} ({html_escape(provider)})" if provider else linked

    def _address(self, item: Record | Coverage) -> str:
        here = self._root + url_path("news", item.slug) if isinstance(item, Record) else ""
        return clean_url(item.web_url or "") or here

    def _opml(self) -> bytes:
        outlines = []
        for topic in self._site.topics.values():
            home = self._root + url_path("topics", topic.id)
            names = {"type": "rss", "text": topic.name, "title": topic.name}
            outlines.append(f"  {_element('outline', **names, xmlUrl=f'{home}feed.xml', htmlUrl=home)}")
        head = (" <head>", f"  {_element('title', self._site.title)}", " </head>")
        body = (" <body>", *outlines, " </body>") if outlines else (" <body />",)
        return _xml(('<opml version="2.0">', *head, *body, "</opml>"))


def _linked(text: str, url: str) -> str:
    """Return a text as HTML, as a link where there is an address."""
    return f'<a href="{html_escape(url)}">{html_escape(text)}</a>' if url else str(html_escape(text))


def atom(feed: Feed, entries: Iterable[str]) -> bytes:
    """Return `feed` in the Atom Syndication Format (RFC 4287); `entries` are what `atom_entry` made of its own."""
    lines = [
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{_quoted(feed.language)}">',
        f" {_element('id', feed.id)}",
        f" {_element('title', feed.title)}",
        f" {_element('updated', iso_time(feed.updated))}",
        f" {_element('link', rel='self', type='application/atom+xml', href=f'{feed.folder}feed.xml')}",
        *([f" {_element('link', rel='hub', href=feed.hub)}"] if feed.hub else []),
        f" {_element('link', rel='alternate', type='text/html', href=feed.home)}",
        f" {_element('generator', 'Broadsheet')}",
        *entries,
        "</feed>",
    ]
    return _xml(lines)


def atom_entry(entry: Entry) -> str:
    """Return an entry as it stands in every feed that has it."""
    lines = [
        _element("id", entry.id),
        _element("title", entry.title),
        _element("link", rel="alternate", type="text/html", href=entry.url),
        *([_element("link", rel="via", href=entry.external_url)] if entry.external_url else []),
        _element("published", iso_time(entry.published)),
        _element("updated", iso_time(entry.updated)),
        "<author>",
        f" {_element('name', entry.provider)}",
        *([f" {_element('uri', entry.provider_url)}"] if entry.provider_url else []),
        "</author>",
        *(_element("category", term=term, label=label) for term, label in entry.topics),
        *([_element("summary", entry.summary, type="text")] if entry.summary else []),
        *([_element("content", entry.html, type="html")] if entry.html else []),
    ]
    return "\n".join((" <entry>", *(f"  {line}" for line in lines), " </entry>"))


def json_feed(feed: Feed, settings: Settings) -> bytes:
    """Return `feed` as a JSON Feed, version 1.1."""
    items = [
        {
            "id": entry.id,
            "url": entry.url,
            **({"external_url": entry.external_url} if entry.external_url else {}),
            "title": entry.title,
            "content_html": entry.html,
            **({"summary": entry.summary} if entry.summary else {}),
            "date_published": iso_time(entry.published),
            "date_modified": iso_time(entry.updated),
            "authors": [{"name": entry.provider, **({"url": entry.provider_url} if entry.provider_url else {})}],
            "tags": [label for _, label in entry.topics],
            "language": feed.language,
        }
        for entry in feed.entries
    ]
    value = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": f"{feed.folder}feed.json",
        **({"description": settings.description} if settings.description else {}),
        "language": feed.language,
        **({"hubs": [{"type": "WebSub", "url": feed.hub}]} if feed.hub else {}),
        "items": items,
    }
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def _element(name: str, text: str = "", /, **attributes: str) -> str:
    given = "".join(f' {key}="{_quoted(value)}"' for key, value in attributes.items())
    return f"<{name}{given}>{escape(text, quote=False)}</{name}>" if text else f"<{name}{given} />"


def _quoted(value: str) -> str:
    return escape(value, quote=False).replace('"', "&quot;")


def _xml(lines: Iterable[str]) -> bytes:
    return "\n".join(('<?xml version="1.0" encoding="utf-8"?>', *lines, "")).encode()
