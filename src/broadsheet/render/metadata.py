"""What a page says of itself to machines, by schema.org: the truth of an aggregator.

A page here is a collection; the report that it leads to is somebody else's work and is named as theirs. Nothing is
ever called a `NewsArticle`: we wrote none.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from markupsafe import Markup

from broadsheet.config import Settings
from broadsheet.model import Coverage, Page, Record, Site, Story
from broadsheet.render.text import excerpt_text, iso_time, summary, url_path
from broadsheet.render.views import Link, PageView
from broadsheet.text import clean_domain, clean_url, display_name, display_text

Thing = dict[str, Any]
_MOST_LISTED = 50


class Metadata:
    """Describes the pages of one site."""

    def __init__(self, site: Site, settings: Settings) -> None:
        """Use absolute addresses where `settings` know the site's own."""
        self._site = site
        self._settings = settings
        self._root = settings.canonical_root or settings.base_path

    def absolute(self, url: str) -> str:
        """Return the address of something of this site's own; one of elsewhere as it is."""
        base = self._settings.base_path
        return self._root + url[len(base) :] if url.startswith(base) and not url.startswith("//") else url

    def json_ld(self, page: Page, view: PageView, parents: Sequence[Link]) -> Markup:
        """Return the description of a page, safe within a `<script>`."""
        thing: Thing = {
            "@context": "https://schema.org",
            "@type": "CollectionPage",
            "name": view.title or self._site.title,
            "url": self.absolute(view.url),
            "inLanguage": self._settings.language,
            "publisher": self._organization(self._site.title, self._root),
        }
        if view.description:
            thing["description"] = view.description
        if view.image:
            thing["image"] = view.image
        if page.kind == "story":
            thing.update(self._story(self._site.story(page.subject)))
        else:
            listed = self._listed(page)
            if listed:
                thing["mainEntity"] = _list(
                    "ItemList", "url", [(display_text(lead.title), self._page_of(lead)) for lead in listed]
                )
        crumbs = self._crumbs(page, view, parents)
        if len(crumbs) > 1:
            thing["breadcrumb"] = _list("BreadcrumbList", "item", crumbs)
        return _script_safe(thing)

    def _story(self, story: Story) -> Thing:
        lead = self._work(story.lead)
        thing: Thing = {"mainEntity": lead, "dateModified": iso_time(story.updated_at)}
        if "url" in lead:
            thing["isBasedOn"] = lead["url"]
        if story.coverage:
            thing["hasPart"] = [self._work(item) for item in story.coverage[:_MOST_LISTED]]
        return thing

    def _work(self, item: Record | Coverage) -> Thing:
        """Return an outside report: whose it is, when it was published, and where it stands."""
        url = clean_url(item.report_url)
        thing: Thing = {
            "@type": "VideoObject" if item.type == "video" else "CreativeWork",
            "name": display_text(item.title),
            "datePublished": iso_time(item.published_at),
        }
        if url:
            thing["url"] = url
        excerpt = excerpt_text(item.excerpt)
        if excerpt and isinstance(item, Record):
            thing["abstract"] = summary(excerpt, 300)
        domain = clean_domain(item.provider.domain)
        if item.provider.name:
            name = display_name(item.provider.name)
            thing["publisher"] = self._organization(name, f"https://{domain}/" if domain else "")
        return thing

    def _organization(self, name: str, url: str) -> Thing:
        return {"@type": "Organization", "name": name, **({"url": url} if url else {})}

    def _listed(self, page: Page) -> list[Record]:
        """Return the leads, or records, that a page lists at its own address."""
        if page.bucket:
            return []
        if page.kind == "home":
            return [story.lead for section in self._site.front for story in section.stories][:_MOST_LISTED]
        listing = {
            "latest": self._site.latest,
            "topic": self._site.by_topic.get(page.subject),
            "source": self._site.by_source.get(page.subject),
        }.get(page.kind)
        entries = listing.newest if listing else ()
        return [entry.lead if isinstance(entry, Story) else entry for entry in entries][:_MOST_LISTED]

    def _page_of(self, record: Record) -> str:
        return self._root + url_path("news", record.slug)

    def _crumbs(self, page: Page, view: PageView, parents: Sequence[Link]) -> list[tuple[str, str]]:
        if page.kind in {"home", "not_found", "redirect"}:
            return []
        above = [(link.name, self.absolute(link.url)) for link in parents]
        if page.kind == "story":
            story = self._site.story(page.subject)
            above = [
                (self._site.topics[topic].name, self._root + url_path("topics", topic)) for topic in story.topics[:1]
            ]
        return [(self._site.title, self._root), *above, (view.title, self.absolute(view.url))]


def _list(kind: str, key: str, entries: Sequence[tuple[str, str]]) -> Thing:
    """Return a numbered list of names and addresses; `key` is what the list's kind calls an address."""
    items = [
        {"@type": "ListItem", "position": number, "name": name, key: url}
        for number, (name, url) in enumerate(entries, 1)
    ]
    return {"@type": kind, "itemListElement": items}


def _script_safe(thing: Thing) -> Markup:
    """Return JSON that can not end the `<script>` that it stands in."""
    text = msgspec.json.encode(thing).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)
