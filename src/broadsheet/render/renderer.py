"""All that is rendered, in one place: which pages there are, and each page's bytes."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Protocol

from markupsafe import Markup
from msgspec import structs

from broadsheet.config import Settings
from broadsheet.model import OutputFile, Page, SearchEntry, Site
from broadsheet.problems import Problem
from broadsheet.render import editions, email, feeds, news_api, sitemap, stories_api
from broadsheet.render.cards import Cards
from broadsheet.render.contexts import Contexts
from broadsheet.render.editions import EditionFeeds
from broadsheet.render.email import Emails, plan_emails
from broadsheet.render.feeds import Feeds
from broadsheet.render.ingredients import Fact, Ingredients
from broadsheet.render.news_api import NewsApi
from broadsheet.render.pages import INDEX_PAGE, plan_pages, within_limit, without_collisions
from broadsheet.render.search import search_entries
from broadsheet.render.sitemap import Sitemap
from broadsheet.render.stories_api import StoriesApi
from broadsheet.render.theme import Theme
from broadsheet.words import Words, words_of


class Part(Protocol):
    """A part of a site that is no HTML: plans its files and renders each."""

    def pages(self) -> Iterator[Page]:
        """Yield the plans of the files."""

    def render(self, page: Page) -> bytes:
        """Return the bytes of a file that `pages` planned."""

    def made_of(self, page: Page) -> Iterable[Any]:
        """Yield what a file is made of, besides the settings: nouns of the model, and plain values."""


class Renderer:
    """Plans and renders a site."""

    def __init__(self, site: Site, settings: Settings, theme: Iterable[str] = ()) -> None:
        """Plan every page; `pages` are those with a path of their own, `problems` tell of the others.

        No page takes the place of a file of the `theme`, by its path. `language` is that of the pages. Raises
        `SiteError` where there would be too many.
        """
        self._settings = settings
        self.language = settings.language
        every = within_limit(plan_pages(site, searched=settings.search), settings)
        html = [page for page in every if page.kind != "plain"]
        self._parts: dict[str, Part] = {}
        planned = within_limit(chain(html, self._beside(site)), settings)
        # What people name must not displace what is always there. Crawlers are told of the pages that then remain.
        reserved = [Page("", path, path, origin=path) for path in (*theme, *sitemap.FILES)]
        reserved += [structs.replace(INDEX_PAGE, kind="")] if settings.search else []
        plain = [page for page in every if page.kind == "plain"]
        self.problems: tuple[Problem, ...]
        kept, self.problems = without_collisions([*reserved, *planned, *plain])
        placed = {page.subject: page for page in kept if page.kind == "plain"}
        crawled = self._planned(Sitemap(site, settings, [*html, *placed.values()]), sitemap.KINDS)
        self.pages: tuple[Page, ...] = (*(page for page in kept if page.kind), *crawled)
        self._site = structs.replace(site, plain_pages=tuple(p for p in site.plain_pages if p.file in placed))

    @property
    def words(self) -> Words:
        """The interface's words in the site's language."""
        return words_of(self.language)

    def _beside(self, site: Site) -> Iterator[Page]:
        """Yield what stands beside the pages: feeds, emails and the API."""
        yield from self._planned(Feeds(site, self._settings), feeds.KINDS)
        yield from self._planned(EditionFeeds(site, self._settings), editions.KINDS)
        yield from plan_emails(site)
        if self._settings.api.enabled:
            yield from self._planned(NewsApi(site, self._settings), news_api.KINDS)
            yield from self._planned(StoriesApi(site, self._settings), stories_api.KINDS)

    def _planned(self, part: Part, kinds: Iterable[str]) -> Iterator[Page]:
        self._parts.update(dict.fromkeys(kinds, part))
        yield from part.pages()

    def facts(self, assets: dict[str, str], theme: str, zones: dict[str, str]) -> Iterator[tuple[str, list[Fact]]]:
        """Yield the path and the facts of every page; `theme` stands for the templates, `zones` for the time zones."""
        view = Cards(self._site, self._settings, assets, _never).site
        ingredients = Ingredients(self._site, self._settings, assets, view, (theme, zones))
        for page in self.pages:
            part = self._parts.get(page.kind)
            yield page.path, ingredients.of_values(page, part.made_of(page)) if part else ingredients.of_html(page)

    def search_entries(self) -> tuple[SearchEntry, ...] | None:
        """Return what the site's search knows, in the order of the stories; None where there is no search."""
        return tuple(search_entries(self._site, self._settings)) if self._settings.search else None

    def files(self, theme: Theme, assets: dict[str, str]) -> Iterator[OutputFile]:
        """Yield every page, rendered; `assets` gives the URL below the root of every static file by its path."""
        return map(self.session(theme, assets).render, self.pages)

    def session(self, theme: Theme, assets: dict[str, str]) -> "Session":
        """Return what renders pages one by one."""
        return Session(self._site, self._settings, self._parts, theme, assets)


class Session:
    """Renders the pages of one site, in any order; what they share is rendered once."""

    def __init__(
        self, site: Site, settings: Settings, parts: Mapping[str, Part], theme: Theme, assets: dict[str, str]
    ) -> None:
        """`parts` render what is no HTML, by kind; `assets` gives the URL of every static file by its path."""
        self._parts = parts
        self._theme = theme
        self._contexts = Contexts(site, settings, assets, theme.render)
        self._emails = Emails(site, settings, assets, self._contexts)

    def render(self, page: Page) -> OutputFile:
        """Return the file of a page. Raises `SiteError` where a template is wrong."""
        part = self._parts.get(page.kind)
        if part is not None:
            return OutputFile(page.path, part.render(page))
        with self._theme.rendering(page.url):
            if page.kind in email.KINDS:
                return OutputFile(page.path, self._emails.render(page, self._theme.render))
            html = self._theme.fill(f"{page.kind}.html", self._contexts.context(page))
        return OutputFile(page.path, html.encode())


def _never(name: str, context: dict[str, Any]) -> Markup:
    """Stand in for a theme where nothing is rendered."""
    raise AssertionError(name)
