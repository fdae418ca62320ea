"""One built page to what is wrong with it. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from html import escape
from itertools import pairwise
from urllib.parse import quote, unquote

from msgspec import Struct

from broadsheet.check.documents import READERS
from broadsheet.check.inside import Inside, Lead, Wrong, has_place
from broadsheet.check.markup import Inline, Markup, markup_of
from broadsheet.model import Page
from broadsheet.problems import Severity
from broadsheet.text import clean_url

# So much HTML takes a phone on a slow line (1.6 Mbit/s) two and a half seconds to load where a host does not compress,
# and its processor as long to lay out. No page of the default theme comes near it in a site of two thousand records.
MOST_BYTES = 500_000
# They link to nothing, or only to what another file of the same issue links to.
_NOT_READ = {"api_schema", "email_text", "email_message", "robots"}
# They pass on addresses as the records have them, which pages put right, or leave out.
_RAW = {"api_news", "api_item"}


class Fault(Struct, frozen=True):
    """One thing that is wrong, the same on all pages that have it.

    `sought` is how it may be written in the source that it comes from; what differs in its `kind` is not the same,
    though it is told alike.
    """

    rule: str
    severity: Severity
    message: str
    hint: str
    sought: tuple[str, ...] = ()
    kind: str = ""


class Anchor(Struct, frozen=True):
    """A link to a place in a page: the address as it is written, the page's path in the output, and the place."""

    address: str
    path: str
    fragment: str


class Look(Struct):
    """What a page was found to be: its faults, each with what is special about this page, or nothing.

    `places` are the ids and names that links can lead to, one to a line; `anchors` are links to places in other pages.
    """

    faults: list[tuple[Fault, str]]
    anchors: list[Anchor]
    places: str = ""


def is_read(page: Page) -> bool:
    """Return whether there is something to check in a page."""
    return page.path.endswith((".html", *READERS)) and page.kind not in _NOT_READ


def look_at(page: Page, content: bytes, inside: Inside) -> Look:
    """Return what is wrong with a page that has this content."""
    at = inside.base_path + page.url
    if not page.path.endswith(".html"):
        links = dict.fromkeys(READERS[f".{page.path.rpartition('.')[2]}"](content))
        if page.kind in _RAW:
            links = dict.fromkeys(filter(None, map(clean_url, links)))
        return _followed(links, at, at, inside, frozenset())
    markup = markup_of(content)
    places = dict.fromkeys((*markup.ids, *markup.names))
    look = _followed(markup.links, inside.start(markup.base, at) if markup.base else at, at, inside, places.keys())
    look.faults += _faults(markup, page, len(content), inside.base_path)
    # One with a host may be the site's own.
    look.faults += [
        (_forbidden(inline), "")
        for inline in markup.inline
        if inline.what != "elsewhere" or inside.lead(inline.source, at) is None
    ]
    look.places = "\n".join(places)
    return look


def broken_anchor(anchor: Anchor, base_path: str) -> Fault:
    """Return the fault of a link that leads to a place that its page does not have."""
    message = f"the link `{anchor.address}` leads to no place of its page: nothing there has the id `{anchor.fragment}`"
    hint = "give an element of that page the id, or correct the link; headings of Markdown have none"
    return Fault("broken-anchor", Severity.WARNING, message, hint, _written(anchor.address, base_path))


def broken_link(address: str, lead: Lead, base_path: str) -> Fault:
    """Return the fault of a link that does not lead to where it should."""
    below = quote(lead.path.removesuffix("index.html"))
    in_template = f"in a template `{{{{ site.root }}}}{below}`"
    # Markdown starts at the site's own root.
    write = f"write `/{below}`, {in_template}"
    message, hint, severity = {
        Wrong.NOTHING: ("leads to no page and no file of the site", "correct it, or take it out", Severity.ERROR),
        Wrong.CASE: (f"leads nowhere: what is there is `{base_path}{below}`", write, Severity.ERROR),
        Wrong.FOLDER: ("lacks a slash at its end: most hosts lead on, some do not", write, Severity.NOTE),
        Wrong.OUTSIDE: (
            f"leads out of the site, which is published below `{base_path}`",
            f"write `{base_path}{below}`, {in_template}",
            Severity.WARNING,
        ),
    }[lead.wrong or Wrong.NOTHING]
    return Fault("broken-link", severity, f"the link `{address}` {message}", hint, _written(address, base_path))


def _followed(links: Iterable[str], start: str | None, page: str, inside: Inside, places: Collection[str]) -> Look:
    """Return what is wrong with the links of a page that has these `places`, and those to places elsewhere.

    `start` is what relative ones start from, None where that is another site; `page` is the page's own path.
    """
    look = Look([], [])
    for address in links:
        is_here = address.startswith("#")
        lead = inside.lead(address, page if is_here else start)
        if lead is None:
            continue
        if lead.wrong:
            look.faults.append((broken_link(address, lead, inside.base_path), ""))
        elif lead.fragment:
            anchor = Anchor(address, lead.path, lead.fragment)
            if not is_here:
                look.anchors.append(anchor)
            elif not has_place(lead.fragment, places):
                look.faults.append((broken_anchor(anchor, inside.base_path), ""))
    return look


