"""What a page says of itself to machines, by schema.org: the truth of an aggregator.

A page here is a collection, but for those in the owner's own words; the report that it leads to is somebody else's
work and is named as theirs. Nothing is ever called a `NewsArticle`: we wrote none.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from markupsafe import Markup

from broadsheet.config import Settings
from broadsheet.model import Coverage, Page, Record, Site, Story
from broadsheet.once import Once
from broadsheet.render.text import excerpt_text, iso_time, summary, url_path
from broadsheet.render.views import PageView
from broadsheet.text import clean_domain, clean_url, display_name, display_text

Thing = dict[str, Any]
_MOST_LISTED = 50
_UNSAFE = {character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


class Metadata:
    """Describes the pages of one site."""

    def __init__(self, site: Site, settings: Settings) -> None:
        """Use absolute addresses where `settings` know the site's own."""
        self._site = site
        self._settings = settings
        self._root = settings.canonical_root or settings.base_path
        self._works = Once(self._work)

    def absolute(self, url: str) -> str:
        """Return the address of something of this site's own; one of elsewhere as it is."""
        base = self._settings.base_path
        return self._root + url[len(base) :] if url.startswith(base) and not url.startswith("//") else url

    def json_ld(self, page: Page, view: PageView) -> Markup:
        """Return the description of a page, safe within a `<script>`."""
        thing: Thing = {
            "@context": "https://schema.org",
            "@type": "WebPage" if page.kind == "plain" else "CollectionPage",
            "name": view.title or self._site.title,
            "url": self.absolute(view.url),
            "inLanguage": self._settings.language,
            "publisher": self._organization(self._site.title, self._root),
        }
        if view.description:
            thing["description"] = view.description
        if view.image:
            thing["image"] = view.image
        members = [_members(thing)]
        if page.kind == "story":
            members += self._story(self._site.story(page.subject))
        elif listed := self._listed(page):
            entries = [(display_text(lead.title), self._page_of(lead)) for lead in listed]
            members.append(_members({"mainEntity": _list("ItemList", "url", entries)}))
        crumbs = self._crumbs(page, view)
        if len(crumbs) > 1:
            members.append(_members({"breadcrumb": _list("BreadcrumbList", "item", crumbs)}))
        return Markup(f"{{{','.join(members)}}}")

    def _story(self, story: Story) -> list[str]:
        thing: Thing = {"dateModified": iso_time(story.updated_at)}
        url = clean_url(story.lead.report_url)
        if url:
            thing["isBasedOn"] = url
        members = [f'"mainEntity":{self._works(story.lead)}', _members(thing)]
        parts = (*story.coverage, *story.follow_ups)[:_MOST_LISTED]
        if parts:
            members.append(f'"hasPart":[{",".join(self._works.of(parts))}]')
        return members

    def _work(self, item: Record | Coverage) -> str:
        """Return an outside report, as JSON: whose it is, when it was published, and where it stands."""
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
        return f"{{{_members(thing)}}}"

    def _organization(self, name: str, url: str) -> Thing:
        return {"@type": "Organization", "name": name, **({"url": url} if url else {})}

    def _listed(self, page: Page) -> list[Record]:
        """Return the leads, or records, that a page lists at its own address."""
        if page.bucket:
            return []
        if page.kind == "home":
            return [story.lead for section in self._site.front for story in section.all][:_MOST_LISTED]
        listing = {
            "latest": self._site.latest,
            "topic": self._site.by_topic.get(page.subject),
            "source": self._site.by_source.get(page.subject),
        }.get(page.kind)
        entries = listing.newest if listing else ()
        return [entry.lead if isinstance(entry, Story) else entry for entry in entries][:_MOST_LISTED]

    def _page_of(self, record: Record) -> str:
        return self._root + url_path("news", record.slug)

    def _crumbs(self, page: Page, view: PageView) -> list[tuple[str, str]]:
        if page.kind in {"home", "not_found", "redirect"}:
            return []
        above = [(link.name, self.absolute(link.url)) for link in view.parents]
        return [(self._site.title, self._root), *above, (view.title, self.absolute(view.url))]


def _list(kind: str, key: str, entries: Sequence[tuple[str, str]]) -> Thing:
    """Return a numbered list of names and addresses; `key` is what the list's kind calls an address."""
    items = [
        {"@type": "ListItem", "position": number, "name": name, key: url}
        for number, (name, url) in enumerate(entries, 1)
    ]
    return {"@type": kind, "itemListElement": items}


def _members(thing: Thing) -> str:
    """Return a thing's members as JSON, without the braces, that can not end the `<script>` that it stands in."""
    text = msgspec.json.encode(thing).decode()[1:-1]
    for character, escaped in _UNSAFE.items():
        text = text.replace(character, escaped)
    return text
