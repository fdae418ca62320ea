"""Issues that were cut, as pages and feeds show them: what was sent, and nothing that was learned since."""

from collections.abc import Iterator
from typing import Any

from markupsafe import escape

from broadsheet.config import Settings
from broadsheet.model import Edition, EditionItem, Image, Page, Site
from broadsheet.render.feeds import Entry, Feed, atom, atom_entry, json_feed
from broadsheet.render.pictures import Pictures
from broadsheet.render.text import iso_time, summary, tag_uri, url_path
from broadsheet.render.typography import typographic
from broadsheet.render.views import EditionItemView, EditionSectionView, EditionView, ImageView
from broadsheet.words import Words, words_of

KINDS = ("edition_atom", "edition_json_feed")


def withdrawn(edition: Edition, words: Words) -> str:
    """Return how many of the issue's items are no longer shown, for readers, or the empty text when all are."""
    count = edition.withdrawn
    if not count:
        return ""
    message = words.ngettext("%(count)s item withdrawn", "%(count)s items withdrawn", count)
    return message % {"count": words.number(count)}


class EditionViews:
    """Makes what templates are given of an issue."""

    def __init__(self, site: Site, settings: Settings, assets: dict[str, str]) -> None:
        """`assets` gives every static file's URL, below the root, by its path."""
        self.by_date = {edition.date: edition for edition in site.editions}
        self._settings = settings
        self._pictures = Pictures(site, settings, assets)
        self._words = words_of(settings.language)

    def view(self, edition: Edition) -> EditionView:
        """Return the issue as its web page shows it."""
        root = self._settings.base_path
        sections = tuple(
            EditionSectionView(section.topic, tuple(self._item(item, root) for item in section.items))
            for section in edition.sections
        )
        zone = self._settings.edition_zone
        return EditionView(
            date=self._words.bucket(edition.date),
            iso=iso_time(edition.end),
            url=root + url_path("editions", edition.date),
            start=self._words.day(edition.start, zone),
            end=self._words.day(edition.end, zone),
            count=len(edition.items),
            withdrawn=withdrawn(edition, self._words),
            sections=sections,
        )

    def _item(self, item: EditionItem, root: str) -> EditionItemView:
        return EditionItemView(
            title=typographic(item.title, self._settings.language),
            url=root + url_path("news", item.slug),
            link=item.url,
            excerpt=typographic(item.excerpt, self._settings.language),
            provider=item.provider,
            image=self.image(item.image, root) if item.image else None,
            is_update=item.update,
        )

    def image(self, image: Image, root: str) -> ImageView | None:
        """Return a picture as an issue shows it, or None when there is none to show; own files are below `root`."""
        return self._pictures.view(image, image.title or "", root)


class EditionFeeds:
    """Plans and renders the feed of issues: one entry for each."""

    def __init__(self, site: Site, settings: Settings) -> None:
        """Follow the newest issues."""
        self._editions = site.editions[: settings.feeds.size]
        self._title = site.title
        self._settings = settings
        self._words = words_of(settings.language)
        self._root = settings.absolute_root

    def pages(self) -> Iterator[Page]:
        """Yield the two files of the feed, where there are issues."""
        if self._editions:
            for kind, name in zip(KINDS, ("feed.xml", "feed.json"), strict=True):
                path = f"editions/{name}"
                yield Page(kind, path, path, origin=path)

    def render(self, page: Page) -> bytes:
        """Return the bytes of a page that `pages` planned."""
        title = self._words.gettext("Editions") + f" — {self._title}"
        home = f"{self._root}editions/"
        feed = Feed(
            tag_uri(self._settings.feeds.authority, "feed:/editions"),
            title,
            self._settings.language,
            home,
            home,
            tuple(map(self._entry, self._editions)),
            self._settings.hub,
        )
        return (
            atom(feed, map(atom_entry, feed.entries))
            if page.kind == "edition_atom"
            else json_feed(feed, self._settings)
        )

    def made_of(self, page: Page) -> Iterator[Any]:
        """Yield what a page that `pages` planned is made of."""
        yield self._title
        yield from self._editions

    def _entry(self, edition: Edition) -> Entry:
        title = self._title
        return Entry(
            id=tag_uri(self._settings.feeds.authority, f"editions/{edition.date}"),
            title=self._words.dated(title, self._words.bucket(edition.date)),
            url=self._root + url_path("editions", edition.date),
            external_url=None,
            summary=summary(" · ".join(item.title for item in edition.items), 300),
            html=self._html(edition),
            published=edition.end,
            updated=edition.end,
            provider=title,
            provider_url=self._root,
            topics=(),
        )

    def _html(self, edition: Edition) -> str:
        parts = []
        for section in edition.sections:
            lines = "".join(f"<li>{self._line(item)}</li>" for item in section.items)
            parts.append(f"<h2>{escape(section.topic)}</h2><ul>{lines}</ul>")
        if edition.withdrawn:
            parts.append(f"<p>{escape(withdrawn(edition, self._words))}</p>")
        return "".join(parts)

    def _line(self, item: EditionItem) -> str:
        here = escape(self._root + url_path("news", item.slug))
        provider = item.provider or item.url
        source = f'<a href="{escape(item.url)}">{escape(provider)}</a>' if item.url else escape(provider)
        excerpt = f"<br>{escape(item.excerpt)}" if item.excerpt else ""
        update = escape(self._words.gettext("Update:")) + " " if item.update else ""
        return f'{update}<a href="{here}">{escape(item.title)}</a>' + (f" ({source})" if provider else "") + excerpt
