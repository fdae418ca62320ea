"""All that is rendered, in one place: which pages there are, and each page's bytes."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from broadsheet.config import Settings
from broadsheet.model import OutputFile, Page, Site
from broadsheet.problems import Problem
from broadsheet.render import editions, email, feeds, news_api, sitemap, stories_api
from broadsheet.render.contexts import Contexts
from broadsheet.render.editions import EditionFeeds
from broadsheet.render.email import Emails, plan_emails
from broadsheet.render.feeds import Feeds
from broadsheet.render.news_api import NewsApi
from broadsheet.render.pages import plan_pages, without_collisions
from broadsheet.render.sitemap import Sitemap
from broadsheet.render.stories_api import StoriesApi
from broadsheet.render.theme import Theme


class Part(Protocol):
    """A part of a site that is no HTML: plans its files and renders each."""

    def pages(self) -> Iterator[Page]:
        """Yield the plans of the files."""

    def render(self, page: Page) -> bytes:
        """Return the bytes of a file that `pages` planned."""


class Renderer:
    """Plans and renders a site."""

    def __init__(self, site: Site, settings: Settings) -> None:
        """Plan every page; `pages` are those with a path of their own, `problems` tell of the others."""
        self._site = site
        self._settings = settings
        html = tuple(plan_pages(site))
        self._parts: dict[str, Part] = {}
        planned = [*html, *self._planned(Feeds(site, settings), feeds.KINDS)]
        planned += self._planned(EditionFeeds(site, settings), editions.KINDS)
        planned += plan_emails(site)
        planned += self._planned(Sitemap(site, settings, html), sitemap.KINDS)
        if settings.api.enabled:
            planned += self._planned(NewsApi(site, settings), news_api.KINDS)
            planned += self._planned(StoriesApi(site, settings), stories_api.KINDS)
        self.pages: tuple[Page, ...]
        self.problems: tuple[Problem, ...]
        self.pages, self.problems = without_collisions(planned)

    def _planned(self, part: Part, kinds: Iterable[str]) -> Iterator[Page]:
        self._parts.update(dict.fromkeys(kinds, part))
        yield from part.pages()

    def files(self, theme: Theme, assets: dict[str, str]) -> Iterator[OutputFile]:
        """Yield every page, rendered; `assets` gives the URL below the root of every static file by its path."""
        contexts = Contexts(self._site, self._settings, assets, theme.render)
        emails = Emails(self._site, self._settings, assets, contexts)
        for page in self.pages:
            part = self._parts.get(page.kind)
            if part is not None:
                yield OutputFile(page.path, part.render(page))
                continue
            if page.kind in email.KINDS:
                with theme.rendering(page.url):
                    yield OutputFile(page.path, emails.render(page, theme.render))
                continue
            with theme.rendering(page.url):
                html = theme.render(f"{page.kind}.html", contexts.context(page))
            yield OutputFile(page.path, html.encode())