def _faults(markup: Markup, page: Page, size: int, base_path: str) -> Iterator[tuple[Fault, str]]:
    for address in dict.fromkeys(markup.without_alt):
        yield _without_alt(address, base_path), _shown(address)
    for identity, count in Counter(markup.ids).items():
        if count > 1:
            yield _repeated(identity), ""
    for address in dict.fromkeys(markup.nameless):
        yield _nameless(address, base_path), _shown(address)
    # Nobody stays on a page that leads on at once.
    if not markup.leads_on:
        yield from _out_of_order(markup, page.kind)
    for what, hint in _lacking(markup):
        yield Fault("page-head", Severity.WARNING, f"the page has no {what}", hint, kind=page.kind), ""
    if size > MOST_BYTES:
        message = f"the page has more than {MOST_BYTES:,} bytes of HTML: on a phone it takes seconds to show"
        hint = "a smaller `pages.size`, or less on it"
        yield Fault("large-page", Severity.WARNING, message, hint, kind=page.path), f"{size:,} bytes"


def _without_alt(address: str, base_path: str) -> Fault:
    message = "an image has no `alt`: who does not see it is told its address, or nothing"
    hint = 'say what is to be seen; `alt=""` is right for what only decorates'
    return Fault("missing-alt", Severity.ERROR, message, hint, _in_markup(address, base_path))


def _repeated(identity: str) -> Fault:
    message = f"the id `{identity}` stands on several elements: links, labels and scripts find the first one only"
    sought = (f'id="{escape(identity)}"', f"id='{escape(identity)}'", f"id={identity}")
    return Fault("duplicate-id", Severity.ERROR, message, "an id is for one element, a class for many", sought)


def _nameless(address: str, base_path: str) -> Fault:
    message = "there is nothing to read in a link: who does not see the page is told its address"
    hint = "put a text into it, or give its image an `alt`, or itself an `aria-label`"
    return Fault("empty-link", Severity.WARNING, message, hint, _in_markup(address, base_path))


def _forbidden(inline: Inline) -> Fault:
    into_static = "write it into a file below `static/`"
    what, hint = {
        "style": (
            "a `style` attribute changes nothing",
            "give the element a class, and style that in your sheet",
        ),
        "handler": (f"`{inline.source.partition('=')[0]}` never runs", f"{into_static}, with `addEventListener`"),
        "sheet": ("a `<style>` within the page changes nothing", f"{into_static}, and link that"),
        "script": ("a script within the page never runs", f"{into_static}, and name that as its `src`"),
        "elsewhere": (f"`{inline.source}` is not loaded", "keep a copy of it below `static/`"),
    }[inline.what]
    message = f"{what}: the page's policy wants styles and scripts in files of the site"
    return Fault("page-policy", Severity.WARNING, message, hint, (inline.source, inline.source.replace('="', "='")))


def _out_of_order(markup: Markup, kind: str) -> Iterator[tuple[Fault, str]]:
    hint = "levels go down one by one: who hears a page finds the way by them"

    def fault(message: str, *sought: str) -> Fault:
        return Fault("heading-order", Severity.WARNING, message, hint, sought, kind)

    if not markup.headings:
        yield fault("the page has no heading"), ""
    elif (first := markup.headings[0]).level > 1:
        yield fault(f"the page's first heading is an `h{first.level}`", f"<h{first.level}"), f"“{first.text}”"
    for above, below in pairwise(markup.headings):
        if below.level > above.level + 1:
            yield fault(f"an `h{below.level}` follows an `h{above.level}`", f"<h{below.level}"), f"“{below.text}”"


def _lacking(markup: Markup) -> Iterator[tuple[str, str]]:
    if not markup.title:
        yield "title: tabs, bookmarks and search engines show its address", "put a `<title>` into its head"
    if not markup.language:
        yield "language: it is read out in any, and not hyphenated", '`<html lang="{{ site.language }}">`'


def _shown(address: str) -> str:
    return f"`{address}`" if len(address) <= 200 else f"`{address[:200]}…`"


def _written(address: str, base_path: str) -> tuple[str, ...]:
    """Return how an address may be written where it comes from: Markdown and settings have no base path."""
    plain = address.strip()
    forms = [plain]
    if plain.startswith(base_path):
        below = plain.removeprefix(base_path)
        forms += [f"/{below}", f"}}}}{below}"] if below else []
    forms += [unquote(form) for form in forms]
    return tuple(dict.fromkeys(written for form in forms for written in (form, escape(form, quote=False)) if written))


def _in_markup(address: str, base_path: str) -> tuple[str, ...]:
    """Return how an address may be written as an attribute: by itself, a short one may stand anywhere."""
    forms = _written(address, base_path)
    return tuple(form if form.startswith("}}") else start + form for form in forms for start in ('="', "='", "[]("))
