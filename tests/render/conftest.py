"""Whole sites rendered in memory, and pages read as a browser reads them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest

from broadsheet.arrange.site import arrange
from broadsheet.config import Settings
from broadsheet.model import Coverage, Organization, PlainPage, Record, Sources, TopicFile
from broadsheet.render.contexts import Contexts
from broadsheet.render.pages import plan_pages, without_collisions
from broadsheet.render.theme import Theme

_NOON = datetime(2024, 5, 10, 12, tzinfo=UTC)
_NOW = datetime(2024, 6, 15, 12, tzinfo=UTC)
_ASSETS = {
    path: f"{path}?v=1" for path in ("theme/broadsheet.css", "theme/broadsheet.js", "theme/search.js", "theme/icon.svg")
}


class Page:
    """A page as it is served, and as a browser reads it."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.root: Element = html5lib.parse(html, treebuilder="etree", namespaceHTMLElements=False)

    def all(self, path: str) -> list[Element]:
        """Return the elements at an ElementTree path, such as `article[@class='card']`."""
        return self.root.findall(f".//{path}")

    def pictures(self) -> list[Element]:
        """Return all pictures but the site's own sign beside its name."""
        return [image for image in self.all("img") if image.get("class") != "logo"]

    def links(self) -> list[str]:
        """Return where every link leads, in the order of the page."""
        return [a.get("href", "") for a in self.all("a")]

    def classed(self, name: str) -> list[Element]:
        """Return the elements that have the class `name`."""
        return [element for element in self.root.iter() if name in (element.get("class") or "").split()]

    def text(self) -> str:
        """Return all that the page's body says, its blanks collapsed."""
        body = self.root.find("body")
        return " ".join("".join(body.itertext()).split()) if body is not None else ""


@pytest.fixture(scope="session")
def read_page() -> Callable[[str], Page]:
    """Read HTML as a browser does."""
    return Page


@pytest.fixture(scope="session")
def make() -> Callable[..., Record]:
    """Make the record `<name>.md`: a published one about the tram, but for the fields that a test names."""

    def make(name: str, *, hours: float = 0, **fields: Any) -> Record:
        values = {
            "title": f"Tram extension: the view of {name}",
            "published_at": _NOON + timedelta(hours=hours),
            "topics": ("Transport",),
            "web_url": f"https://{name}.example.org/{name}",
            **fields,
        }
        return Record(file=f"{name}.md", slug=name, **values)

    return make


@pytest.fixture(scope="session")
def link() -> Callable[..., Coverage]:
    """Make the item that stands for a record in a `related` list."""

    def link(record: Record) -> Coverage:
        return Coverage(record.title, record.published_at, record.excerpt, record.web_url or "", quality=record.quality)

    return link


@pytest.fixture(scope="session")
def pages() -> Callable[..., dict[str, Page]]:
    """Render records as a whole site: its pages by their path, as a build makes them."""

    def pages(
        *records: Record,
        topics: tuple[TopicFile, ...] = (),
        organizations: tuple[Organization, ...] = (),
        plain: tuple[PlainPage, ...] = (),
        assets: dict[str, str] | None = None,
        templates: Path | None = None,
        **settings: Any,
    ) -> dict[str, Page]:
        chosen = Settings(**{"title": "The Daily Tram", **settings})
        site = arrange(Sources(records, topics, organizations, plain_pages=plain), chosen, _NOW).site
        planned, _ = without_collisions(plan_pages(site, searched=chosen.search))
        theme = Theme(templates)
        contexts = Contexts(site, chosen, {**_ASSETS, **(assets or {})}, theme.render)
        made = {}
        for page in planned:
            with theme.rendering(page.url):
                made[page.path] = Page(str(theme.render(f"{page.kind}.html", contexts.context(page))))
        return made

    return pages
