"""A site as it stands at one moment: every file of its output can be made from it, and is when somebody asks."""

import re
from collections import OrderedDict
from datetime import datetime
from functools import cached_property
from urllib.parse import unquote

from broadsheet.config import Settings
from broadsheet.explain import Explainer, Surroundings
from broadsheet.files import content_digest
from broadsheet.model import Page, PlainPage, Record
from broadsheet.pipeline import Assembled
from broadsheet.problems import Place, Problem, Severity, SiteError
from broadsheet.read.source import StaticFile
from broadsheet.render.headers import FILE as HEADERS
from broadsheet.render.theme import Theme
from broadsheet.serve.header_rules import Rules, header_rules
from broadsheet.text import display_name

# The files that a page is only dressed in: they can be put in its place without loading it anew.
_LOOKS = (".css", ".avif", ".gif", ".ico", ".jpeg", ".jpg", ".png", ".svg", ".webp", ".otf", ".ttf", ".woff", ".woff2")
_STYLE_VERSION = re.compile(rb'(\.css\?v=)[0-9a-f]+(?=")')
_REFERENCE = re.compile(rb'\b(?:src|href|poster)="([^"?#]+)')
_MOST_PAGES_KEPT = 64


class Recent:
    """The bytes of the pages that were looked at last, by path."""

    def __init__(self) -> None:
        """Know none."""
        self._pages: OrderedDict[str, bytes] = OrderedDict()

    def get(self, path: str) -> bytes | None:
        """Return what was put at `path`, if it is still known."""
        if path in self._pages:
            self._pages.move_to_end(path)
        return self._pages.get(path)

    def put(self, path: str, content: bytes) -> None:
        """Keep `content`, and forget what nobody has looked at for longest."""
        self._pages[path] = content
        self._pages.move_to_end(path)
        if len(self._pages) > _MOST_PAGES_KEPT:
            self._pages.popitem(last=False)


class Standing:
    """What one reading of the sources came to. Rendering is for one thread at a time."""

    def __init__(self, site: Assembled, settings: Settings, theme: Theme, now: datetime) -> None:
        """Stand for a `site` that was assembled for the time `now`; `theme` fills its pages."""
        self.site = site
        self.settings = settings
        self.pages: dict[str, Page] = {page.path: page for page in site.planned.plan.renderer.pages}
        self.broken: dict[str, tuple[Problem, ...]] = {}
        self._now = now
        # Where the site is, without percent-encoding: as requests name it once they are decoded.
        self.root = unquote(settings.base_path)
        self._plan = site.planned.plan
        self._assets = self._plan.assets()
        self._session = self._plan.session(theme)
        self._made = Recent()

    def has(self, path: str) -> bool:
        """Return whether the output has a file at `path`."""
        return path in self.pages or path in self._plan.static

    def content(self, path: str) -> bytes:
        """Return the bytes of the file at `path`, which the output has. Raises `SiteError`, which `broken` keeps."""
        if path not in self.pages:
            return self._plan.content(path)
        content = self._made.get(path)
        if content is None:
            try:
                content = self._session.render(self.pages[path]).content
            except SiteError as error:
                self.broken[path] = error.problems
                raise
            self._made.put(path, content)
        return content

    @cached_property
    def header_rules(self) -> Rules:
        """What hosts are told about HTTP headers."""
        try:
            text = self._plan.content(HEADERS) if HEADERS in self._plan.static else b""
        except SiteError:
            # It changed meanwhile: the next look is on its way.
            text = b""
        return header_rules(text.decode("utf-8", "replace"))

    @cached_property
    def remarks(self) -> tuple[Problem, ...]:
        """What is of no effect in the site's own file of headers."""
        file = self._plan.static.get(HEADERS)
        if not isinstance(file, StaticFile):
            return ()
        return tuple(
            Problem(
                Place(file.source.as_posix(), line, 1),
                f"no notice is taken of this line: it {remark}",
                "",
                Severity.WARNING,
            )
            for line, remark in self.header_rules.remarks
        )

    def version(self, path: str) -> str:
        """Return the version of a static file that pages name in its address, the empty string for what is none."""
        return self._assets.get(path, "").rpartition("?v=")[2]

    @cached_property
    def look(self) -> str:
        """What stands for all that pages are dressed in: styles, typefaces, pictures."""
        looks = sorted(item for item in self._assets.items() if item[0].endswith(_LOOKS))
        return content_digest(repr(looks).encode())

    @cached_property
    def explainer(self) -> Explainer:
        """Who knows why this lead, this rank, this fate of a record."""
        arranged, sources = self.site.arranged, self.site.read.sources
        return Explainer(arranged, sources, self.settings, self._now)

    @cached_property
    def marks(self) -> dict[str, str]:
        """A short word for every page that only a preview has, by its URL from the server's root on."""
        subjects = ((page.url, self._subjects.get(page.subject)) for page in self.pages.values())
        return {
            self.settings.base_path + url: "draft" if subject.draft else "scheduled"
            for url, subject in subjects
            if subject is not None and self.explainer.ribbon(subject)
        }

    def ribbon(self, path: str) -> str:
        """Return why only a preview has the page at `path`, the empty string where a build has it too."""
        page = self.pages.get(path)
        subject = self._subjects.get(page.subject) if page is not None else None
        return self.explainer.ribbon(subject) if subject is not None else ""

    @cached_property
    def _subjects(self) -> dict[str, Record | PlainPage]:
        """What whole pages are about, by file."""
        site = self.site.arranged.site
        return {**site.records, **{page.file: page for page in site.plain_pages}}

    def reasons(self, path: str) -> tuple[str, ...]:
        """Return why the story at `path` is led and ranks as it is, nothing for other pages."""
        page = self.pages.get(path)
        return self.explainer.reasons(page.subject) if page is not None and page.kind == "story" else ()

    def story(self, path: str, most: int) -> Surroundings | None:
        """Return what the story at `path` holds, the first so many members of it, None for other pages."""
        page = self.pages.get(path)
        return self.explainer.story(page.subject, most) if page is not None and page.kind == "story" else None

    def link(self, path: str) -> tuple[str, str]:
        """Return the URL, relative to the site's root, and a title of the page at `path`."""
        page, records = self.pages[path], self.site.arranged.site.records
        title = display_name(records[page.subject].title) if page.subject in records else ""
        return page.url, title or f"/{unquote(page.url)}"

    def mark(self, content: bytes) -> str:
        """Return what stands for a page of these bytes and the static files that it names, but not for its styles."""
        named = (unquote(name.decode("utf-8", "replace")) for name in _REFERENCE.findall(content))
        files = {name.removeprefix(self.root) for name in named if name.startswith(self.root)} & self._assets.keys()
        versions = sorted(self._assets[file] for file in files if not file.endswith(".css"))
        return content_digest(_STYLE_VERSION.sub(rb"\1", content) + repr(versions).encode())
