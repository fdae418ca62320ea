"""An issue as an email: HTML that mail programs show, plain text, and both as one message to send."""

from collections.abc import Callable, Iterator
from textwrap import wrap
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup
from msgspec import structs

from broadsheet.config import Settings
from broadsheet.extras import missing
from broadsheet.model import Edition, Image, Page, Site
from broadsheet.problems import Place, Problem, SiteError
from broadsheet.render.contexts import Contexts
from broadsheet.render.editions import EditionViews
from broadsheet.render.message import alternative, header
from broadsheet.render.text import summary
from broadsheet.render.views import EditionItemView, EditionSectionView, EditionView, ImageView, PageView
from broadsheet.text import clean_domain, digest, url_host
from broadsheet.words import words_of

KINDS = ("email", "email_text", "email_message")
# Gmail clips what is longer than 102 KB; the rest of the room is for what a mail service adds.
MOST_BYTES = 100_000
_NAMES = ("email.html", "email.txt", "email.eml")
_MOST_ITEMS = 500
_TITLE, _EXCERPT, _NAME, _URL = 300, 400, 100, 2000
_WIDE, _NARROW = 552, 112
_COLUMNS = 72

Render = Callable[[str, dict[str, Any]], Markup]


def plan_emails(site: Site) -> Iterator[Page]:
    """Yield the three files of every issue's email."""
    for edition in site.editions:
        for kind, name in zip(KINDS, _NAMES, strict=True):
            path = f"editions/{edition.date}/{name}"
            yield Page(kind, path, path, edition.date, origin=edition.file)


class Emails:
    """Renders the files that `plan_emails` planned; each part of an email once."""

    def __init__(self, site: Site, settings: Settings, assets: dict[str, str], contexts: Contexts) -> None:
        """`assets` gives every static file's URL, below the root, by its path; `contexts` what every page is given."""
        self._settings = settings
        self._words = words_of(settings.language)
        self._contexts = contexts
        self._views = EditionViews(site, settings, assets)
        self._title = summary(contexts.site.title, _NAME)
        self._html: dict[str, bytes] = {}

    def render(self, page: Page, render: Render) -> bytes:
        """Return the bytes of a page; `render` fills the template."""
        edition = self._views.by_date[page.subject]
        if page.kind == "email":
            return self._rendered(edition, page, render)
        if page.kind == "email_text":
            return self._text(edition).encode()
        return self._message(edition, self._rendered(edition, page, render))

    def _rendered(self, edition: Edition, page: Page, render: Render) -> bytes:
        """Return the HTML, with as many items as there is room for."""
        if edition.date not in self._html:
            if lack := missing("email", "the email of an issue"):
                raise SiteError([Problem(Place(edition.file.rpartition("/")[0] or edition.file), *lack)])
            view = self._view(edition)
            low, high = 0, min(view.count, _MOST_ITEMS)
            html = self._filled(view, high, page, render)
            if len(html) > MOST_BYTES:
                html = self._filled(view, 0, page, render)
                if len(html) > MOST_BYTES:
                    message = f"the email has {len(html):,} bytes without any item; it may have {MOST_BYTES:,}"
                    hint = f"while rendering the page /{page.url}"
                    raise SiteError([Problem(Place("email.html"), message, hint, rule="large-page")])
                while high - low > 1:
                    middle = (low + high) // 2
                    longer = self._filled(view, middle, page, render)
                    if len(longer) <= MOST_BYTES:
                        low, html = middle, longer
                    else:
                        high = middle
            self._html[edition.date] = html
        return self._html[edition.date]

    def _filled(self, view: EditionView, items: int, page: Page, render: Render) -> bytes:
        # Only who has editions needs it.
        import css_inline  # noqa: PLC0415

        shown = first_items(view, items)
        preheader = summary(" · ".join(_titles(shown)), 140)
        site = self._contexts.site
        values = {
            "site": structs.replace(site, title=self._title, description=summary(site.description, _EXCERPT)),
            "page": PageView(
                kind="email",
                title=self._words.dated(self._title, view.date),
                description=preheader,
                url=self._settings.base_path + page.url,
                canonical="",
            ),
            "edition": shown,
            "preheader": preheader,
            "more": view.count - items,
            "web_url": view.url,
            "unsubscribe": self._settings.editions.unsubscribe or "",
        }
        html = css_inline.inline(str(render("email.html", values)), load_remote_stylesheets=False)
        return (html + "\n").encode()

    def _view(self, edition: Edition) -> EditionView:
        """Return the issue as an email tells it: addresses are whole, or lead to the original report."""
        view = self._views.view(edition)
        root = self._settings.absolute_root if self._settings.canonical_root else ""
        below = len(self._settings.base_path)
        frozen = iter(edition.items)
        is_first = True
        sections = []
        for section in view.sections:
            items = []
            for item in section.items:
                image = next(frozen).image
                link = item.link if len(item.link) <= _URL else ""
                here = root + item.url[below:] if root and len(item.url) <= _URL else link
                items.append(
                    EditionItemView(
                        title=summary(item.title, _TITLE),
                        url=here,
                        link=link,
                        excerpt=summary(item.excerpt, _EXCERPT),
                        provider=summary(item.provider, _NAME),
                        image=self._image(image, root, _WIDE if is_first else _NARROW) if image else None,
                        is_update=item.is_update,
                    )
                )
                is_first = False
            sections.append(EditionSectionView(summary(section.topic, _NAME), tuple(items)))
        return structs.replace(view, url=root + view.url[below:] if root else "", sections=tuple(sections))

    def _image(self, image: Image, root: str, width: int) -> ImageView | None:
        """Return a picture `width` pixels wide that mail programs can show: of known size, no drawing."""
        view = self._views.image(image, root)
        if view is None or not view.width or not view.url.startswith(("http://", "https://")) or len(view.url) > _URL:
            return None
        height = round(view.height * width / view.width)
        if urlsplit(view.url).path.lower().endswith((".svg", ".webp", ".avif")) or not 0 < height <= 1.5 * width:
            return None
        return ImageView(view.url, width, height, summary(view.alt, _TITLE))

    def _text(self, edition: Edition) -> str:
        """Return the plain text: what the HTML says, to its last item."""
        view = self._view(edition)
        lines = [self._title, view.date, ""]
        update = self._words.gettext("Update:")
        size = 0
        told = 0
        for section in view.sections:
            head = ["", section.topic, "-" * min(len(section.topic), _COLUMNS), ""]
            for item in section.items:
                part = [*head, *_item_lines(item, update)]
                size += sum(len(line.encode()) + 1 for line in part)
                if size > MOST_BYTES - 10_000:
                    break
                lines += part
                told += 1
                head = []
        if told < view.count:
            lines += ["", self._more(view.count - told, view.url)]
        if view.withdrawn:
            lines += ["", view.withdrawn]
        lines += ["", "--"]
        lines += [self._words.gettext("Read it on the web: %(url)s") % {"url": view.url}] if view.url else []
        unsubscribe = self._settings.editions.unsubscribe
        lines += [self._words.gettext("Unsubscribe: %(url)s") % {"url": unsubscribe}] if unsubscribe else []
        return "\n".join((*lines, ""))

    def _more(self, count: int, url: str) -> str:
        """Return how many items there is no room for, and where they stand."""
        ngettext, shown = self._words.ngettext, self._words.number(count)
        if not url:
            message = ngettext("… and %(count)s more on the web", "… and %(count)s more on the web", count)
            return message % {"count": shown}
        message = ngettext(
            "… and %(count)s more on the web: %(url)s", "… and %(count)s more on the web: %(url)s", count
        )
        return message % {"count": shown, "url": url}

    def _message(self, edition: Edition, html: bytes) -> bytes:
        """Return both parts as one message (RFC 5322), the same for the same issue."""
        # Only who has editions needs it.
        from email.utils import format_datetime, parseaddr  # noqa: PLC0415

        settings = self._settings.editions
        host = clean_domain(url_host(self._settings.base_url or "")) or "localhost.invalid"
        name, address = parseaddr(settings.sender or "")
        if not address:
            name, address = self._title, f"editions@{host}"
        key = digest(f"{edition.date} {edition.end.isoformat()} {self._title}")
        headers = [
            header("From", name, f"<{address}>"),
            "To: undisclosed-recipients:;",
            header("Subject", self._words.dated(self._title, self._words.bucket(edition.date))),
            f"Date: {format_datetime(edition.end)}",
            f"Message-ID: <edition-{edition.date}.{key}@{address.rpartition('@')[2]}>",
        ]
        if settings.unsubscribe:
            headers.append(f"List-Unsubscribe: <{settings.unsubscribe}>")
            if settings.unsubscribe.lower().startswith("https://"):
                headers.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
        boundary = f"=_edition-{edition.date}-{key}"
        return alternative(headers, boundary, (("plain", self._text(edition)), ("html", html.decode())))


def first_items(view: EditionView, most: int) -> EditionView:
    """Return the issue with its first `most` items only."""
    sections = []
    for section in view.sections:
        if most > 0:
            sections.append(EditionSectionView(section.topic, section.items[:most]))
        most -= len(section.items)
    return structs.replace(view, sections=tuple(sections))


def _titles(view: EditionView) -> list[str]:
    return [item.title for section in view.sections for item in section.items][:5]


def _item_lines(item: EditionItemView, update: str) -> list[str]:
    """Return the lines about an item; `update` is the word before one that goes on with a story."""
    lines = _wrapped(f"{update} {item.title}" if item.is_update else item.title)
    lines += _wrapped(item.excerpt)
    lines += [item.provider] if item.provider else []
    return [*lines, *dict.fromkeys(filter(None, (item.url, item.link))), ""]


def _wrapped(text: str) -> list[str]:
    return wrap(text, _COLUMNS, break_long_words=False, break_on_hyphens=False)
